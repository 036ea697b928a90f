"""What comes first, whose it is, and who looks at mail."""

import pytest

from app.accounts.models import Role, User
from app.notices.models import Notice, Urgency
from app.notices.policies import Mailbox, is_for, mailbox_of, rank


def test_what_cannot_wait_comes_first() -> None:
    assert sorted(Urgency, key=rank) == [Urgency.NOW, Urgency.SOON, Urgency.INFO]


@pytest.mark.parametrize(
    ("notice", "verdict"),
    [
        (Notice(user_id=1), True),
        (Notice(user_id=2), False),
        (Notice(role="relations"), True),
        (Notice(role="auditor"), False),
    ],
)
def test_a_notice_is_for_a_user_by_name_or_by_role(notice: Notice, verdict: bool) -> None:
    assert is_for(notice, User(id=1, role=Role.RELATIONS)) is verdict


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("is_local", [True, False])
@pytest.mark.parametrize("is_demo", [True, False])
def test_r3_mail_is_looked_at_by_administrators_and_in_a_demo_by_staff(
    role: Role, is_local: bool, is_demo: bool
) -> None:
    verdict = mailbox_of(User(id=1, role=role, is_active=True), is_local, is_demo)
    if role == Role.PARTNER:
        assert verdict is None
    elif role == Role.ADMIN:
        assert verdict == (Mailbox.LOCAL if is_local else Mailbox.UNDELIVERED)
    else:
        assert verdict == (Mailbox.LOCAL if is_local and is_demo else None)
