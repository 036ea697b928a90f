"""Writes about users, on a real database."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher, extract_parameters
from flask import Flask
from pydantic import ValidationError

from app.accounts import operations, operations_tokens, passwords, policies, queries, signing_in
from app.accounts.details import DelegationDetails, ProfileDetails, ReportingDetails, UserDetails
from app.accounts.models import (
    AuditEvent,
    Delegation,
    Department,
    Role,
    SignInAttempt,
    Theme,
    User,
    UserSession,
)
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict
from tests.conftest import fresh
from tests.factories import accounts as make

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PASSWORD = "quiet harbour lantern"


def details(**changes: object) -> UserDetails:
    facts = {
        "email": "mei@lumen.example",
        "name": "Mei Tanaka-Lindt",
        "role": Role.RELATIONS,
        "department": "Analyst relations",
    }
    return UserDetails.model_validate(facts | changes)


def add(password: str | None = PASSWORD, **changes: object) -> User:
    with transaction():
        return operations.add_user(details(**changes), password, by=None)


def trail() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


def sign_in(
    email: str = "mei@lumen.example", password: str = PASSWORD, address: str = "192.0.2.1"
) -> operations.SignedIn:
    with transaction():
        return operations.sign_in(email, password, address, "Firefox")


def sessions_of(user: User) -> int:
    return len(queries.list_sessions(user))


# -- users -----------------------------------------------------------------------------------------


def test_add_user_makes_the_department_and_hashes_the_password(app: Flask) -> None:
    user = add(email=" Mei@Lumen.Example ")
    assert (user.email, user.name, user.role, user.department.name) == (
        "mei@lumen.example", "Mei Tanaka-Lindt", Role.RELATIONS, "Analyst relations",
    )  # fmt: skip
    assert passwords.is_right(user.password_hash, PASSWORD)
    assert trail() == ["accounts.department_added", "accounts.user_added"]
    add(email="omar@lumen.example", department="ANALYST RELATIONS")
    assert db.session.query(Department).count() == 1


def test_the_trail_never_holds_a_hash(app: Flask) -> None:
    user = add()
    changes = db.session.execute(sa.text("SELECT changes FROM audit_detail")).scalars().all()
    assert all(user.password_hash not in str(change) for change in changes)


def test_two_users_cannot_share_an_address(app: Flask) -> None:
    add()
    with pytest.raises(policies.EmailTaken), transaction():
        operations.add_user(details(email="MEI@lumen.example"), by=None)
    assert db.session.query(User).count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "mei"}, {"email": ""}, {"email": "a@b@c.example"}, {"name": ""}, {"department": ""}, {"role": "king"},
        {"zone": "Europe/Nowhere"}, {"locale": "xx"}, {"role": Role.PARTNER}, {"organisation_id": 3},
    ],
)  # fmt: skip
def test_bad_facts_about_a_user_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        details(**changes)


def test_an_easy_password_is_refused_and_nobody_added(app: Flask) -> None:
    with pytest.raises(policies.PasswordTooEasy), transaction():
        operations.add_user(details(), "Tanaka-Lindt-2026", by=None)
    assert db.session.query(User).count() == 0


def test_edit_user_ends_sessions_only_when_rights_change(app: Flask) -> None:
    admin, user = make.user(role=Role.ADMIN), add()
    sign_in()
    with transaction():
        operations.edit_user(user, details(name="Mei Lindt"), by=admin)
    assert (user.name, sessions_of(user)) == ("Mei Lindt", 1)
    with transaction():
        operations.edit_user(user, details(role=Role.COORDINATOR), by=admin)
    assert (user.role, sessions_of(user)) == (Role.COORDINATOR, 0)


def test_edit_user_refuses_a_stale_form_and_a_taken_address(app: Flask) -> None:
    admin, user = make.user(role=Role.ADMIN), add()
    with pytest.raises(Conflict), transaction():
        operations.edit_user(user, details(), by=admin, seen_version=user.version + 1)
    with pytest.raises(policies.EmailTaken), transaction():
        operations.edit_user(user, details(email=admin.email), by=admin)


def test_the_last_admin_stays(app: Flask) -> None:
    admin = add(role=Role.ADMIN)
    other = make.user(role=Role.ADMIN, name="Ada")
    with transaction():
        operations.deactivate_user(other, by=admin)
    with pytest.raises(policies.LastAdmin), transaction():
        operations.edit_user(admin, details(role=Role.RELATIONS), by=admin)
    with pytest.raises(policies.NotYourself), transaction():
        operations.deactivate_user(admin, by=admin)
    with pytest.raises(policies.LastAdmin), transaction():
        operations.deactivate_user(admin, by=other)


def test_deactivate_user_ends_sessions_and_tokens(app: Flask) -> None:
    admin, user = make.user(role=Role.ADMIN), add()
    sign_in()
    with transaction():
        token = operations_tokens.make_token("export", by=user).token
    with transaction():
        operations.deactivate_user(user, by=admin)
        operations.deactivate_user(user, by=admin)
    assert (fresh(user).is_active, sessions_of(user), token.revoked_at is None) == (False, 0, False)
    assert trail().count("accounts.user_deactivated") == 1
    with transaction():
        operations.reactivate_user(user, by=admin)
    assert (fresh(user).is_active, token.revoked_at is None) == (True, False)


def test_edit_profile_changes_oneself(app: Flask) -> None:
    user = add()
    with transaction():
        operations.edit_profile(
            user, ProfileDetails(name="Mei", locale="fr", zone="Asia/Tokyo", theme=Theme.DARK), by=user
        )
    assert (user.name, user.locale, user.zone, user.theme) == ("Mei", "fr", "Asia/Tokyo", Theme.DARK)


# -- signing in ------------------------------------------------------------------------------------


def test_sign_in_opens_a_session_whose_secret_is_not_stored(app: Flask) -> None:
    user = add()
    entered = sign_in(" MEI@lumen.example ")
    assert entered.user.id == user.id
    (session,) = queries.list_sessions(user)
    assert session.secret_hash == signing_in.hash_secret(entered.secret)
    assert entered.secret not in str(db.session.execute(sa.text("SELECT * FROM user_session")).all())
    assert sign_in().secret != entered.secret


@pytest.mark.parametrize(
    "case", ["wrong password", "unknown address", "deactivated", "no password yet", "empty"]
)
def test_every_refusal_of_sign_in_looks_the_same_and_is_kept(app: Flask, case: str) -> None:
    admin, user = make.user(role=Role.ADMIN), add(None if case == "no password yet" else PASSWORD)
    if case == "deactivated":
        with transaction():
            operations.deactivate_user(user, by=admin)
    email = "nobody@lumen.example" if case == "unknown address" else user.email
    password = {"wrong password": "quiet harbour lanterns", "empty": ""}.get(case, PASSWORD)
    with pytest.raises(policies.SignInRefused) as refused:
        sign_in(email, password)
    assert (
        refused.value.message
        == "This address and password do not belong together. Check both, then try again."
    )
    assert (refused.value.status, refused.value.field) == (422, None)
    assert db.session.query(SignInAttempt).count() == 1
    assert db.session.query(UserSession).count() == 0
    assert trail()[-1] == "accounts.sign_in_refused"


def test_typed_addresses_of_failures_cannot_be_read(app: Flask) -> None:
    with pytest.raises(policies.SignInRefused):
        sign_in("my secret password", "mei@lumen.example")
    rows = str(db.session.execute(sa.text("SELECT * FROM sign_in_attempt")).all())
    assert "secret" not in rows
    assert "mei" not in rows


def _fail(email: str, address: str, times: int) -> None:
    with transaction():
        for _ in range(times):
            db.session.add(
                SignInAttempt(email_hash=signing_in.hash_email(email), address=address, made_at=clock.now())
            )


def test_too_many_failures_of_an_account_pause_it_even_with_the_right_password(app: Flask) -> None:
    add()
    with clock.fixed_at(NOW):
        _fail("mei@lumen.example", "198.51.100.7", policies.MOST_PER_ACCOUNT)
        with pytest.raises(policies.TooManyAttempts) as refused:
            sign_in()
    assert refused.value.retry_after == policies.WINDOW.total_seconds()
    with clock.fixed_at(NOW + policies.WINDOW):
        sign_in()


def test_too_many_failures_from_an_address_pause_it_for_everybody(app: Flask) -> None:
    add()
    _fail("somebody@else.example", "192.0.2.1", policies.MOST_PER_ADDRESS)
    with pytest.raises(policies.TooManyAttempts):
        sign_in()
    sign_in(address="192.0.2.2")


def test_a_paused_attempt_does_not_make_the_pause_longer(app: Flask) -> None:
    add()
    _fail("mei@lumen.example", "192.0.2.9", policies.MOST_PER_ACCOUNT)
    for _ in range(3):
        with pytest.raises(policies.TooManyAttempts):
            sign_in()
    assert db.session.query(SignInAttempt).count() == policies.MOST_PER_ACCOUNT


def test_who_got_in_starts_anew(app: Flask) -> None:
    add()
    _fail("mei@lumen.example", "192.0.2.1", policies.MOST_PER_ACCOUNT - 1)
    _fail("omar@lumen.example", "192.0.2.1", 1)
    sign_in()
    assert db.session.query(SignInAttempt).count() == 1


def test_an_old_hash_is_renewed_at_sign_in(app: Flask) -> None:
    user = add()
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with transaction():
        user.password_hash = weak.hash(PASSWORD)
    sign_in()
    assert fresh(user).password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_unknown_address_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown address must not answer at once: a guess is hashed with the same parameters, and is wrong all the same."""
    stored, hashed = passwords.hash_password(PASSWORD), []
    verify = PasswordHasher.verify

    def noted(hasher: PasswordHasher, against: str, password: str) -> bool:
        hashed.append(extract_parameters(against))
        return bool(verify(hasher, against, password))

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    assert [passwords.is_right(of, "wrong wrong wrong") for of in ("", stored)] == [False, False]
    assert hashed == [extract_parameters(stored)] * 2


