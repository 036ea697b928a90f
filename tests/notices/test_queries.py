"""Reading notices."""

import pytest
from flask import Flask

from app.accounts.models import Role
from app.core.db import transaction
from app.core.errors import NotFound
from app.notices import operations, queries
from tests.factories import accounts as make
from tests.factories.notices import notice


def test_counts_are_of_ones_own(app: Flask) -> None:
    mei, helga = make.user(name="Mei"), make.user(role=Role.COMPLIANCE)
    first = notice(user=mei)
    notice("Second.", user=mei)
    notice("For the role.", role=Role.RELATIONS)
    notice("For others.", role=Role.COMPLIANCE)
    with transaction():
        operations.finish(first, by=mei)
    assert (queries.count_open(mei), queries.count_done(mei)) == (2, 1)
    assert (queries.count_open(helga), queries.count_done(helga)) == (1, 0)
    assert [one.id for one in queries.list_notices(mei, is_done=True)] == [first.id]


def test_get_notice_finds_ones_own_only(app: Flask) -> None:
    mei, given = make.user(name="Mei"), notice(role=Role.COMPLIANCE)
    assert queries.get_notice(given.id, make.user(role=Role.COMPLIANCE)).id == given.id
    for user, number in ((mei, given.id), (mei, 999)):
        with pytest.raises(NotFound):
            queries.get_notice(number, user)
