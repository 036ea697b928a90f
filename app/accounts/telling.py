"""Mails to a user about their own sign-in: whoever did not do it themselves must get to know."""

from flask import current_app

from app.accounts import queries
from app.accounts.models import Role, User
from app.accounts.signing_in import new_secret
from app.core import branding, outbox

_NOT_YOU = "Was it not you? Tell an administrator at once: they can end every session of yours."


def tell_owner(user: User, subject: str, what: str) -> None:
    """Write to a user what was done to their sign-in."""
    _mail(user, subject, f"{what}\n\n{_NOT_YOU}", f"accounts-{user.id}-{new_secret()[:16]}")


def mail_link(user: User, address: str, n_minutes: int) -> None:
    """The link to choose a new password."""
    words = (
        f"Somebody, most likely you, asked for a new password. This link works once, and for {n_minutes} minutes:\n\n{address}"
        "\n\nIf it was not you, there is nothing to do: your password stays as it is."
    )
    _mail(user, "Choose a new password", words, f"accounts-link-{user.id}-{new_secret()[:16]}")


def tell_administrators(subject: str, what: str, *, key: str) -> None:
    """Write to everybody who manages users; the same `key` is told once."""
    for admin in queries.list_users(role=Role.ADMIN, is_active=True):
        _mail(admin, subject, what, f"accounts-admin-{admin.id}-{key}")


def _mail(user: User, subject: str, words: str, key: str) -> None:
    company, house = branding.name(), current_app.config["BASE_URL"]
    text = f"Dear {user.name},\n\n{words}\n\nRapport at {company}\n{house}\n"
    outbox.queue_mail(kind="sign_in", recipient=user.email, subject=subject, text=text, dedup_key=key)