def test_sign_out_ends_the_session_on_the_server(app: Flask) -> None:
    user = add()
    entered = sign_in()
    with transaction():
        operations.sign_out(entered.secret)
        operations.sign_out("a secret of nobody")
    assert sessions_of(user) == 0
    assert trail()[-1] == "accounts.signed_out"


def test_change_password_ends_the_other_sessions(app: Flask) -> None:
    user = add()
    here = queries.find_session(signing_in.hash_secret(sign_in().secret))
    sign_in()
    with transaction():
        operations.change_password(
            PASSWORD, "velvet giraffe orchard", by=user, here=here, address="192.0.2.1"
        )
    assert [session.id for session in queries.list_sessions(user)] == [here.id if here else None]
    sign_in(password="velvet giraffe orchard")


def test_change_password_with_the_wrong_old_one_counts_as_a_failure(app: Flask) -> None:
    user = add()
    for _ in range(policies.MOST_PER_ACCOUNT):
        with pytest.raises(policies.SignInRefused), transaction():
            operations.change_password(
                "wrong", "velvet giraffe orchard", by=user, here=None, address="192.0.2.1"
            )
    with pytest.raises(policies.TooManyAttempts), transaction():
        operations.change_password(
            PASSWORD, "velvet giraffe orchard", by=user, here=None, address="192.0.2.1"
        )


