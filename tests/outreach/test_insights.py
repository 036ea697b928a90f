"""What comes back from people: insights and answers (G9), outcomes by market (G8), lead times (G7), briefs received (G4)."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core.db import db, transaction
from app.notices.models import Notice
from app.outreach import operations_insights, queries_insights
from app.outreach.details_insights import OutcomeDetails
from app.outreach.models import Touch
from app.outreach.models_insights import Insight, Outcome, OutcomeKind
from app.outreach.policies_insights import NotTheirs, TooLate, countries_wanted, last_day_for
from app.people.models import Person
from app.programs import operations_briefs, operations_initiatives, queries_initiatives
from app.programs.details_initiatives import BriefDetails, BriefVersionDetails, LaunchDetails
from app.programs.models import Program
from tests.conftest import fresh
from tests.factories import accounts, outreach, people, programs

SignIn = Callable[..., FlaskClient]
At = Callable[..., object]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("contact", "last"),
    [
        (date(2026, 9, 3), date(2028, 9, 3)),
        (date(2024, 2, 29), date(2026, 2, 28)),
        (date(2026, 12, 31), date(2028, 12, 31)),
    ],
)
def test_outcome_counts_for_24_months(contact: date, last: date) -> None:
    """G8."""
    assert last_day_for(contact) == last


def test_markets_of_goals_are_read_as_countries() -> None:
    """G8: a region names the countries in it."""
    wanted = countries_wanted(["Africa and South Asia", "Germany"])
    assert {"NG", "KE", "IN", "PK", "DE"} <= wanted
    assert not wanted & {"FR", "KR", "CN"}


def test_choices_are_said_in_the_language_of_the_reader(signed_in: SignIn, at: At) -> None:
    """The day of a contact an outcome came of, and the version of a message somebody received."""
    mei = outreach.cast()["Mei"]
    with transaction():
        db.session.merge(mei).locale = "fr"
    with at(datetime(2026, 8, 9, 12, tzinfo=UTC)):
        jack, program = people.person("Jack", owner=mei), programs.program()
        outreach.touch(jack, mei, subject="Mail to Jack")
        page = signed_in(mei).get(f"/outreach/programs/{program.id}/outcomes/new/{jack.id}").text
    assert "9 août 2026: Courriel à Jack" in page


def _outcome(program: Program, touch: Touch, on: date, country: str = "NG", **more: object) -> Outcome:
    details = OutcomeDetails(
        program_id=program.id, touch_id=touch.id, kind=OutcomeKind.QUOTE, on=on, country=country, statement="Quoted us", **more,
    )  # fmt: skip
    with transaction():
        return operations_insights.record_outcome(details, by=accounts.user())


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2024, 9, 2), "nothing can come of it before"),
        (date(2026, 9, 4), "More than 24 months"),
        (date(2026, 11, 21), "up to today"),
    ],
)
def test_outcome_out_of_time_is_refused(app: object, at: At, on: date, words: str) -> None:
    """G8."""
    with at(NOON):
        contact_on = datetime(2026, 11, 1 if on.year == 2026 and on.month == 11 else 3, tzinfo=UTC)
        touch = outreach.touch(
            people.person("Amal"), accounts.user(),
            at=contact_on if on.month == 11 else datetime(2024, 9, 3, tzinfo=UTC),
        )  # fmt: skip
        with pytest.raises(TooLate, match=words):
            _outcome(programs.program(), touch, on)


def test_markets_with_outcomes_and_no_goal_are_unexpected(app: object, at: At) -> None:
    """G8: Nigeria was asked for by a goal, Chile was not."""
    with at(NOON):
        program, by = programs.program(), accounts.user()
        programs.goal(program)
        touch = outreach.touch(people.person("Nneka"), by, at=datetime(2026, 9, 3, tzinfo=UTC))
        for country in ("NG", "NG", "CL"):
            _outcome(program, touch, date(2026, 10, 1), country)
        found = queries_insights.outcomes_by_market(None, program)
    assert [(one.country, one.n, one.n_people, one.is_unexpected) for one in found] == [
        ("NG", 2, 1, False), ("CL", 1, 1, True),
    ]  # fmt: skip


def test_goal_of_another_program_is_refused(app: object, at: At) -> None:
    with at(NOON):
        touch = outreach.touch(people.person("Nneka"), accounts.user())
        with pytest.raises(NotTheirs):
            _outcome(
                programs.program("One"), touch, NOON.date(), goal_id=programs.goal(programs.program("Two")).id
            )


def test_insight_goes_to_somebody_comes_back_and_the_person_is_told(signed_in: SignIn, at: At) -> None:
    """G9: question, advice, decision, what changed, thank-you; each step tells who is next."""
    with at(NOON):
        mei = accounts.user(name="Mei")
        product = accounts.user(name="Pia", in_department="Product PR")
        amal = people.admissible("Amal")
        programs.enrolment(programs.program(), amal)
        browser = signed_in(mei)
        typed = {
            "program_id": str(db.session.scalars(sa.select(Program.id)).one()), "advice": "Lower the ports.",
            "question": "What is missing?", "heard_on": "2026-11-19", "department_id": str(product.department_id),
            "owner_id": str(product.id), "reply_due_on": "2026-11-18",
        }  # fmt: skip
        refused = browser.post(f"/outreach/person/{amal.id}/insights/new", data=typed)
        assert (refused.status_code, "due before it was said" in refused.text) == (422, True)
        typed["reply_due_on"] = "2026-12-03"
        assert browser.post(f"/outreach/person/{amal.id}/insights/new", data=typed).status_code == 303
        insight = db.session.scalars(sa.select(Insight)).one()
        told = db.session.scalars(sa.select(Notice).where(Notice.user_id == product.id)).one()
        assert "to answer by 3 December 2026" in told.message
        hers = signed_in(product)
        assert "Lower the ports." in hers.get("/outreach/insights?whose=mine").text
        assert hers.get(f"/notices/{told.id}").location == f"/outreach/insights/{insight.id}"
        early = browser.post(f"/outreach/insights/{insight.id}/told", data={"told_on": "2026-11-20"})
        assert (early.status_code, "First say what was decided" in early.text) == (422, True)
        answer = {"is_adopted": "yes", "decision": "We move them.", "what_changed": "Radio 9 has them below."}
        assert hers.post(f"/outreach/insights/{insight.id}/answer", data=answer).status_code == 303
        assert (
            browser.post(f"/outreach/insights/{insight.id}/told", data={"told_on": "2026-11-20"}).status_code
            == 303
        )
        page = browser.get(f"/outreach/insights/{insight.id}").text
    assert ("Told and thanked" in page, "Radio 9 has them below." in page) == (True, True)
    assert f"<dd>{product.name}<" in page.replace("<bdi>", "").replace(
        "</bdi>", ""
    )  # who answers, as in the list
    assert (fresh(insight).is_adopted, fresh(insight).state) == (True, "told")


def _brief(program: Program, by: User) -> None:
    with transaction():
        brief = operations_briefs.write_brief(
            db.session.merge(program), BriefDetails(title="Private 5G", message="Words 1."), by=by
        )
        for n in (2, 3, 4):
            operations_briefs.write_brief_version(
                brief, BriefVersionDetails(message=f"Words {n}.", what_changed="more"), by=by
            )
            if n == 3:
                first = outreach_touch_of(by, "Nneka")
                operations_insights.note_brief_received(first, brief.current, by=by)


def outreach_touch_of(by: User, name: str) -> Touch:
    wanted = sa.select(Touch).join(Person, Person.id == Touch.person_id).where(Person.name == name)
    return db.session.scalars(wanted).one()


def test_person_page_shows_the_message_in_force_and_who_received_which(signed_in: SignIn, at: At) -> None:
    """G4, J3.4: version 4 is in force; Nneka received 3, Jack 4."""
    with at(NOON):
        mei, program = accounts.user(name="Mei"), programs.program()
        jack, nneka = people.admissible("Jack"), people.admissible("Nneka")
        for person in (jack, nneka):
            programs.enrolment(program, person)
            outreach.touch(person, mei, subject=f"About 5G, {person.name}")
        _brief(program, mei)
        browser = signed_in(mei)
        touch = outreach_touch_of(mei, "Jack")
        before = browser.get(f"/outreach/person/{jack.id}/messages").text
        assert ("none yet" in before, "0 received version 4, 1 an older one" in before) == (True, True)
        version = str(queries_initiatives.list_briefs_of(jack)[0].current.id)
        for _twice in range(2):
            assert (
                browser.post(f"/outreach/{touch.id}/brief", data={"version_id": version}).status_code == 303
            )
        after = browser.get(f"/outreach/person/{jack.id}/messages").text
        hers = browser.get(f"/outreach/person/{nneka.id}/messages").text
    assert ("1 received version 4, 1 an older one" in after, "Older" in after, "Older" in hers) == (
        True,
        False,
        True,
    )


def test_lead_times_flag_who_came_late(signed_in: SignIn, at: At) -> None:
    """G7: 120, 75 and 20 days before the launch, and one never contacted."""
    with at(NOON):
        mei, program = accounts.user(name="Mei"), programs.program()
        launch_on = date(2027, 1, 10)
        for name, first in (("Amal", datetime(2026, 9, 12, tzinfo=UTC)), ("Bilal", datetime(2026, 10, 27, tzinfo=UTC)),
                            ("Carla", None)):  # fmt: skip
            person = people.admissible(name)
            programs.enrolment(program, person)
            if first:
                outreach.touch(person, mei, at=first)
        with transaction():
            operations_initiatives.set_launch(
                db.session.merge(program), LaunchDetails(name="Radio 9", on=launch_on), by=mei
            )
        [(launch, rows)] = queries_insights.lead_times(None, program)
        page = signed_in(mei).get(f"/outreach/programs/{program.id}/lead-times").text
    assert launch.name == "Radio 9"
    assert [(row.person.name, row.lead.n_days) for row in rows] == [
        ("Carla", None),
        ("Bilal", 75),
        ("Amal", 120),
    ]
    assert ("1 of 3 late" in page, "Early enough" in page, "Short of 90" in page, "Not contacted" in page) == (
        True, True, True, True,
    )  # fmt: skip


def test_partner_sees_nothing_of_people_it_does_not_represent(signed_in: SignIn, at: At) -> None:
    """R3."""
    with at(NOON):
        touch = outreach.touch(people.person("Nneka"), accounts.user(), at=datetime(2026, 9, 3, tzinfo=UTC))
        made = _outcome(programs.program(), touch, date(2026, 10, 1))
        partner = signed_in(Role.PARTNER)
        assert partner.get(f"/outreach/outcomes/{made.id}").status_code == 403
    stranger = accounts.user(role=Role.PARTNER)
    assert list(queries_insights.list_outcomes(stranger, made.program)) == []


def test_messages_of_a_person_take_the_same_queries_for_one_brief_and_for_ten(
    signed_in: SignIn, at: At, count_queries: Callable[[], int]
) -> None:
    with at(NOON):
        mei, program, jack = accounts.user(name="Mei"), programs.program(), people.admissible("Jack")
        programs.enrolment(program, jack)
        browser = signed_in(mei)
        counts = []
        for titles in (["Private 5G"], [f"Subject {n}" for n in range(9)]):
            with transaction():
                for title in titles:
                    details = BriefDetails(title=title, message="Words.")
                    operations_briefs.write_brief(
                        db.session.merge(program), details, by=db.session.merge(mei)
                    )
            browser.get(f"/outreach/person/{jack.id}/messages")
            count_queries()
            assert "Private 5G" in browser.get(f"/outreach/person/{jack.id}/messages").text
            counts.append(count_queries())
    assert counts[0] == counts[1]
