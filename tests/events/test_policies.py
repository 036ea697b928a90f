"""Decisions about events: the funnel, cautions, the waitlist, the month."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from app.core.money import Money
from app.events import agenda, policies
from app.events.details import AnswerDetails, EventDetails, SeatsDetails, SessionDetails
from app.events.models import AnswerChannel, Event, Invitation, InvitationState, Session
from app.people.models import AcceptAnswer, MayAccept, OfficialStatus, Organisation, Person


def session(
    id: int, start: str, end: str, place: str = "Hall 1", *, is_cancelled: bool = False, day: int = 14
) -> Session:
    times = [
        datetime.combine(date(2026, 10, day), datetime.strptime(text, "%H:%M").time(), UTC)
        for text in (start, end)
    ]
    return Session(
        id=id,
        starts_at=times[0],
        ends_at=times[1],
        place=place,
        title=f"Session {id}",
        is_cancelled=is_cancelled,
    )


def test_the_funnel_adds_up_whatever_the_states() -> None:
    """E1: invited = accepted + declined + waiting + no answer, always."""
    counts = {state: number for number, state in enumerate(InvitationState, 1)}
    funnel = policies.funnel_of(counts, n_attended=2, n_stale=1)
    assert (
        funnel.invited
        == funnel.accepted + funnel.declined + funnel.waiting + funnel.silent
        == sum(range(2, 10)) - 6
    )
    assert (funnel.accepted, funnel.declined, funnel.waiting, funnel.silent) == (3, 4 + 8, 5, 2 + 7 + 9)
    assert (funnel.tentative, funnel.delegated, funnel.lapsed) == (7, 8, 9)
    assert (funnel.drafts, funnel.withdrawn, funnel.attended, funnel.stale) == (1, 6, 2, 1)
    assert set(policies.FUNNEL) == set(policies.INVITED_STATES)
    assert policies.funnel_of({}, 0, 0).invited == 0


@pytest.mark.parametrize(
    ("state", "answered", "is_stale"),
    [
        ("accepted", 0, True),
        ("waiting", 0, True),
        ("accepted", 1, False),
        ("declined", 0, False),
        ("invited", None, False),
    ],
)
def test_an_answer_is_stale_when_time_or_place_changed_after_it(
    state: str, answered: int | None, is_stale: bool
) -> None:
    given = Invitation(state=InvitationState(state), sequence_answered=answered)
    assert policies.is_stale(given, Event(sequence=1)) is is_stale


def test_cautions_quote_the_person_and_the_employer() -> None:
    """P2 and may-accept, before anything is sent."""
    said = date(2026, 9, 1)
    answers = {
        "travel_air": MayAccept(answer=AcceptAnswer.NO, said_on=said),
        "lodging": MayAccept(answer=AcceptAnswer.UP_TO, limit=Money(20000, "GBP"), said_on=said),
        "meal": MayAccept(answer=AcceptAnswer.YES, said_on=said),
        "gift": MayAccept(answer=AcceptAnswer.NO, said_on=said),
    }
    firm = Organisation(
        name="Orbit", is_vendor_travel_allowed=False, is_gift_allowed=True, max_class="economy", is_state_body=True,
        is_invoice_to_employer_only=True, rule_text="Code 4.2",
    )  # fmt: skip
    person = Person(
        official_status=OfficialStatus.STATE_BODY,
        official_reason="State university",
        has_equity_or_family_tie=True,
    )
    assert [(one.label, one.text) for one in policies.cautions(person, firm, answers)] == [
        ("Accepts no flights", "Said so on 1 Sep 2026."),
        ("Hotel nights up to 200.00 GBP", "Said so on 1 Sep 2026."),
        ("No travel paid by us", "Orbit: Code 4.2"),
        ("At most economy", "Orbit: Code 4.2"),
        ("Invoices to the employer only", "Orbit: Code 4.2"),
        ("Works for a state body", "Orbit: Code 4.2"),
        ("Public official", "Stricter travel and lodging rules apply."),
        ("Tie to us", "Holds our shares or is family of one of us: needs its own statement."),
    ]


def test_nobody_special_needs_no_caution() -> None:
    person = Person(official_status=OfficialStatus.NONE, has_equity_or_family_tie=False)
    assert policies.cautions(person, None, {}) == []


@pytest.mark.parametrize(
    ("place", "order"),
    [(1, [3, 1, 2, 4]), (2, [1, 3, 2, 4]), (4, [1, 2, 4, 3]), (99, [1, 2, 4, 3]), (-5, [3, 1, 2, 4])],
)
def test_the_waitlist_is_renumbered(place: int, order: list[int]) -> None:
    assert policies.renumbered([1, 2, 3, 4], 3, place) == order


def test_the_next_place_is_behind_everybody() -> None:
    assert (policies.next_place([]), policies.next_place([None, 3, 1])) == (1, 4)


# -- details ---------------------------------------------------------------------------------------

EVENT = {
    "program_id": 1, "name": "Connect", "place": "ExCeL", "zone": "Europe/London", "capacity": 12,
    "starts_at": datetime(2026, 10, 13, 8, tzinfo=UTC), "ends_at": datetime(2026, 10, 16, 17, tzinfo=UTC),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ends_at": EVENT["starts_at"]}, "ends after it begins"),
        ({"starts_at": datetime(2026, 10, 13, 8)}, "timezone info"),
        ({"zone": "Europe/Atlantis"}, "not a time zone"),
        ({"capacity": 0}, "greater than or equal to 1"),
        ({"name": "  "}, "This is needed"),
        ({"country": "XX"}, "not a country code"),
        ({"country": "ZZ"}, "not a country code"),  # CLDR's word for "unknown"
        ({"country": "EU"}, "not a country code"),
    ],
)
def test_an_event_that_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        EventDetails(**(EVENT | changes))  # type: ignore[arg-type]


def test_a_session_ends_after_it_begins() -> None:
    at = datetime(2026, 10, 14, 9, tzinfo=UTC)
    with pytest.raises(ValidationError, match="ends after it begins"):
        SessionDetails(title="Keynote", starts_at=at, ends_at=at - timedelta(minutes=1))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"front_rows": ("C",)}, "C is not"),
        ({"accessible": ("A9",)}, "no seat A9"),
        ({"rows": ("a b",)}, "pattern"),
        ({"rows": ()}, "at least 1 item"),
        ({"n_per_row": 501}, "less than or equal to 500"),
    ],
)
def test_seats_that_cannot_be_set_up_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SeatsDetails(**({"rows": ("A", "B"), "n_per_row": 4} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["draft", "invited", "withdrawn", "lapsed"])
def test_only_an_answer_is_an_answer(state: str) -> None:
    with pytest.raises(ValidationError, match="An answer is yes, no, perhaps, a colleague, or a place"):
        AnswerDetails(state=InvitationState(state), channel=AnswerChannel.PHONE)


# -- grids -----------------------------------------------------------------------------------------


def test_an_event_stands_on_the_days_of_its_own_zone() -> None:
    event = Event(
        id=1, zone="Asia/Singapore", starts_at=datetime(2026, 10, 31, 17, tzinfo=UTC),
        ends_at=datetime(2026, 11, 2, 16, tzinfo=UTC),
    )  # fmt: skip
    month = agenda.month([event], date(2026, 11, 1))
    assert [day.on.day for week in month.weeks for day in week if day.events] == [
        1,
        2,
    ]  # ends at midnight of the 3rd
    assert (month.previous, month.next, month.listed) == (date(2026, 10, 1), date(2026, 12, 1), [event])


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("2026-10", date(2026, 10, 1)),
        ("2026-13", date(2026, 11, 1)),
        ("", date(2026, 11, 1)),
        ("x", date(2026, 11, 1)),
    ],
)
def test_a_month_that_cannot_be_read_is_this_one(text: str, first: date) -> None:
    assert agenda.month_asked(text, date(2026, 11, 22)) == first


@pytest.mark.parametrize(("now", "minutes"), [("07:30", 30), ("05:00", 0), ("08:00", 0), ("09:00", 0)])
def test_early_entry_is_measured_against_the_days_first_session(now: str, minutes: int) -> None:
    """J6: early door 08:30 for 09:00 in London."""
    sessions = [
        session(1, "08:00", "09:00"),
        session(2, "07:00", "08:00", is_cancelled=True),
        session(3, "07:00", "08:00", day=15),
    ]
    at = datetime.combine(date(2026, 10, 14), datetime.strptime(now, "%H:%M").time(), UTC)
    assert agenda.minutes_early(sessions, "Europe/London", at) == minutes
