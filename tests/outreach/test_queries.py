"""Reading contact: the same verdict one by one and in bulk, lists, counts, what left."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import User
from app.core import clock, outbox
from app.core.db import db, transaction
from app.core.keyset import Count, place_from
from app.core.models import MailState
from app.outreach import operations, queries, queries_outbox, queries_sent
from app.outreach.models import TouchKind
from app.outreach.queries import TouchFilter
from tests.factories import accounts, outreach, people


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


def test_people_are_weighed_alike_one_by_one_and_together(users: dict[str, User]) -> None:
    """G3: one function, for screens and lists."""
    outreach.rule(1, 14)
    someone = [people.person(name, owner=users["Mei"]) for name in ("Jack", "Amal", "Nneka")]
    outreach.touch(someone[0], users["Mei"], is_ask=True)
    outreach.touch(someone[1], users["Tom"])
    now, department = clock.now(), users["Tom"].department
    alone = [queries.weigh_contact(one, TouchKind.INVITATION, department, now, True) for one in someone]
    together = queries.weigh_contacts(
        {one.id: department.id for one in someone}, TouchKind.INVITATION, now, True
    )
    assert alone == [together[one.id] for one in someone]
    assert [verdict.level for verdict in alone] == ["hard", "hard", "free"]


def test_the_verdict_costs_the_same_whatever_was_said(
    users: dict[str, User], count_queries: Callable[[], int]
) -> None:
    """Issue of speed: constant in the number of touches."""
    jack = people.person("Jack", owner=users["Mei"])
    department = users["Tom"].department
    queries.weigh_contact(jack, TouchKind.UNSOLICITED, department, clock.now())
    count_queries()
    queries.weigh_contact(jack, TouchKind.UNSOLICITED, department, clock.now())
    before = count_queries()
    outreach.rule(50, 14)
    for number in range(20):
        outreach.touch(jack, users["Mei"], subject=f"Message {number}")
    db.session.expire_all()
    department.id  # noqa: B018 -- read again before counting
    jack.id  # noqa: B018
    count_queries()
    queries.weigh_contact(jack, TouchKind.UNSOLICITED, department, clock.now())
    assert count_queries() <= before + 2  # the user and the rule are read again


def test_the_guard_reads_its_indexes_and_not_the_history(app: Flask) -> None:
    """Both reads of the guard go by an index that ends where the window or the open asks end."""
    department = accounts.department()
    person = people.person("Jack")
    seen: list[tuple[str, object]] = []

    def note(
        _connection: object, _cursor: object, statement: str, parameters: object, *_rest: object
    ) -> None:
        if "FROM touch" in statement:
            seen.append((statement, parameters))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    queries.weigh_contact(person, TouchKind.UNSOLICITED, department, clock.now())
    sa.event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) == 2
    if db.engine.dialect.name == "sqlite":
        plans = []
        for statement, parameters in seen:
            rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append(" ".join(str(row[3]) for row in rows))
        assert "ix_touch_weighed (person_id=? AND kind=? AND at>?)" in plans[0]
        assert "ix_touch_open_ask (person_id=?)" in plans[1]


@pytest.mark.parametrize(
    ("filter", "subjects"),
    [
        (TouchFilter(), ["Open radio", "Interview", "100% true"]),
        (TouchFilter(q="INTERVIEW"), ["Interview"]),
        (TouchFilter(q="jack"), ["Interview", "100% true"]),
        (TouchFilter(q="100%"), ["100% true"]),
        (TouchFilter(q="_00"), []),
        (TouchFilter(is_open_ask=True), ["Interview"]),
    ],
)
def test_touches_are_narrowed(users: dict[str, User], filter: TouchFilter, subjects: list[str]) -> None:
    jack, amal = (people.person(name, owner=users["Mei"]) for name in ("Jack", "Amal"))
    with clock.fixed_at(datetime(2026, 5, 1, tzinfo=UTC)):
        outreach.touch(jack, users["Mei"], subject="100% true", is_inbound=True)
    with clock.fixed_at(datetime(2026, 6, 1, tzinfo=UTC)):
        outreach.touch(jack, users["Mei"], subject="Interview", is_ask=True)
    outreach.touch(amal, users["Tom"], subject="Open radio")
    assert [touch.subject for touch in queries.list_touches(None, filter).rows] == subjects
    by_tom = TouchFilter(department_id=users["Tom"].department_id)
    assert [touch.subject for touch in queries.list_touches(None, by_tom).rows] == ["Open radio"]


def test_open_asks_are_counted_for_the_house_and_for_one(users: dict[str, User]) -> None:
    outreach.touch(people.person("Jack", owner=users["Mei"]), users["Mei"], is_ask=True)
    outreach.touch(people.person("Amal", owner=users["Mei"]), users["Tom"], is_ask=True)
    assert (queries.count_open_asks(None), queries.count_open_asks(None, of=users["Tom"])) == (2, 1)


def test_the_last_contact_counts_in_either_direction(users: dict[str, User]) -> None:
    """G2."""
    jack, amal = (people.person(name, owner=users["Mei"]) for name in ("Jack", "Amal"))
    first, second = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    for at, is_inbound in ((first, False), (second, True)):
        with clock.fixed_at(at):
            outreach.touch(jack, users["Mei"], is_inbound=is_inbound)
    assert queries.last_touches({jack.id, amal.id}) == {jack.id: second}


def test_letters_are_listed_by_kind_with_their_newest_versions(app: Flask) -> None:
    outreach.letter_template("en")
    newest = outreach.letter_template("en")
    french = outreach.letter_template("fr")
    rows = {row.key: row.versions for row in queries_outbox.list_templates()}
    assert (rows["invitation"], rows["thank_you"]) == ([newest, french], [])
    assert queries_outbox.languages_of("invitation") == ["en", "fr"]


def test_what_left_is_listed_by_state(app: Flask) -> None:
    with transaction():
        for number in range(3):
            outbox.queue_mail(
                kind="note", recipient="a@b.example", subject=f"Mail {number}", text="x", dedup_key=str(number),
                batch="notes", is_held=number == 0,
            )  # fmt: skip
    assert [row.mail.subject for row in queries_sent.list_departed().rows] == ["Mail 2", "Mail 1"]
    assert queries_sent.list_departed(MailState.SENT).rows == []
    with transaction():
        operations.release_batch("notes", by=accounts.user())
    assert queries_sent.list_departed(MailState.NEW).total == Count(3)


def test_what_left_is_cut_at_a_row_so_that_a_new_mail_moves_no_page(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries_sent, "N_PER_PAGE", 2)

    def queue(*numbers: int) -> None:
        with transaction():
            for number in numbers:
                outbox.queue_mail(
                    kind="note", recipient="a@b.example", subject=f"Mail {number}", text="x", dedup_key=str(number),
                )  # fmt: skip

    def page(token: str = "", *, is_before: bool = False) -> tuple[queries_sent.DepartedPage, list[str]]:
        place = place_from(token, queries_sent.SENT_ORDER, is_before=is_before) if token else None
        found = queries_sent.list_departed(None, place)
        return found, [row.mail.subject for row in found.rows]

    queue(*range(5))
    first, words = page()
    assert (words, first.before) == (["Mail 4", "Mail 3"], "")
    queue(5)
    second, words = page(first.after)
    assert (words, second.total) == (["Mail 2", "Mail 1"], Count(6))
    last, words = page(second.after)
    assert (words, last.after) == (["Mail 0"], "")
    assert page(second.before, is_before=True)[1] == ["Mail 4", "Mail 3"]
