"""Writing briefs: the approved message, each version kept as it was (G4)."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.i18n import marked
from app.programs import policies, queries_initiatives
from app.programs.details_initiatives import BriefDetails, BriefVersionDetails
from app.programs.models import Program
from app.programs.models_initiatives import Brief, BriefVersion
from app.programs.policies_initiatives import SameWords


def write_brief(program: Program, details: BriefDetails, *, by: User) -> Brief:
    """Write the first version of a message."""
    policies.require_people_program(program, marked("nobody is told anything"))
    if queries_initiatives.find_brief(program, details.title) is not None:
        raise policies.NameTaken(
            _(
                "This program has a brief called %(details)s. Write its next version instead.",
                details=details.title,
            ),
            field="title",
        )
    brief = Brief(program_id=program.id, title=details.title, made_at=clock.now())
    db.session.add(brief)
    db.session.flush()
    _add_version(brief, 1, details.message, "", by)
    audit.record("programs.brief_written", brief, by=by)
    return brief


def write_brief_version(
    brief: Brief, details: BriefVersionDetails, *, by: User, seen_number: int | None = None
) -> BriefVersion:
    """Write the next version; those before stay as they were received.

    Raises SameWords when nothing changed, or when somebody else wrote a version after `seen_number`.
    """
    last = queries_initiatives.lock_brief(brief)
    if seen_number is not None and seen_number != last.number:
        raise SameWords(
            _(
                "%(made_by)s has written version %(last)s in the meantime. Read it, then save yours again.",
                made_by=last.made_by.name,
                last=last.number,
            ),
            field="message",
        )
    if details.message.strip() == last.message.strip():
        raise SameWords(_("Version %(last)s says exactly this.", last=last.number), field="message")
    version = _add_version(brief, last.number + 1, details.message, details.what_changed, by)
    audit.record("programs.brief_version_written", version, by=by)
    db.session.expire(brief, ["versions"])
    return version


def _add_version(brief: Brief, number: int, message: str, what_changed: str, by: User) -> BriefVersion:
    version = BriefVersion(
        brief_id=brief.id, number=number, message=message, what_changed=what_changed, made_at=clock.now(),
        made_by_id=by.id,
    )  # fmt: skip
    db.session.add(version)
    db.session.flush()
    return version