def test_set_password_ends_every_session(app: Flask) -> None:
    admin, user = make.user(role=Role.ADMIN), add()
    sign_in()
    with transaction():
        operations.set_password(user, "velvet giraffe orchard", by=admin)
    assert sessions_of(user) == 0


# -- tokens, stand-ins, settings -------------------------------------------------------------------


def test_a_token_is_stored_as_a_hash_and_can_be_revoked_once(app: Flask) -> None:
    user = add()
    with transaction():
        made = operations_tokens.make_token("export", by=user)
    assert made.secret not in str(db.session.execute(sa.text("SELECT * FROM api_token")).all())
    with transaction():
        operations_tokens.revoke_token(made.token, by=user)
        operations_tokens.revoke_token(made.token, by=user)
    assert trail().count("accounts.token_revoked") == 1


def test_r2_the_same_person_stands_in_once_on_a_day(app: Flask) -> None:
    """Or ending what one sees would leave another one in force."""
    helga, sam = (make.user(role=Role.COMPLIANCE, name=name) for name in ("Helga", "Sam"))

    def stand_in(first: int, last: int) -> Delegation:
        days = {"from_on": date(2027, 1, first), "to_on": date(2027, 1, last)}
        with transaction():
            return operations.add_delegation(DelegationDetails(delegate_id=sam.id, **days), by=helga)

    stand_in(4, 8)
    stand_in(9, 9)
    for first, last in ((4, 8), (1, 4), (8, 20), (5, 6)):
        with pytest.raises(policies.WrongDelegate, match="already") as refused:
            stand_in(first, last)
        assert refused.value.field == "from_on"


