"""The industry calendar: shows by hand, from files and by subscription; when people are not free."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError

from app.accounts.models import AuditDetail, Role
from app.calendars import operations_industry as operations
from app.calendars import operations_sources as sources
from app.calendars import policies_industry as policies
from app.calendars import queries_industry as queries
from app.calendars.details_industry import ShowDetails
from app.calendars.models_industry import BusyBlock, CalendarSource, OtherShow, ShowKind
from app.core import clock, fetching
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.core.fetching import Door
from app.notices.models import Notice
from app.privacy.retention import POLICIES
from app.privacy.retention_kinds import Kind
from tests.conftest import fresh
from tests.factories import accounts, events, handovers, people
from tests.factories import industry as make
from tests.web import SHELF, calendar_server

SignIn = Callable[..., FlaskClient]
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
HOW_SHOWS_ARE_READ = "https://shows.example.org/all.ics?key=s3cret"


@pytest.fixture(autouse=True)
def _now(app: Flask) -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


# -- files -------------------------------------------------------------------------------------------


def test_a_file_is_a_dry_run_first_and_read_anew_it_updates() -> None:
    source = make.source(country="GB", audiences=("press",), show_kind=ShowKind.SUMMIT)
    first = make.calendar(
        make.item("a", "Forum", "20261014", "20261016", "LOCATION:Olympia"),
        make.item("b", "Expo", "20261101"),
        make.item("c", "", "20261102"),
    )
    draft = make.read(source, first)
    assert (len(draft.taken), list(draft.refused)) == (
        2,
        ["An item of 2026-11-02: It has no title, so nobody would know what it is."],
    )
    assert db.session.scalars(sa.select(OtherShow)).all() == []
    with transaction():
        sources.apply_draft(db.session.merge(source), by=events.ruth())
    [forum, expo] = db.session.scalars(sa.select(OtherShow).order_by(OtherShow.from_on))
    assert (forum.name, forum.place, forum.from_on, forum.to_on, forum.zone) == (
        "Forum", "Olympia", date(2026, 10, 14), date(2026, 10, 15), "Europe/London",
    )  # fmt: skip
    assert (forum.country, forum.audiences, forum.kind) == ("GB", ["press"], ShowKind.SUMMIT)
    again = make.calendar(
        make.item("a", "World Forum", "20261013", "20261016"), make.item("d", "New", "20261201")
    )
    changes = make.take(source, again)
    assert [len(part) for part in (changes.new, changes.changed, changes.gone, changes.same)] == [1, 1, 1, 0]
    assert (fresh(forum).name, forum.from_on, fresh(expo).gone_at) == ("World Forum", date(2026, 10, 13), NOW)
    back = make.take(source, first)
    assert [len(part) for part in (back.new, back.changed, back.gone)] == [0, 2, 1]
    assert fresh(expo).gone_at is None


def test_what_was_changed_by_hand_stays_when_the_calendar_is_read_anew() -> None:
    source = make.source()
    make.take(source, make.calendar(make.item("a", "Forum", "20261014"), make.item("b", "Expo", "20261101")))
    forum, expo = db.session.scalars(sa.select(OtherShow).order_by(OtherShow.from_on)).all()
    details = ShowDetails(
        name="Our name for it", zone="Europe/Paris", country="FR", from_on=forum.from_on, to_on=forum.to_on, kind=forum.kind
    )  # fmt: skip
    with transaction():
        operations.edit_show(db.session.merge(forum), details, by=events.ruth())
        operations.call_off_show(db.session.merge(expo), by=events.ruth())
    assert fresh(forum).kept == ["country", "name", "zone"]
    make.take(
        source, make.calendar(make.item("a", "Forum 2", "20261015"), make.item("b", "Expo 2", "20261101"))
    )
    assert (fresh(forum).name, forum.country, forum.from_on) == ("Our name for it", "FR", date(2026, 10, 15))
    assert (fresh(expo).name, expo.gone_at is not None) == ("Expo 2", True)


def test_what_is_over_stays_when_its_calendar_forgets_it() -> None:
    source = make.source()
    make.take(
        source, make.calendar(make.item("a", "Spring", "20260301"), make.item("b", "Autumn", "20261101"))
    )
    changes = make.take(source, make.calendar(make.item("c", "Winter", "20261201")))
    assert [row.name for row in changes.gone] == ["Autumn"]


def test_a_dry_run_is_taken_over_once_or_given_up() -> None:
    source = make.source()
    make.take(source, make.calendar(make.item("a", "Forum", "20261014")))
    with pytest.raises(policies.NothingRead), transaction():
        sources.apply_draft(db.session.merge(source), by=events.ruth())
    make.read(source, make.calendar())
    with transaction():
        sources.drop_draft(db.session.merge(source), by=events.ruth())
    assert (fresh(source).raw, len(db.session.scalars(sa.select(OtherShow)).all())) == (None, 1)


# -- a person's own calendar -------------------------------------------------------------------------


def test_of_a_persons_calendar_only_the_times_are_kept() -> None:
    """Data minimisation: no title, place, link or guest is stored anywhere, not even by the dry run."""
    jack = people.person("Jack")
    source = make.source(jack)
    secret = "LOCATION:Clinic\r\nURL:https://clinic.example\r\nATTENDEE:mailto:doctor@clinic.example"
    busy = make.item("a", "Therapy", "20261014", "20261015", secret)
    free = make.item("b", "Birthday", "20261015", "", "TRANSP:TRANSPARENT")
    wrong = make.item("c", "Interview elsewhere", "20261016", "20261010")
    draft = make.read(source, make.calendar(busy, free, wrong))
    assert (len(draft.taken), list(draft.refused)) == (1, ["It ends before it begins."])
    kept = bytes(fresh(source).raw or b"").decode()
    assert [word for word in ("Therapy", "Clinic", "clinic", "Birthday", "Interview") if word in kept] == []
    with transaction():
        sources.apply_draft(db.session.merge(source), by=events.ruth())
    [block] = db.session.scalars(sa.select(BusyBlock))
    assert (block.title, block.person_id, block.is_all_day) == ("", jack.id, True)
    told = " ".join(str(row.changes) for row in db.session.scalars(sa.select(AuditDetail)))
    assert "Therapy" not in told


def test_titles_are_taken_when_they_agreed() -> None:
    source = make.source(people.person("Jack"), takes_titles=True)
    make.take(source, make.calendar(make.item("a", "At IFA", "20261014")))
    assert [row.title for row in db.session.scalars(sa.select(BusyBlock))] == ["At IFA"]


def test_ending_a_persons_calendar_leaves_nothing_of_it() -> None:
    jack = people.person("Jack")
    source = make.source(jack, address=HOW_SHOWS_ARE_READ)
    make.take(source, make.calendar(make.item("a", "Away", "20261014")))
    by_hand = make.block(jack)
    with transaction():
        sources.end_source(db.session.merge(source), by=events.ruth())
    assert [row.id for row in db.session.scalars(sa.select(BusyBlock))] == [by_hand.id]
    assert (fresh(source).secret_address, source.next_at) == ("", None)


def test_what_comes_from_their_calendar_is_changed_there() -> None:
    source = make.source(people.person("Jack"))
    make.take(source, make.calendar(make.item("a", "Away", "20261014")))
    [block] = db.session.scalars(sa.select(BusyBlock))
    with pytest.raises(policies.BlockIsTheirs), transaction():
        operations.remove_block(block, by=events.ruth())


def test_blocks_are_private_to_those_who_may_see_the_person(app: Flask) -> None:
    """R3: a partner agency finds neither the person's times nor their calendar."""
    jack = people.person("Jack")
    block, source = make.block(jack), make.source(jack)
    partner = handovers.partner(handovers.agency())
    for read in (
        lambda: queries.get_block(block.id, partner),
        lambda: queries.get_source(source.id, partner),
    ):
        with pytest.raises(NotFound):
            read()


