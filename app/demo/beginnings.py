"""Chapter one: the house, its rules, the goal, and only then the names."""

from app.accounts import operations as accounts
from app.accounts.details import UserDetails
from app.core.money import Money
from app.demo import cast
from app.demo.story import Story
from app.disclosures import operations as disclosures
from app.disclosures import operations_covenants as covenants
from app.disclosures.details import PolicyDetails, VersionDetails
from app.disclosures.models import EVERYWHERE, Medium, Placement
from app.disclosures.starting_texts import STARTING_TEXTS
from app.ledger import operations as ledger
from app.ledger.details import CapDetails, TreasuryRateDetails
from app.ledger.models import Category
from app.outreach import operations as outreach
from app.outreach.details import ContactRuleDetails
from app.people import operations as people
from app.people.details import (
    AffiliationDetails,
    ChannelDetails,
    EvidenceDetails,
    MayAcceptDetails,
    OrganisationDetails,
    PersonDetails,
)
from app.people.models import AcceptAnswer, OrganisationKind, Person
from app.programs import operations as programs
from app.programs.details import AdmissionDetails, CohortDetails, GoalDetails, ProgramDetails
from app.programs.models import GoalKind, Stage
from app.programs.policies_rules import CohortRule, Condition, RuleField, RuleOp
from app.travel import operations as travel
from app.travel.details import TravelRuleDetails
from app.travel.models import Beyond, LegMode, TravelClass

LABELS = (
    "Ad",
    "#ad",
    "Advertisement",
    "Lumen Networks paid for my trip",
    "Anzeige",
    "Publicité",
    "إعلان",
    "广告",
)
NOT_ENOUGH = ("#gifted", "#spon", "#collab", "#partner", "thanks to Lumen")


def set_up_house(story: Story) -> None:
    """Users, organisations and the rules everybody goes by."""
    with story.at(-320):
        for login in cast.LOGINS:
            if login.agency and login.agency not in story.houses:
                _open_houses(story)
            story.users[login.key] = accounts.add_user(
                UserDetails(
                    email=login.email,
                    name=login.name,
                    role=login.role,
                    department=login.department,
                    organisation_id=story.houses[login.agency].id if login.agency else None,
                ),
                password=cast.PASSWORD,
                by=None,
            )
    helga = story.users["helga"]
    with story.at(-310):
        outreach.set_contact_rule(
            ContactRuleDetails(n_touches=2, n_days=14, n_open_asks=1), by=story.users["mei"]
        )
        ledger.set_cap(
            CapDetails(
                name="Annual non-cash value per person",
                currency="GBP",
                soft_minor=750_000,
                hard_minor=1_000_000,
                effective_from_on=story.on(-310),
            ),
            by=helga,
        )
        for rule in _travel_rules(story):
            travel.set_travel_rule(rule, by=helga)
        for currency, rate in cast.RATES.items():
            ledger.set_treasury_rate(
                TreasuryRateDetails(
                    from_currency=currency,
                    to_currency="GBP",
                    valid_from_on=story.on(-120),
                    valid_to_on=story.on(365),
                    rate=rate,
                    source=f"{cast.HOST} treasury, budget rate of the year",
                ),
                by=helga,
            )
    _write_policies(story)
    _offer_covenants(story)


def _open_houses(story: Story) -> None:
    for house in cast.HOUSES:
        story.houses[house.name] = people.add_organisation(
            OrganisationDetails(
                name=house.name,
                kind=house.kind,
                country=house.country,
                is_state_body=house.is_state_body,
                is_gift_allowed=house.is_gift_allowed,
                is_vendor_travel_allowed=house.is_vendor_travel_allowed,
                max_class=house.max_class,
                rule_text=house.rule_text,
            ),
            by=story.users["mei"],
        )


