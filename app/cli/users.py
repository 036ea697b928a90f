"""Commands about logins: who may come in, as what, and what to do when somebody cannot."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import sqlalchemy as sa

from app.accounts import operations as accounts
from app.accounts import operations_factors, operations_links, queries_factors
from app.accounts import queries as logins
from app.accounts.details import UserDetails
from app.accounts.models import Role, User
from app.cli.opening import opened
from app.cli.talking import Talk, json_option
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.people.models import Organisation


@click.group("users")
def users_group() -> None:
    """Logins of the company and of partner agencies."""


@users_group.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As shown to the others.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--department", required=True, help="Made when it is new.")
@click.option("--agency", default="", help="For partners: the name of the agency whose people they may see.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)
@json_option
def add_user(
    email: str, name: str, role: str, department: str, agency: str, password_stdin: bool, is_json: bool
) -> None:
    """Add a login; the password is asked for, or read with --password-stdin."""
    talk = Talk(is_json)
    with opened():
        password = _password(password_stdin)
        with transaction():
            details = UserDetails(
                email=email,
                name=name,
                role=Role(role),
                department=department,
                organisation_id=_agency_id(agency),
            )
            user = accounts.add_user(details, password, by=None)
            facts = {"id": user.id, "email": user.email, "role": user.role.value}
        talk.say(f"{user.name} may sign in as {user.email}, {user.role.value}.")
        talk.give(facts)


@users_group.command("list")
@click.option("--role", type=click.Choice([role.value for role in Role]), help="Only these.")
@click.option("--closed", is_flag=True, help="Only those who can sign in no more.")
@json_option
def list_users(role: str | None, closed: bool, is_json: bool) -> None:
    """Logins by name: address, role, department, whether a second factor is set up."""
    talk = Talk(is_json)
    with opened():
        found = logins.list_users(role=Role(role) if role else None, is_active=False if closed else None)
        with_factor = queries_factors.with_factor()
        facts = [_facts(user, has_factor=user.id in with_factor) for user in found]
    width = max((len(one["email"]) for one in facts), default=0)
    talk.say(*(
        f"{one['email']:<{width}}  {one['role']:<11}  {one['name']}, {one['department']}"
        f"{'' if one['active'] else '  (closed)'}{'  +factor' if one['second_factor'] else ''}"
        for one in facts
    ))  # fmt: skip
    if not facts:
        talk.say("There are none.")
    talk.give({"users": facts})


def _facts(user: User, *, has_factor: bool) -> dict[str, Any]:
    return {
        "id": user.id, "email": user.email, "name": user.name, "role": user.role.value, "department": user.department.name,
        "active": user.is_active, "second_factor": has_factor, "has_password": bool(user.password_hash),
    }  # fmt: skip


@contextmanager
def _acting_on(email: str) -> Iterator[User]:
    """A login, in a transaction of its own. NotFound."""
    with opened(), transaction():
        found = logins.find_user(email)
        if found is None:
            raise NotFound(f"There is no user {email}.")
        yield found


@users_group.command("deactivate")
@click.argument("email")
@json_option
def deactivate_user(email: str, is_json: bool) -> None:
    """Let somebody in no more: sessions, tokens and feeds end at once. Hand over first what they look after."""
    talk = Talk(is_json)
    with _acting_on(email) as user:
        accounts.deactivate_user(user, by=None)
        talk.say(f"{user.name} can no longer sign in.")
        talk.give({"email": user.email, "active": False})


@users_group.command("reactivate")
@click.argument("email")
@json_option
def reactivate_user(email: str, is_json: bool) -> None:
    """Let somebody in again, with the password of before; tokens and feeds stay ended."""
    talk = Talk(is_json)
    with _acting_on(email) as user:
        accounts.reactivate_user(user, by=None)
        talk.say(f"{user.name} can sign in again.")
        talk.give({"email": user.email, "active": True})


@users_group.command("role")
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.option("--agency", default="", help="For partners: the name of the agency whose people they may see.")
@json_option
def change_role(email: str, role: str, agency: str, is_json: bool) -> None:
    """Give somebody another role; every browser of theirs is signed out."""
    talk = Talk(is_json)
    with _acting_on(email) as user:
        details = UserDetails(
            email=user.email, name=user.name, role=Role(role), department=user.department.name,
            organisation_id=_agency_id(agency), locale=user.locale, zone=user.zone,
        )  # fmt: skip
        accounts.edit_user(user, details, by=None)
        talk.say(f"{user.name} is {role} from now on.")
        talk.give({"email": user.email, "role": role})


@users_group.command("reset")
@click.argument("email")
@json_option
def reset_password(email: str, is_json: bool) -> None:
    """Print a link by which somebody chooses a new password: once, for half an hour. It passes no second factor."""
    talk = Talk(is_json)
    with _acting_on(email) as user:
        if not user.is_active:
            raise click.ClickException(
                f"{user.name} is closed. Say first: rapport users reactivate {user.email}"
            )
        address = operations_links.hand_over(user, by=None)
        n_minutes = int(operations_links.LIFE.total_seconds() // 60)
        talk.say(f"Hand this to {user.name}; it works once, for {n_minutes} minutes:", address)
        talk.give({"email": user.email, "link": address, "minutes": n_minutes})


@users_group.command("remove-factors")
@click.argument("email")
@json_option
def remove_factors(email: str, is_json: bool) -> None:
    """Take every second factor of somebody away who lost theirs; be sure who asks. They get a mail, browsers end."""
    talk = Talk(is_json)
    with _acting_on(email) as user:
        operations_factors.remove_lost(user, by=None)
        talk.say(f"{user.name} has no second factor any more, and is signed out everywhere.")
        talk.give({"email": user.email, "second_factor": False})


@users_group.command("end-sessions")
@click.argument("email")
@json_option
def end_sessions(email: str, is_json: bool) -> None:
    """Sign somebody out of every browser."""
    talk = Talk(is_json)
    with _acting_on(email) as user:
        n_ended = accounts.end_sessions_of(user, by=None)
        talk.say(f"{user.name} was signed out of {n_ended:,} {'browser' if n_ended == 1 else 'browsers'}.")
        talk.give({"email": user.email, "ended": n_ended})


def _password(is_on_stdin: bool) -> str:
    if is_on_stdin:
        found = sys.stdin.readline().rstrip("\r\n")
        if not found:
            raise click.ClickException("Standard input holds no password.")
        return found
    if not sys.stdin.isatty():
        raise click.UsageError("Give the password on standard input, with --password-stdin.")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    return typed


def _agency_id(name: str) -> int | None:
    if not name:
        return None
    wanted = sa.select(Organisation.id).where(sa.func.lower(Organisation.name) == name.strip().lower())
    found = db.session.scalar(wanted)
    if found is None:
        raise NotFound(f"There is no agency called {name}.")
    return found
