"""Asking for a link with nothing but an address: the answer is the same, and takes as long, whether anybody is behind it."""

import sqlalchemy as sa

from app.accounts.signing_in import hash_secret
from app.core import clock, jobs
from app.core.db import db
from app.core.errors import DomainError
from app.core.models import Job
from app.portal import operations, policies, queries_door
from app.portal.models import Holder

_JOB = "portal.mail_link"


def ask_by_address(email: str, asker: str) -> None:
    """Note the wish; a worker looks whether somebody has this address and mails them a link for the browser that asked.

    Nothing is looked up here, so that no clock tells whether an address is known. Too many wishes of all together are
    dropped in silence.
    """
    since = clock.now() - policies.MINUTE
    recent = sa.select(sa.func.count(Job.id)).where(Job.name == _JOB, Job.made_at > since)
    if (db.session.scalar(recent) or 0) >= policies.ASKED_PER_MINUTE:
        return
    asked = {"email": email, "asker_hash": hash_secret(asker), "code": policies.code_of(asker)}
    jobs.enqueue(_JOB, asked, None)


@jobs.job(_JOB)
def _mail_link(run: jobs.JobRun, email: str = "", asker_hash: str = "", code: str = "") -> dict[str, int]:
    """The address and the code are taken out of the note at once: it may be that of somebody we do not know."""
    run.own_row().arguments = {}
    holders: list[Holder] = [*queries_door.list_people_at(email), *queries_door.list_agents_at(email)]
    for holder in holders:
        try:
            operations.mail_asked(holder, asker_hash, code)
        except (
            DomainError
        ):  # they want no mail, or the address is dead: whoever asked is told nothing either way
            continue
    return {}
