"""Reading users and the audit trail."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts import audit, operations, operations_tokens, queries
from app.accounts.models import Role
from app.accounts.queries import TrailFilter
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.core.keyset import Count, place_from
from tests.factories import accounts as make

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_list_users_narrows_by_role_and_state(app: Flask) -> None:
    admin, mei, tom = make.user(role=Role.ADMIN, name="Ada"), make.user(name="Mei"), make.user(name="Tom")
    with transaction():
        operations.deactivate_user(tom, by=admin)
    assert [user.name for user in queries.list_users()] == ["Ada", "Mei", "Tom"]
    assert [user.name for user in queries.list_users(role=Role.RELATIONS)] == ["Mei", "Tom"]
    assert [user.name for user in queries.list_users(is_active=True)] == ["Ada", "Mei"]
    assert [user.name for user in queries.list_users(is_active=False)] == ["Tom"]
    assert mei.is_active


def test_departments_count_their_active_users(app: Flask) -> None:
    admin = make.user(role=Role.ADMIN, name="Ada", in_department="IT")
    tom = make.user(name="Tom", in_department="Social media")
    make.department("Product")
    with transaction():
        operations.deactivate_user(tom, by=admin)
    assert [(department.name, number) for department, number in queries.list_departments()] == [
        ("IT", 1), ("Product", 0), ("Social media", 0),
    ]  # fmt: skip


def test_agencies_are_organisations_of_that_kind(app: Flask) -> None:
    with transaction():
        for name, kind in (("Costa Vozes", "agency"), ("Anvil Research", "analyst_firm")):
            table = sa.Table("organisation", sa.MetaData(), autoload_with=db.session.connection())
            values = {column.name: False for column in table.columns if isinstance(column.type, sa.Boolean)}
            texts = {
                column.name: ""
                for column in table.columns
                if isinstance(column.type, sa.String) and not column.nullable
            }
            whole = {column.name: 1 for column in table.columns if column.name == "version"}
            db.session.execute(
                table.insert().values(**(texts | values | whole | {"name": name, "kind": kind}))
            )
    assert [agency.name for agency in queries.list_agencies()] == ["Costa Vozes"]


@pytest.mark.parametrize("get", [queries.get_session, queries.get_delegation])
def test_what_is_not_ones_own_is_not_found(app: Flask, get: object) -> None:
    user = make.user()
    with pytest.raises(NotFound):
        get(1, user)  # type: ignore[operator]


def test_a_token_of_somebody_else_is_found_by_administrators_only(app: Flask) -> None:
    mei, tom = make.user(name="Mei"), make.user(name="Tom")
    with transaction():
        token = operations_tokens.make_token("export", by=mei).token
    assert queries.get_token(token.id, mei, may_any=False).id == token.id
    assert queries.get_token(token.id, tom, may_any=True).id == token.id
    with pytest.raises(NotFound):
        queries.get_token(token.id, tom, may_any=False)


def test_the_trail_can_be_narrowed(app: Flask) -> None:
    mei, tom = make.user(name="Mei"), make.user(name="Tom")
    with transaction():
        for day, (user, action, ref) in enumerate(
            [
                (mei, "people.person_added", "7"),
                (tom, "people.person_edited", "7"),
                (None, "ledger.verified", "all"),
            ]
        ):
            with clock.fixed_at(NOW + timedelta(days=day)):
                audit.record_event(action, kind="person" if ref == "7" else "ledger", ref=ref, by=user)

    def found(**wanted: object) -> list[str]:
        chosen = TrailFilter(**wanted)  # type: ignore[arg-type]
        lines = queries.list_trail(chosen).rows
        assert queries.count_trail(chosen) == Count(len(lines))
        return [line.action for line in lines]

    assert found() == ["ledger.verified", "people.person_edited", "people.person_added"]
    assert found(by_id=tom.id) == ["people.person_edited"]
    assert found(action="people.") == ["people.person_edited", "people.person_added"]
    assert found(action="Person added") == ["people.person_added"]
    assert found(action="%") == []
    assert found(kind="person", subject_id="7", by_id=mei.id) == ["people.person_added"]
    assert found(from_on=date(2026, 11, 24)) == ["ledger.verified"]
    assert found(to_on=date(2026, 11, 22)) == ["people.person_added"]
    assert found(ref=audit.request_ref()) == found()


def test_the_trail_comes_in_pages(app: Flask) -> None:
    with transaction():
        for number in range(queries.PAGE_SIZE + 3):
            audit.record_event("test.happened", kind="test", ref=str(number), by=None)
    first = queries.list_trail(TrailFilter())
    second = queries.list_trail(TrailFilter(), place_from(first.after, queries.TRAIL_ORDER))
    assert (len(first.rows), len(second.rows), second.after) == (queries.PAGE_SIZE, 3, "")
    back = queries.list_trail(TrailFilter(), place_from(second.before, queries.TRAIL_ORDER, is_before=True))
    assert [line.id for line in back.rows] == [line.id for line in first.rows]
