"""C1: UIDs never change, SEQUENCE rises on a change of time, place or status, and only then."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.db import Base, UtcDateTime
from app.core.scheduled import Scheduled

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class _Base(sa.orm.DeclarativeBase):
    registry = sa.orm.registry(metadata=sa.MetaData(), type_annotation_map={datetime: UtcDateTime()})


class Talk(Scheduled, _Base):
    """A calendar item of this test alone."""

    __tablename__ = "talk"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    place: Mapped[str]
    zone: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


@pytest.fixture
def session() -> Iterator[Session]:
    engine = sa.create_engine("sqlite://")
    _Base.metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def talk(session: Session) -> Talk:
    with clock.fixed_at(NOW):
        row = Talk(
            title="Radio",
            place="Hall A",
            zone="Europe/London",
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=1),
        )
        session.add(row)
        session.commit()
    return row


CHANGES = [
    ("title", "Open radio", 0),
    ("place", "Hall B", 1),
    ("zone", "Europe/Paris", 1),
    ("starts_at", NOW + timedelta(minutes=5), 1),
    ("ends_at", NOW + timedelta(hours=2), 1),
    ("is_cancelled", True, 1),
]


def test_a_new_item_begins_at_zero_with_a_uid_for_life(talk: Talk) -> None:
    assert (talk.sequence, talk.revised_at, talk.is_cancelled, len(talk.uid)) == (0, NOW, False, 36)


@pytest.mark.parametrize(("name", "value", "rise"), CHANGES)
def test_sequence_rises_only_with_time_place_and_status(
    session: Session, talk: Talk, name: str, value: object, rise: int
) -> None:
    uid = talk.uid
    with clock.fixed_at(NOW + timedelta(minutes=10)):
        setattr(talk, name, value)
        session.commit()
    assert (talk.sequence, talk.revised_at, talk.uid) == (rise, NOW + timedelta(minutes=10), uid)


def test_several_changes_at_once_are_one_revision(session: Session, talk: Talk) -> None:
    talk.place, talk.starts_at, talk.is_cancelled = "Hall B", NOW + timedelta(minutes=5), True
    session.commit()
    assert talk.sequence == 1


@pytest.mark.parametrize(("name", "_value", "_rise"), CHANGES)
def test_saving_what_was_there_revises_nothing(
    session: Session, talk: Talk, name: str, _value: object, _rise: int
) -> None:
    with clock.fixed_at(NOW + timedelta(minutes=10)):
        setattr(talk, name, getattr(talk, name))
        session.commit()
    assert (talk.sequence, talk.revised_at) == (0, NOW)


def test_a_revision_is_never_older_than_the_one_before(session: Session, talk: Talk) -> None:
    """The clock of another machine may be behind."""
    with clock.fixed_at(NOW - timedelta(hours=1)):
        talk.place = "Hall B"
        session.commit()
    assert (talk.sequence, talk.revised_at) == (1, NOW)


def test_the_calendar_items_of_the_rooms_say_what_moves_them(app: Flask) -> None:
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, Scheduled):
            columns = {column.key for column in mapper.column_attrs}
            assert mapper.class_.moves_with & columns, mapper.class_.__name__
            assert "is_cancelled" in mapper.class_.moves_with, mapper.class_.__name__
