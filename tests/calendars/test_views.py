"""Feeds over HTTP, and the pages on which they are handed out."""

import gzip
import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests
import sqlalchemy as sa
import waitress
from flask import Flask
from flask.testing import FlaskClient
from ical.calendar_stream import IcsCalendarStream

from app.accounts.models import AuditEvent, Role, User
from app.calendars import exports, operations
from app.calendars.models import Feed, FeedKind
from app.core import clock
from app.core.db import db, transaction
from app.events import operations as event_operations
from app.events import queries as event_reads
from app.events.models import InvitationState
from tests.conftest import fresh
from tests.factories import accounts, calendars, events, people
from tests.factories.calendars import Show

SignIn = Callable[..., FlaskClient]


def secrets_in(page: str) -> list[str]:
    return sorted(set(re.findall(r"/calendar/([\w-]{43})\.ics", page)))


def ruths_feed() -> tuple[str, Show]:
    show = calendars.show()
    return f"/calendar/{calendars.feed(FeedKind.EVENT, show.event.id, show.ruth).secret}.ics", show


# -- over HTTP -------------------------------------------------------------------------------------


def test_feed_is_served_with_everything_a_client_needs(client: FlaskClient) -> None:
    """Facts, calendar, section 3."""
    path, _show = ruths_feed()
    answer = client.get(path, headers={"User-Agent": "iOS/19 dataaccessd"})
    headers = answer.headers
    assert answer.status_code == 200
    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["ETag"] == f'"{hashlib.sha256(answer.data).hexdigest()}"'
    assert headers["Cache-Control"] == "private, max-age=300"
    assert (headers["X-Robots-Tag"], headers["Referrer-Policy"]) == ("noindex, nofollow", "no-referrer")
    assert headers["Vary"] == "Accept-Encoding"
    assert [name for name in ("Content-Disposition", "Set-Cookie", "Location") if name in headers] == []
    [feed] = db.session.scalars(sa.select(Feed))
    assert feed.fetched_by == "iOS/19 dataaccessd"
    assert parsedate_to_datetime(headers["Last-Modified"]) == feed.changed_at


