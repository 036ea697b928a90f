"""Mails to a user about their own sign-in: whoever did not do it themselves must get to know."""

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import queries
from app.accounts.models import Role, User
from app.accounts.signing_in import new_secret
from app.core import branding, outbox
from app.core.spoken import speaking_to

_NOT_YOU = _l("Was it not you? Tell an administrator at once: they can end every session of yours.")


def tell_owner(user: User, subject: str, what: str) -> None:
    """Write to a user, in their language, what was done to their sign-in; both texts are lazy."""
    _mail(user, subject, f"accounts-{user.id}-{new_secret()[:16]}", what, _NOT_YOU)


def mail_link(user: User, address: str, n_minutes: int) -> None:
    """The link to choose a new password."""
    asked = _l(
        "Somebody, most likely you, asked for a new password. This link works once, and for %(n_minutes)s minutes:",
        n_minutes=n_minutes,
    )
    else_ = _l("If it was not you, there is nothing to do: your password stays as it is.")
    key = f"accounts-link-{user.id}-{new_secret()[:16]}"
    _mail(user, _l("Choose a new password"), key, asked, address, else_)


def tell_administrators(subject: str, what: str, *, key: str) -> None:
    """Write to everybody who manages users, each in their language; the same `key` is told once."""
    for admin in queries.list_users(role=Role.ADMIN, is_active=True):
        _mail(admin, subject, f"accounts-admin-{admin.id}-{key}", what)


def _mail(user: User, subject: str, key: str, *paragraphs: str) -> None:
    company, house = branding.name(), current_app.config["BASE_URL"]
    with speaking_to(user.locale):
        head, foot = _("Dear %(name)s,", name=user.name), _("Rapport at %(company)s", company=company)
        text = "\n\n".join([head, *(str(one) for one in paragraphs), f"{foot}\n{house}\n"])
        title = str(subject)
    outbox.queue_mail(kind="sign_in", recipient=user.email, subject=title, text=text, dedup_key=key)
