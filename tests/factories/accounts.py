"""Departments, users and their browsers."""

from flask.testing import FlaskClient

from app.accounts import signing_in
from app.accounts.models import Department, Role, User, UserSession
from app.core import clock
from app.core.db import db, transaction

PASSWORD = "correct horse battery staple"


def department(name: str = "Analyst relations") -> Department:
    """The department of this name, made when missing."""
    with transaction():
        found = db.session.query(Department).filter_by(name=name).first()
        if found is None:
            found = Department(name=name)
            db.session.add(found)
            db.session.flush()
    return found


def user(
    *, role: Role = Role.RELATIONS, name: str = "", email: str = "", in_department: str = "Analyst relations",
    organisation_id: int | None = None,
) -> User:  # fmt: skip
    """A user of a role; without a name, one user per role and department."""
    name = name or f"{role.value.capitalize()} of {in_department}"
    email = email or name.lower().replace(" ", ".") + "@lumen.example"
    home = department(in_department)
    with transaction():
        found = db.session.query(User).filter_by(email=email).first()
        if found is None:
            found = User(
                email=email,
                name=name,
                role=role,
                department_id=home.id,
                organisation_id=organisation_id,
                made_at=clock.now(),
            )
            db.session.add(found)
            db.session.flush()
    return found


def session_in(browser: FlaskClient, who: User) -> None:
    """Put a server-side session of `who` into a test browser, as sign-in would."""
    secret = signing_in.new_secret()
    with transaction():
        now = clock.now()
        db.session.add(
            UserSession(
                secret_hash=signing_in.hash_secret(secret),
                user_id=who.id,
                made_at=now,
                seen_at=now,
                agent="test",
                proved_at=now,
            )
        )
    with browser.session_transaction() as cookie:
        cookie["sid"] = secret