def test_unchanged_feed_is_304_without_rendering(client: FlaskClient) -> None:
    path, show = ruths_feed()
    first = client.get(path)
    n_made = exports.shelf.n_made
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, exports.shelf.n_made) == (304, b"", n_made)
    same = ("ETag", "Last-Modified", "Cache-Control", "X-Robots-Tag", "Referrer-Policy", "Vary")
    assert {name: again.headers[name] for name in same} == {name: first.headers[name] for name in same}
    assert "Content-Type" not in again.headers
    with transaction():
        db.session.merge(show.keynote).title = "Keynote"
    changed = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, exports.shelf.n_made) == (200, n_made + 1)
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_etag_counts_before_the_date(client: FlaskClient) -> None:
    path, _show = ruths_feed()
    first = client.get(path)
    date = first.headers["Last-Modified"]
    later = "Fri, 01 Jan 2100 00:00:00 GMT"
    asked = [
        ({"If-None-Match": '"other"', "If-Modified-Since": later}, 200),
        ({"If-None-Match": first.headers["ETag"], "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 304),
        ({"If-None-Match": f'W/{first.headers["ETag"]}, "x"'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-Modified-Since": date}, 304),
        ({"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
    ]
    assert [client.get(path, headers=headers).status_code for headers, _ in asked] == [
        status for _, status in asked
    ]


def test_date_rises_when_something_leaves_the_feed(client: FlaskClient) -> None:
    """Facts, calendar: netbox-notices#74; an item that vanishes has no date of its own."""
    show = calendars.show()
    path = f"/calendar/{calendars.feed_of(show.amal).secret}.ics"
    date = client.get(path).headers["Last-Modified"]
    with transaction():
        invitation = event_reads.invitation_of(db.session.merge(show.event), db.session.merge(show.amal))
        assert invitation is not None
        invitation.state = InvitationState.DECLINED
    answer = client.get(path, headers={"If-Modified-Since": date})
    assert (answer.status_code, b"BEGIN:VEVENT" in answer.data) == (200, False)


def test_feed_is_packed_when_asked(client: FlaskClient) -> None:
    path, _show = ruths_feed()
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] == f'"{plain.headers["ETag"][1:-1]}-gzip"'
    assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "gzip;q=0"}).headers
    again = client.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304


def test_head_says_what_get_would(client: FlaskClient) -> None:
    path, _show = ruths_feed()
    whole, head = client.get(path), client.head(path)
    same = ("ETag", "Content-Length", "Content-Type", "Last-Modified")
    assert (head.status_code, head.data) == (200, b"")
    assert {name: head.headers[name] for name in same} == {name: whole.headers[name] for name in same}


def test_addresses_that_lead_nowhere_look_alike(client: FlaskClient) -> None:
    """C1: 404 at once for unknown, revoked, deactivated and truncated alike."""
    show = calendars.show()
    revoked = calendars.feed(FeedKind.EVENT, show.event.id, show.ruth)
    with transaction():
        operations.revoke_feed(db.session.merge(revoked.feed), by=show.ruth)
    mei = accounts.user(name="Mei")
    inactive = calendars.feed(FeedKind.MY_WORK, None, mei)
    with transaction():
        db.session.merge(mei).is_active = False
    lost = calendars.feed(FeedKind.EVENT, show.event.id, show.daniel)
    with transaction():
        db.session.merge(show.daniel).role = Role.PARTNER
    secrets = [revoked.secret, inactive.secret, lost.secret, "x" * 43, revoked.secret[:-1], "é" * 43, "%00"]
    answers = [client.get(f"/calendar/{secret}.ics") for secret in secrets]
    seen = {
        (one.status_code, one.data, one.headers["Content-Type"], one.headers["Cache-Control"])
        for one in answers
    }
    assert seen == {
        (404, b"There is no calendar at this address.\n", "text/plain; charset=utf-8", "no-store")
    }
    assert client.post(f"/calendar/{revoked.secret}.ics").status_code == 405


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """The application behind a real socket."""
    serving = waitress.create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.effective_port}"
    serving.close()
    thread.join(5)


class Subscriber:
    """A calendar program as they are: asks again with the validators it was given, keeps what it has on 304."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session = requests.Session()
        self._etag = ""
        self.content = b""
        self.statuses: list[int] = []

    def look(self) -> dict[str, tuple[str, int, str]]:
        """uid -> (summary, SEQUENCE, status), as another parser reads them."""
        headers = {"If-None-Match": self._etag} if self._etag else {}
        answer = self._session.get(self._address, headers=headers, allow_redirects=False, timeout=20)
        self.statuses.append(answer.status_code)
        if answer.status_code == 200:
            self._etag, self.content = answer.headers["ETag"], answer.content
        found = IcsCalendarStream.calendar_from_ics(self.content.decode()).events
        return {one.uid: (one.summary, int(one.sequence), one.status.value) for one in found}


def test_subscriber_sees_a_moved_and_a_cancelled_session(server: str) -> None:
    """J4.5, J5.5: by a real client over a real socket: UID stays, SEQUENCE rises, the cancelled stays as a tombstone."""
    show = calendars.show()
    program = Subscriber(f"{server}/calendar/{calendars.feed_of(show.amal).secret}.ics")
    first = program.look()
    assert (program.look(), program.statuses) == (first, [200, 304])
    with transaction():
        row = db.session.merge(show.keynote)
        row.starts_at, row.ends_at = row.starts_at + timedelta(hours=1), row.ends_at + timedelta(hours=1)
    moved = program.look()
    assert moved[show.keynote.uid] == ("Opening keynote", 1, "CONFIRMED")
    with transaction():
        event_operations.cancel_session(db.session.merge(show.keynote), "Ill", by=db.session.merge(show.ruth))
    gone = program.look()
    assert gone[show.keynote.uid] == ("أُلغي: Opening keynote", 2, "CANCELLED")
    assert set(gone) == set(moved) == set(first)
    assert (program.look(), program.statuses) == (gone, [200, 304, 200, 200, 304])
    with transaction():
        found = db.session.scalars(sa.select(Feed)).one()
        operations.revoke_feed(found, by=db.session.merge(show.ruth))
    program.look()
    assert program.statuses[-1] == 404


# -- pages -----------------------------------------------------------------------------------------


def test_user_subscribes_and_sees_the_address_once(signed_in: SignIn) -> None:
    ruth = events.ruth()
    event = events.event()
    browser = signed_in(ruth)
    assert "Connect London" in browser.get("/calendars/new").text
    page = browser.post("/calendars/new", data={"target": f"event:{event.id}"})
    [secret] = secrets_in(page.text)
    assert page.headers["Cache-Control"] == "no-store"
    assert f"webcal://127.0.0.1:8000/calendar/{secret}.ics" in page.text
    assert browser.get(f"/calendar/{secret}.ics").status_code == 200
    listed = browser.get("/calendars/").text
    assert ("Connect London" in listed, secrets_in(listed)) == (True, [])
    again = browser.post("/calendars/new", data={"target": f"event:{event.id}"})
    assert (again.status_code, "You have this calendar already" in again.text) == (422, True)


@pytest.mark.parametrize("target", ["", "event:999", "person:1", "executive", "event:x", "event:1;drop"])
def test_subscribing_to_what_is_not_offered_is_refused(signed_in: SignIn, target: str) -> None:
    page = signed_in(events.ruth()).post("/calendars/new", data={"target": target})
    assert page.status_code in {404, 422}
    assert db.session.scalars(sa.select(Feed)).all() == []


def test_person_is_offered_from_their_page(signed_in: SignIn) -> None:
    amal = people.person()
    browser = signed_in(events.ruth())
    assert "Person: Amal" in browser.get(f"/calendars/new?target=person:{amal.id}").text
    page = browser.post(f"/calendars/new?target=person:{amal.id}", data={"target": f"person:{amal.id}"})
    assert len(secrets_in(page.text)) == 1


def test_sharing_an_event_shows_each_address_once(signed_in: SignIn) -> None:
    """J4.5: 12 + 1 feeds in one click; here 2 + 1."""
    show = calendars.show()
    browser = signed_in(show.ruth)
    path = f"/calendars/events/{show.event.id}/share"
    assert "Make 2 feeds" in browser.get(path).text
    page = browser.post(path)
    secrets = secrets_in(page.text)
    assert (page.status_code, len(secrets)) == (200, 3)
    assert [browser.get(f"/calendar/{secret}.ics").status_code for secret in secrets] == [200, 200, 200]
    after = browser.get(path).text
    assert (secrets_in(after), "has one" in after, "Make" in after) == ([], True, False)
    assert secrets_in(browser.post(path).text) == []


def test_new_address_ends_the_old_one(signed_in: SignIn) -> None:
    ruth = events.ruth()
    made = calendars.feed(FeedKind.MY_WORK, None, ruth)
    browser = signed_in(ruth)
    assert "leads nowhere from that moment" in browser.get(f"/calendars/{made.feed.id}/rotate").text
    page = browser.post(f"/calendars/{made.feed.id}/rotate")
    [secret] = secrets_in(page.text)
    assert browser.get(f"/calendar/{made.secret}.ics").status_code == 404
    assert browser.get(f"/calendar/{secret}.ics").status_code == 200
    assert browser.get(f"/calendars/{made.feed.id}").status_code == 404


def test_feed_is_taken_back(signed_in: SignIn) -> None:
    made = calendars.feed_of(people.person(), events.ruth())
    browser = signed_in(events.ruth())
    assert "Amal" in browser.get(f"/calendars/{made.feed.id}").text
    page = browser.post(f"/calendars/{made.feed.id}/revoke")
    assert (page.status_code, page.headers["Location"]) == (303, "/calendars/")
    assert browser.get(f"/calendar/{made.secret}.ics").status_code == 404
    assert fresh(made.feed).revoked_at is not None


@pytest.mark.parametrize("page", ["", "/rotate", "/revoke"])
def test_feeds_of_others_are_not_there(signed_in: SignIn, page: str) -> None:
    """R3: neither another user's feed nor, without the right to hand them out, a person's."""
    own = calendars.feed(FeedKind.MY_WORK, None, events.ruth()).feed
    persons = calendars.feed_of(people.person()).feed
    helga = signed_in(Role.COMPLIANCE)
    assert helga.get(f"/calendars/{own.id}{page}").status_code == 404
    assert helga.get(f"/calendars/{persons.id}{page}").status_code == 404
    assert [helga.post(f"/calendars/{feed.id}{page}").status_code for feed in (own, persons) if page] in (
        [404, 404],
        [],
    )
    assert (fresh(own).revoked_at, fresh(persons).revoked_at) == (None, None)


def test_person_is_handed_one_feed(signed_in: SignIn) -> None:
    amal = people.person()
    browser = signed_in(events.ruth())
    assert "nobody else" in browser.get(f"/calendars/people/{amal.id}/share").text
    assert len(secrets_in(browser.post(f"/calendars/people/{amal.id}/share").text)) == 1
    assert browser.get(f"/calendars/people/{amal.id}/share").status_code == 303
    assert signed_in(Role.COMPLIANCE).get(f"/calendars/people/{amal.id}/share").status_code == 403


def test_item_is_downloaded_by_itself(signed_in: SignIn) -> None:
    """Facts, calendar: no METHOD, the UID and SEQUENCE of the feed, a file name."""
    show = calendars.show()
    answer = signed_in(show.ruth).get(f"/calendars/session/{show.keynote.id}.ics")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="session-{show.keynote.id}.ics"'
    [found] = IcsCalendarStream.calendar_from_ics(answer.text).events
    assert (found.uid, found.summary, b"METHOD" in answer.data) == (
        show.keynote.uid,
        "Opening keynote",
        False,
    )


def test_items_are_seen_as_far_as_the_role_reaches(signed_in: SignIn) -> None:
    """R3: the driver's phone is the coordinator's; an assistant reads no travel and no other executive's meeting."""
    show = calendars.show()
    nora = accounts.user(name="Nora", role=Role.ASSISTANT, in_department="Executive office")
    readers: list[User] = [show.ruth, accounts.user(name="Mei"), show.daniel, nora]
    kinds = {
        "event": show.event.id, "session": show.keynote.id, "leg": show.leg.id, "stay": show.stay.id,
        "transfer": show.transfer.id, "meeting": show.meeting.id,
    }  # fmt: skip
    seen = {}
    for user in readers:
        browser = signed_in(user)
        answers = {kind: browser.get(f"/calendars/{kind}/{id}.ics") for kind, id in kinds.items()}
        seen[user.name] = [kind for kind, answer in answers.items() if answer.status_code == 200]
        assert ("+44" in answers["transfer"].text) == (user is show.ruth)
    assert seen == {
        "Ruth": list(kinds), "Mei": list(kinds), "Daniel": ["event", "session", "meeting"], "Nora": ["event", "session"],
    }  # fmt: skip


def test_partner_has_no_calendars(signed_in: SignIn) -> None:
    browser = signed_in(Role.PARTNER)
    assert [browser.get(path).status_code for path in ("/calendars/", "/calendars/new")] == [403, 403]


def test_pages_leave_no_trace_of_a_secret(signed_in: SignIn, app: Flask) -> None:
    """ASVS 14.2.1: the trail names the feed, never its address."""
    browser = signed_in(events.ruth())
    [secret] = secrets_in(browser.post("/calendars/new", data={"target": "my_work"}).text)
    told = [str(vars(row)) for row in db.session.scalars(sa.select(AuditEvent))]
    assert [line for line in told if secret in line] == []


def test_clock_does_not_change_a_feed(client: FlaskClient) -> None:
    path, _show = ruths_feed()
    tags = []
    for years in (0, 3):
        with clock.fixed_at(calendars.NOW + timedelta(days=365 * years)):
            tags.append(client.get(path).headers["ETag"])
    assert tags[0] == tags[1]