def test_times_that_are_over_are_deleted_after_thirty_days() -> None:
    """Nobody needs to know where somebody was; what lies ahead stays."""
    jack = people.person("Jack")
    past = make.block(jack, starts_at=NOW - timedelta(days=40), ends_at=NOW - timedelta(days=31))
    ahead = make.block(jack)
    policy = POLICIES[Kind.BLOCKS]
    due = policy.find((NOW - timedelta(days=policy.n_days)).date())
    assert [(row.row_id, row.person_id) for row in due] == [(past.id, jack.id)]
    with transaction():
        policy.delete([row.row_id for row in due], None)
    assert [row.id for row in db.session.scalars(sa.select(BusyBlock))] == [ahead.id]


# -- subscriptions -----------------------------------------------------------------------------------


def _door(answers: list[str]) -> Door:
    """A door at which no name is known; the words come from the resolver."""

    def nobody(host: str, _port: int) -> list[str]:
        answers.append(host)
        raise OSError

    return Door(resolve=nobody)


def test_a_subscription_that_fails_says_so_and_keeps_what_it_held() -> None:
    source = make.source(address=HOW_SHOWS_ARE_READ)
    make.take(source, make.calendar(make.item("a", "Forum", "20261014")))
    asked: list[str] = []
    for n_failures, pause in enumerate(policies.AFTER_FAILURE[:3], start=1):
        assert sources.fetch_due(_door(asked)) == 1
        assert fresh(source).trouble == "There is no server called shows.example.org."
        assert (source.n_failures, source.next_at) == (n_failures, NOW + pause)
        assert sources.fetch_due(_door(asked)) == 0
        with transaction():
            db.session.merge(source).next_at = NOW
    assert asked == ["shows.example.org"] * 3
    assert [row.gone_at for row in db.session.scalars(sa.select(OtherShow))] == [None]
    [notice] = db.session.scalars(sa.select(Notice))
    assert "could not be read 3 times" in notice.message
    assert "s3cret" not in notice.message