def _travel_rules(story: Story) -> list[TravelRuleDetails]:
    since = story.on(-310)
    return [
        TravelRuleDetails(
            place=1,
            is_for_officials=True,
            max_class=TravelClass.PREMIUM_ECONOMY,
            max_night=Money(25_000, "GBP"),
            text="Public officials: at most premium economy, at most 250.00 GBP a night, paid to the vendor.",
            effective_from_on=since,
        ),
        TravelRuleDetails(
            place=2,
            mode=LegMode.AIR,
            min_minutes=360,
            max_class=TravelClass.BUSINESS,
            text="Business class from six hours of flight.",
            effective_from_on=since,
        ),
        TravelRuleDetails(
            place=3,
            mode=LegMode.AIR,
            max_class=TravelClass.PREMIUM_ECONOMY,
            text="Flights under six hours: at most premium economy.",
            effective_from_on=since,
        ),
        TravelRuleDetails(
            place=4,
            mode=LegMode.RAIL,
            max_class=TravelClass.BUSINESS,
            text="Trains: any class but the first.",
            effective_from_on=since,
        ),
        TravelRuleDetails(
            place=5,
            employer_kind=OrganisationKind.ANALYST_FIRM,
            mode=LegMode.AIR,
            max_class=TravelClass.ECONOMY,
            beyond=Beyond.REFUSED,
            text="Analyst firms: economy class, and nothing more, so that no rival firm can say we bought a seat.",
            effective_from_on=since,
        ),
    ]


def _write_policies(story: Story) -> None:
    """Three versions; the third is the one in force at the event."""
    helga = story.users["helga"]
    texts = (
        "Say that Lumen Networks invited you.",
        "Say that Lumen Networks invited you and paid for your trip, at the beginning.",
        "Say at the beginning, in the language of your audience, that Lumen Networks paid for travel, hotel or meals. "
        "We never ask to see your work before you publish it, and nothing you publish changes what you are offered.",
    )
    with story.at(-300):
        policy = disclosures.start_policy(
            PolicyDetails(name="Disclosure, everywhere", jurisdiction=EVERYWHERE), by=helga
        )
    for number, (text, days) in enumerate(zip(texts, (-300, -200, -110), strict=True), 1):
        with story.at(days, hour=9 + number):
            version = disclosures.draft_version(policy, _version(story, text, days), by=helga)
            story.policy = disclosures.publish_version(version, by=helga)
    # Two audiences with a law of their own begin with the starting texts, on the day the third version came.
    with story.at(-110, hour=16):
        for place in ("GB", "US"):
            own = disclosures.start_from_text(STARTING_TEXTS[place], by=helga)
            disclosures.publish_version(own, by=helga)


def _offer_covenants(story: Story) -> None:
    """Two texts of the house; a person may propose a third."""
    texts = (
        "We will not ask to see your work before you publish. You say who paid for the trip.",
        "We will not ask to see your work before you publish, and nothing we offer depends on what you publish or whether "
        "you publish at all. You say who paid for the trip.",
    )
    for text, days in zip(texts, (-298, -108), strict=True):
        with story.at(days, hour=15):
            covenants.offer_text(text, by=story.users["helga"])


def _version(story: Story, text: str, days: int) -> VersionDetails:
    gave = {
        Category.TRAVEL_AIR: "my flight",
        Category.TRAVEL_GROUND: "my train or car",
        Category.LODGING: "my hotel",
        Category.MEAL: "a dinner",
        Category.GIFT: "a gift",
        Category.EXEC_ACCESS: "an interview with an executive",
        Category.WORKSHOP_FEE: "a fee for a workshop",
    }
    return VersionDetails(
        effective_from_on=story.on(days),
        text=text,
        triggers=tuple(category.value for category in gave),
        accepted_labels=LABELS,
        rejected_labels=NOT_ENOUGH,
        placement={
            Medium.TEXT: Placement.FIRST_WORDS,
            Medium.VIDEO: Placement.FIRST_WORDS,
            Medium.AUDIO: Placement.FIRST_WORDS,
            Medium.LIVE: Placement.FIRST_WORDS,
            Medium.STORY: Placement.FIRST_WORDS,
        },
        statements={category.value: f"{cast.HOST} gave me {what}." for category, what in gave.items()}
        | {Category.AFFILIATE_COMMISSION.value: "I earn a share of what is bought through my link."},
        sources=(
            "https://www.ecfr.gov/current/title-16/part-255",
            "https://www.asa.org.uk/type/non_broadcast/code_section/02.html",
        ),
        review_on=story.on(365),
    )


