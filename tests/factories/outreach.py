"""Touches, rules and letters, made by the operations the screens use."""

from typing import Any

from app.accounts.models import Department, User
from app.core.db import db, transaction
from app.outreach import operations, queries_outbox
from app.outreach.details import ContactRuleDetails, LetterTemplateDetails, TouchDetails
from app.outreach.models import ContactRule, LetterTemplate, Touch, TouchChannel
from app.people.models import Person
from tests.factories import accounts

__all__ = ["queries_outbox"]

BODY = (
    "Dear {person},\n\nwe would like to see you at {event} in {city}, {dates}.\n{promise}\n\n{owner}, {department}\n"
    "Is this really us? {verify_link}\n"
)
NOTE = "Dear {person},\n\n{message}\n\n{owner}, {department}\n{verify_link}\n"


def cast() -> dict[str, User]:
    """Mei (analyst relations), Tom (social media), Pia (product PR), Ruth (events): relations and coordinator users."""
    return {
        "Mei": accounts.user(name="Mei", in_department="Analyst relations"),
        "Tom": accounts.user(name="Tom", in_department="Social media"),
        "Pia": accounts.user(name="Pia", in_department="Product PR"),
        "Ruth": accounts.user(name="Ruth", role=accounts.Role.COORDINATOR, in_department="Events"),
    }


def touch(to: Person, by: User, *, join: Touch | None = None, release_reason: str = "", **more: Any) -> Touch:
    """One contact; a mail unless said otherwise."""
    details = {"channel": TouchChannel.MAIL, "subject": "Interview"} | more
    with transaction():
        return operations.record_touch(
            TouchDetails(person_id=to.id, **details),
            by=db.session.merge(by),
            join=join,
            release_reason=release_reason,
        )


def rule(n_touches: int = 2, n_days: int = 14, n_open_asks: int = 1, **more: Any) -> ContactRule:
    """A contact rule in force from now."""
    details = ContactRuleDetails(n_touches=n_touches, n_days=n_days, n_open_asks=n_open_asks, **more)
    with transaction():
        return operations.set_contact_rule(details, by=accounts.user())


def letter_template(language: str = "en", key: str = "invitation", **more: Any) -> LetterTemplate:
    """A letter in one language."""
    words = {"subject": "Invitation to {event}", "body": BODY} | more
    with transaction():
        return operations.write_letter_template(
            LetterTemplateDetails(key=key, language=language, **words), by=accounts.user()
        )


def department(name: str) -> Department:
    """The department of this name."""
    return accounts.department(name)