def test_a_subscription_leading_inside_is_never_called() -> None:
    source = make.source(address=HOW_SHOWS_ARE_READ)
    assert sources.fetch_due(Door(resolve=lambda _h, _p: ["192.168.0.9"])) == 1
    assert fresh(source).trouble == "This address leads into a private network, so it is not called."


def test_a_subscription_is_fetched_from_a_real_server_and_asked_about_with_its_tag(tmp_path: Path) -> None:
    """What is new comes, what changed is changed, 304 changes nothing, a download that broke off takes nothing away."""
    source = make.source(address=HOW_SHOWS_ARE_READ)
    with calendar_server(tmp_path) as (base, door):
        with transaction():
            db.session.merge(source).secret_address = f"{base}/a.ics?key=s3cret"

        def fetched(content: bytes, tag: str) -> list[str]:
            SHELF["/a.ics"] = (content, tag)
            with transaction():
                db.session.merge(source).next_at = NOW
            assert sources.fetch_due(door) == 1
            db.session.rollback()
            shows = db.session.scalars(sa.select(OtherShow).order_by(OtherShow.from_on))
            return [f"{show.name}{' (gone)' if show.gone_at else ''}" for show in shows]

        both = make.calendar(make.item("a", "Forum", "20261014"), make.item("b", "Expo", "20261101"))
        assert fetched(both, '"one"') == ["Forum", "Expo"]
        assert (fresh(source).etag, source.n_items, source.next_at) == ('"one"', 2, NOW + policies.EVERY)
        assert fetched(b"not even looked at", '"one"') == ["Forum", "Expo"]
        assert fetched(both[:120], '"two"') == ["Forum", "Expo"]
        assert "cut off" in fresh(source).trouble
        assert fetched(make.calendar(make.item("a", "World Forum", "20261014")), '"two"') == [
            "World Forum",
            "Expo (gone)",
        ]
        assert (fresh(source).trouble, source.n_failures, source.etag) == ("", 0, '"two"')


def test_the_address_is_a_key_and_shown_to_nobody(signed_in: SignIn) -> None:
    source = make.source(address=HOW_SHOWS_ARE_READ)
    page = signed_in(Role.COORDINATOR).get(f"/calendars/sources/{source.id}").text
    assert ("shows.example.org" in page, "s3cret" in page) == (True, False)
    told = " ".join(str(row.changes) for row in db.session.scalars(sa.select(AuditDetail)))
    assert "s3cret" not in told


@pytest.mark.parametrize(
    "address", ["http://shows.example.org/a", "https://10.0.0.1/a", "https://localhost/a", "nonsense"]
)
def test_addresses_nobody_reads_are_refused_at_the_field(signed_in: SignIn, address: str) -> None:
    answer = signed_in(Role.COORDINATOR).post(
        "/calendars/sources/new",
        data={"name": "X", "zone": "UTC", "address": address, "show_kind": "other"},
    )
    assert (answer.status_code, 'id="address-err"' in answer.text) == (422, True)
    assert db.session.scalars(sa.select(CalendarSource)).all() == []


# -- pages -------------------------------------------------------------------------------------------


