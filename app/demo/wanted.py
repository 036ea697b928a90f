"""Whom the program wants to reach, and what an older list declared of itself."""

from app.accounts import operations as accounts
from app.accounts.details import ReportingDetails
from app.demo import cast
from app.demo.story import Story
from app.programs import operations as programs
from app.programs.details import CohortDetails
from app.programs.details_cohorts import DeclarationDetails, FacetDetails, WishDetails
from app.programs.models_cohorts import WishAbout
from app.programs.policies_rules import CohortRule, Condition, RuleField, RuleOp


def want_audience(story: Story) -> None:
    """Countries, languages, roles and channels, before any name."""
    wanted = (
        WishDetails(about=WishAbout.AUDIENCE, values=("PK",), n_wanted=1),
        WishDetails(about=WishAbout.LANGUAGE, values=("ko",), n_wanted=1),
        WishDetails(about=WishAbout.LANGUAGE, values=("ar",), n_wanted=1),
        WishDetails(about=WishAbout.ROLE, values=("Analyst",), n_wanted=2),
        WishDetails(about=WishAbout.CHANNEL, values=("YouTube", "Vimeo"), n_wanted=2, label="video channels"),
    )
    with story.at(-289):
        for details in wanted:
            programs.want_audience(story.program, details, by=story.users["mei"])


def ask_openly(story: Story) -> None:
    """An older list of twelve, of whom eleven said something of themselves; only counts of it are shown (P7)."""
    mei, ada = story.users["mei"], story.users["ada"]
    rule = CohortRule.of(Condition(field=RuleField.HOME_COUNTRY, op=RuleOp.IS_NOT, values=("CN",)))
    with story.at(-275):
        accounts.set_reporting(ReportingDetails(currency="GBP", n_group_minimum=5, n_review_days=45), by=ada)
        facet = programs.offer_facet(
            FacetDetails(
                name="gender",
                choices=("women", "men", "non-binary people"),
                purpose="To see whether we hear from everybody, over whole lists and never about one person.",
                n_keep_days=1095,
            ),
            by=ada,
        )
        older = programs.start_cohort(
            story.program, CohortDetails(name="Spring list", capacity=12, rule=rule), by=mei
        )
        for key, choice in cast.DECLARED:
            person = story.people[key]
            programs.shortlist(older, person, by=mei)
            if choice:
                said = DeclarationDetails(choice=choice, statement="signed form of the spring list")
                programs.declare(facet, person, said, by=mei)