def write_goal(story: Story) -> None:
    """The program and what it wants, before any name (G1)."""
    mei = story.users["mei"]
    with story.at(-290):
        story.program = programs.start_program(
            ProgramDetails(
                name="Global KOL",
                currency="GBP",
                n_cadence_days=30,
                statement="Standing relationships with independent voices on mobile networks, all year round.",
            ),
            by=mei,
        )
        story.goal = programs.set_goal(
            story.program,
            GoalDetails(
                statement="Credible voices on private 5G in Africa and South Asia",
                kind=GoalKind.REPUTATION,
                metric="independent pieces a quarter that name private 5G",
                baseline="1 in four quarters",
                target="6 in four quarters",
                market="Africa, South Asia",
                review_on=story.on(180),
            ),
            by=mei,
        )
        programs.set_goal(
            story.program,
            GoalDetails(
                statement="Hear early what planners miss in our indoor radios",
                kind=GoalKind.RND_INPUT,
                metric="recommendations answered by a product owner",
                baseline="0",
                target="12 in a year",
                review_on=story.on(180),
            ),
            by=mei,
        )


def meet_people(story: Story) -> None:
    """The experts with what they are known for; nobody is ranked by reach."""
    mei = story.users["mei"]
    with story.at(-280):
        for expert in cast.EXPERTS:
            story.people[expert.key] = _add(story, expert)
    jack = story.people["jack"]
    with story.at(-279):
        people.set_may_accept(
            story.people["amal"],
            MayAcceptDetails(
                category=Category.GIFT,
                answer=AcceptAnswer.UP_TO,
                limit=Money(5_000, "GBP"),
                said_on=story.on(-279),
                source="Her first mail",
            ),
            by=mei,
        )
        people.set_may_accept(
            jack, MayAcceptDetails(category=Category.TRAVEL_AIR, answer=AcceptAnswer.YES), by=mei
        )


def _add(story: Story, expert: cast.Expert) -> Person:
    mei = story.users["mei"]
    person = people.add_person(
        PersonDetails(
            name=expert.name,
            sort_name=expert.sort_name,
            name_order=expert.name_order,
            email=f"{expert.key}@voices.example",
            languages=expert.languages,
            home_country=expert.country,
            zone=expert.zone,
            kind=expert.kind,
            known_for=expert.known_for,
            known_among=expert.known_among,
            is_independent=not expert.employer,
            official_status=expert.official,
            official_reason="Employed by a state university" if expert.official != "none" else "",
            agency_id=story.houses[expert.agency].id if expert.agency else None,
        ),
        by=mei,
    )
    people.add_channel(
        person,
        ChannelDetails(
            platform=expert.platform,
            handle=f"@{expert.key}",
            language=expert.languages[0],
            audience_countries=expert.audience,
            url=f"https://{expert.key}.voices.example/",
        ),
        by=mei,
    )
    for number, (days, summary) in enumerate(zip((-400, -330), cast.evidence_of(expert), strict=True), 1):
        details = EvidenceDetails(
            kind=cast.kind_of(summary), summary=summary, on=story.on(days),
            url=f"https://{expert.key}.voices.example/works/{number}",
        )  # fmt: skip
        people.add_evidence(person, details, by=mei)
    if expert.employer:
        house = story.houses[expert.employer]
        people.add_affiliation(
            person,
            AffiliationDetails(
                organisation_id=house.id, from_on=story.on(-1200), role=expert.kind, is_consent_given=True
            ),
            by=mei,
        )
    return person


def fill_cohort(story: Story) -> None:
    """A cohort by rule, twelve shortlisted, each admitted for the goal."""
    mei = story.users["mei"]
    rule = CohortRule.of(Condition(field=RuleField.HOME_COUNTRY, op=RuleOp.IS_NOT, values=("CN",)))
    with story.at(-260):
        story.cohort = programs.start_cohort(
            story.program, CohortDetails(name="London", capacity=12, rule=rule), by=mei
        )
    first = [expert.key for expert in cast.GUESTS if expert.key not in {"bilal", "hana"}] + ["marta", "chidi"]
    with story.at(-259):
        for key in first:
            join_program(story, key)


def join_program(story: Story, key: str, *, override_reason: str = "") -> None:
    """Shortlist, admit and vet one person, for the goal."""
    mei, person = story.users["mei"], story.people[key]
    story.members[key] = programs.shortlist(
        story.cohort, person, goal=story.goal, override_reason=override_reason, by=mei
    )
    enrolment = programs.admit(
        story.program,
        person,
        AdmissionDetails(
            goal_id=story.goal.id,
            fit_risk="low",
            fit_rationale="Reaches the planners the goal speaks of, and criticises vendors by name.",
        ),
        by=mei,
    )
    story.enrolments[key] = programs.move_stage(
        enrolment, Stage.VETTED, by=mei, reason="Evidence read, conflicts of interest asked."
    )