def test_a_file_is_read_and_taken_over_on_the_screen(signed_in: SignIn, shared_data: Path) -> None:
    path = shared_data / "ics" / "cal_fablab_cottbus.ics"
    if not path.is_file():
        pytest.skip(f"no {path.name}")
    ruth, source = signed_in(Role.COORDINATOR), make.source(zone="Europe/Berlin")
    with path.open("rb") as file:
        answer = ruth.post(f"/calendars/sources/{source.id}/read", data={"file": (file, "a.ics")})
    assert answer.location == f"/calendars/sources/{source.id}/take"
    assert "Repair Café" in ruth.get(answer.location).text
    assert ruth.post(answer.location).status_code == 303
    # The first Saturday of each month from 400 days back (August 2025) to 1100 ahead (September 2029).
    assert db.session.scalar(sa.select(sa.func.count(OtherShow.id))) == 50


def test_a_file_that_is_none_is_refused_at_the_field(signed_in: SignIn, tmp_path: Path) -> None:
    source = make.source()
    path = tmp_path / "a.ics"
    path.write_bytes(b"hello")
    with path.open("rb") as file:
        answer = signed_in(Role.COORDINATOR).post(
            f"/calendars/sources/{source.id}/read", data={"file": (file, "a.ics")}
        )
    assert (answer.status_code, "This is not a calendar" in answer.text) == (422, True)
    with pytest.raises(policies.CannotRead, match="larger than 5 MB"):
        make.read(source, b"BEGIN:VCALENDAR\r\n" + b" " * fetching.MOST_BYTES)


SHOW = {
    "name": "Forum", "kind": "conference", "from_on": "2026-10-14", "to_on": "2026-10-15", "place": "Olympia", "country": "GB",
    "zone": "Europe/London", "audiences": ["analyst", "press"], "link": "https://forum.example",
}  # fmt: skip


def test_a_show_is_kept_by_hand(signed_in: SignIn) -> None:
    ruth = signed_in(Role.COORDINATOR)
    page = ruth.post("/calendars/industry/new", data=SHOW).location
    [show] = db.session.scalars(sa.select(OtherShow))
    assert (show.name, show.audiences, show.to_on) == ("Forum", ["analyst", "press"], date(2026, 10, 15))
    assert "Olympia" in ruth.get(page).text
    assert ruth.post(f"{page}/off").status_code == 303
    assert "Forum" not in ruth.get("/calendars/industry").text
    assert "Forum" in ruth.get("/calendars/industry?when=gone").text
    ruth.post(f"{page}/off")
    assert fresh(show).gone_at is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"to_on": "2026-10-13"}, "The last day is not before the first."),
        ({"to_on": "2028-10-13"}, "A show lasts a year at most."),
        ({"from_on": "1066-10-14"}, "Give a date between 1990 and 2100."),
        ({"zone": "Mars/Olympus"}, "This is not a time zone."),
        ({"link": "javascript:alert(1)"}, "A link begins with https://"),
        ({"name": "A\x00B"}, "characters that cannot be printed"),
        ({"audiences": ["everyone"]}, "valid choice"),
        ({"kind": "party"}, "Not a valid choice"),
    ],
)
def test_shows_that_cannot_be_are_refused(signed_in: SignIn, changes: dict[str, object], words: str) -> None:
    answer = signed_in(Role.COORDINATOR).post("/calendars/industry/new", data=SHOW | changes)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert db.session.scalars(sa.select(OtherShow)).all() == []


def test_line_breaks_in_a_name_stand_on_one_line() -> None:
    details = ShowDetails(
        name="A\r\nshow\tof many", zone="UTC", from_on=date(2026, 10, 14), to_on=date(2026, 10, 14)
    )
    assert details.name == "A show of many"
    with pytest.raises(ValidationError):
        ShowDetails(name="A\x07", zone="UTC", from_on=date(2026, 10, 14), to_on=date(2026, 10, 14))