def test_r2_a_delegate_acts_on_the_days_named_and_both_included(app: Flask) -> None:
    helga, sam = make.user(role=Role.COMPLIANCE, name="Helga"), make.user(role=Role.COMPLIANCE, name="Sam")
    with clock.fixed_at(NOW), transaction():
        given = DelegationDetails(delegate_id=sam.id, from_on=date(2026, 12, 1), to_on=date(2026, 12, 10))
        delegation = operations.add_delegation(given, by=helga)
    days = [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 10), date(2026, 12, 11)]
    assert [[user.name for user in queries.delegators_of(sam, day)] for day in days] == [
        [],
        ["Helga"],
        ["Helga"],
        [],
    ]
    with clock.fixed_at(datetime(2026, 12, 5, 9, tzinfo=UTC)), transaction():
        operations.end_delegation(delegation, by=helga)
    assert [len(queries.delegators_of(sam, day)) for day in (date(2026, 12, 4), date(2026, 12, 5))] == [1, 0]


def test_r2_a_deactivated_user_has_no_name_to_lend(app: Flask) -> None:
    helga, sam = make.user(role=Role.COMPLIANCE, name="Helga"), make.user(role=Role.COMPLIANCE, name="Sam")
    today = clock.today()
    with transaction():
        operations.add_delegation(
            DelegationDetails(delegate_id=sam.id, from_on=today, to_on=today + timedelta(days=1)), by=helga
        )
        operations.deactivate_user(helga, by=make.user(role=Role.ADMIN))
    assert queries.delegators_of(sam, today) == []


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 12, 2), date(2026, 12, 1)), (date(2026, 1, 1), date(2026, 1, 2))]
)
def test_r2_days_in_the_wrong_order_or_in_the_past_are_refused(app: Flask, first: date, last: date) -> None:
    helga, sam = make.user(role=Role.COMPLIANCE, name="Helga"), make.user(role=Role.COMPLIANCE, name="Sam")
    with pytest.raises((ValidationError, policies.WrongDelegate)), clock.fixed_at(NOW), transaction():
        operations.add_delegation(DelegationDetails(delegate_id=sam.id, from_on=first, to_on=last), by=helga)


def test_reporting_settings_begin_with_the_installation_and_can_be_set(app: Flask) -> None:
    assert queries.reporting() == ReportingDetails(currency="GBP", n_group_minimum=10, n_review_days=45)
    for currency in ("EUR", "USD"):
        with transaction():
            wanted = ReportingDetails(currency=currency, n_group_minimum=5, n_review_days=30)
            operations.set_reporting(wanted, by=make.user(role=Role.ADMIN))
        assert queries.reporting() == wanted


@pytest.mark.parametrize(
    "changes",
    [{"n_group_minimum": 4}, {"n_group_minimum": 101}, {"n_review_days": 0}, {"currency": "pounds"}],
)
def test_p7_a_group_minimum_below_five_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ReportingDetails.model_validate(
            {"currency": "GBP", "n_group_minimum": 10, "n_review_days": 45} | changes
        )