BLOCK = {"title": "", "zone": "Europe/Berlin", "starts_at": "2026-10-14T09:00", "ends_at": "2026-10-14T17:00"}


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, 303, ""),
        ({"ends_at": "2026-10-14T09:00"}, 422, "It ends after it begins."),
        (
            {"starts_at": "2027-03-28T02:30", "ends_at": "2027-03-28T05:00"},
            422,
            "Give 01:30 or 03:30 instead.",
        ),
        ({"starts_at": "2026-10-25T02:30", "ends_at": "2026-10-25T05:00"}, 303, ""),
        ({"starts_at": "0001-01-01T00:00"}, 422, "Give a date between 1990 and 2100."),
        ({"title": "x\x1by"}, 422, "characters that cannot be printed"),
    ],
)
def test_times_somebody_is_not_free(
    signed_in: SignIn, changes: dict[str, str], status: int, words: str
) -> None:
    jack = people.person("Jack")
    answer = signed_in(Role.RELATIONS).post(f"/calendars/people/{jack.id}/blocks/new", data=BLOCK | changes)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert len(db.session.scalars(sa.select(BusyBlock)).all()) == (1 if status == 303 else 0)


def test_a_time_that_comes_twice_says_which_is_meant(signed_in: SignIn) -> None:
    jack, mei = people.person("Jack"), signed_in(Role.RELATIONS)
    answer = mei.post(
        f"/calendars/people/{jack.id}/blocks/new",
        data=BLOCK | {"starts_at": "2026-10-25T02:30", "ends_at": "2026-10-25T05:00"},
    )
    assert "taken as the first one, UTC+02:00; the second would be UTC+01:00" in mei.get(answer.location).text
    [block] = db.session.scalars(sa.select(BusyBlock))
    assert block.starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_whole_days_are_shown_and_saved_as_they_were(signed_in: SignIn) -> None:
    jack, mei = people.person("Jack"), signed_in(Role.RELATIONS)
    mei.post(
        f"/calendars/people/{jack.id}/blocks/new",
        data=BLOCK | {"is_all_day": "y", "ends_at": "2026-10-16T01:00"},
    )
    [block] = db.session.scalars(sa.select(BusyBlock))
    span = (datetime(2026, 10, 13, 22, tzinfo=UTC), datetime(2026, 10, 16, 22, tzinfo=UTC))
    assert (block.starts_at, block.ends_at) == span
    page = mei.get(f"/calendars/blocks/{block.id}/edit").text
    assert 'value="2026-10-16T23:59"' in page
    mei.post(
        f"/calendars/blocks/{block.id}/edit",
        data=BLOCK | {"is_all_day": "y", "ends_at": "2026-10-16T23:59", "version": "1"},
    )
    assert (fresh(block).starts_at, block.ends_at) == span
    assert mei.post(f"/calendars/blocks/{block.id}/remove").status_code == 303
    assert db.session.scalars(sa.select(BusyBlock)).all() == []


def test_lists_ask_as_much_with_thirty_rows_as_with_one(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    ruth, jack = signed_in(Role.COORDINATOR), people.person("Jack")
    source = make.source()
    pages = ("/calendars/industry", f"/calendars/people/{jack.id}", "/calendars/days?from=2026-10-01")
    make.take(source, make.calendar(make.item("0", "Show 0", "20261014")))
    make.block(jack)
    counts = []
    for _round in range(2):
        for page in pages:
            ruth.get(page)
        count_queries()
        for page in pages:
            assert ruth.get(page).status_code == 200
        counts.append(count_queries())
        make.take(source, make.calendar(*(make.item(str(n), f"Show {n}", "20261014") for n in range(30))))
        for n in range(29):
            make.block(jack, starts_at=NOW + timedelta(days=n + 1), ends_at=NOW + timedelta(days=n + 2))
    assert counts[0] == counts[1]


def test_days_show_events_shows_and_meetings_each_on_its_own_day(signed_in: SignIn) -> None:
    events.event()
    make.show()
    tokyo = accounts.user(name="Yuki", role=Role.COORDINATOR)
    with transaction():
        db.session.merge(tokyo).zone = "Asia/Tokyo"
    page = signed_in(tokyo).get("/calendars/days?from=2026-10-13").text
    assert page.index("Tuesday, 13 Oct 2026") < page.index("Connect London") < page.index("World Forum")
    assert "09:00 London" in page
    assert "17:00 Tokyo" in page
    only = (
        signed_in(tokyo).get("/calendars/days?from=2026-10-13&layer=shows&audience=analyst&country=GB").text
    )
    assert ("World Forum" in only, 'href="/events/1"' in only) == (True, False)
    for odd in ("from=2026-99-99", "from=0001-01-01", "from=9999-12-31", "layer=x&country=y&audience=z"):
        assert signed_in(tokyo).get(f"/calendars/days?{odd}").status_code == 200
