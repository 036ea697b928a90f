"""Commands for whoever runs the house: a newer program, a look at everything, long work that waits or failed."""

from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from app import migrate
from app.accounts.models import User
from app.cli.opening import opened, version_found
from app.cli.safety import back_up
from app.cli.talking import Talk, json_option
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.core.extensions import head
from app.core.models import Job, JobState
from app.upkeep import doctor, operations
from app.upkeep.doctor import Verdict


@click.command("upgrade")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE|DIR",
    help="Where the backup of before goes. Default: RAPPORT_BACKUP_DIR.",
)  # fmt: skip
@click.option("--without-backup", is_flag=True, help="Only where another backup of this moment is at hand.")
@json_option
def upgrade_command(out: Path | None, without_backup: bool, is_json: bool) -> None:
    """Back up, then bring the database to this program's version in one transaction: all migrations or none."""
    talk = Talk(is_json)
    with opened(is_older_allowed=True) as app:
        before = version_found()
        if before == head():
            talk.say(f"The database is at {before} already; nothing was done.")
            talk.give({"from": before, "to": before, "backup": None})
            return
        found = None if without_backup else back_up(app, out, talk, is_told=not is_json)
        db.session.remove()
        migrate(app)
        if found is not None:
            with transaction():
                operations.remember_backup(found, by=None)
    talk.say(f"The database went from {before} to {head()}.")
    if found is not None:
        talk.say(
            "To go back: stop everything, install the program of before, move the database away, and say:",
            f"  rapport restore {found.path} --into {app.config['INSTANCE']}",
        )
    talk.give({"from": before, "to": head(), "backup": str(found.path) if found else None})


@click.command("doctor")
@json_option
@click.pass_context
def doctor_command(context: click.Context, is_json: bool) -> None:
    """Look at keys, database, disk, files, mail, workers, rates, the book and backups; status 1 if something is bad."""
    talk = Talk(is_json)
    with opened(is_older_allowed=True):
        found = doctor.look()
    width = max(len(check.name) for check in found)
    marks = {Verdict.OK: "ok  ", Verdict.LOOK: "look", Verdict.BAD: "BAD "}
    talk.say(*(f"{marks[check.verdict]}  {check.name:<{width}}  {check.words}" for check in found))
    is_bad = any(check.verdict is Verdict.BAD for check in found)
    talk.give(
        {
            "ok": not is_bad,
            "checks": [{"name": one.name, "verdict": one.verdict.value, "words": one.words} for one in found],
        }
    )
    context.exit(1 if is_bad else 0)


# -- jobs ------------------------------------------------------------------------------------------


@click.group("jobs")
def jobs_group() -> None:
    """Long work: what waits, runs, failed."""


@jobs_group.command("list")
@click.option("--state", type=click.Choice([state.value for state in JobState]), help="Only these.")
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 1000))
@json_option
def list_jobs(state: str | None, most: int, is_json: bool) -> None:
    """The newest jobs, newest first."""
    talk = Talk(is_json)
    with opened():
        wanted = (
            sa.select(Job, User.email)
            .outerjoin(User, User.id == Job.by_id)
            .order_by(Job.id.desc())
            .limit(most)
        )
        if state:
            wanted = wanted.where(Job.state == JobState(state))
        rows = db.session.execute(wanted).all()
        talk.say(
            *(
                f"{job.id:>6}  {job.state.value:<9}  {job.made_at:%Y-%m-%d %H:%M}  {job.name}  {job.message}".rstrip()
                for job, _ in rows
            )
        )
        if not rows:
            talk.say("There are none.")
        talk.give({"jobs": [_facts(job, email) for job, email in rows]})


def _facts(job: Job, email: str | None) -> dict[str, Any]:
    return {
        "id": job.id, "name": job.name, "state": job.state.value, "made_at": job.made_at.isoformat(), "by": email,
        "attempts": job.n_attempts, "done": job.n_done, "of": job.n_total, "message": job.message,
    }  # fmt: skip


@jobs_group.command("retry")
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
@json_option
def retry_job(number: int, is_json: bool) -> None:
    """Let a failed or cancelled job be done again."""
    talk = Talk(is_json)
    with opened(), transaction():
        operations.retry_job(_job(number), by=None)
    talk.say(f"Job {number} waits for a worker.")
    talk.give({"id": number, "state": JobState.WAITING.value})


@jobs_group.command("cancel")
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
@json_option
def cancel_job(number: int, is_json: bool) -> None:
    """End a job: at once if it waits, at its next step if it runs."""
    talk = Talk(is_json)
    with opened():
        with transaction():
            operations.cancel_job(_job(number), by=None)
        state = _job(number).state
    talk.say(
        f"Job {number} ends at its next step."
        if state is JobState.RUNNING
        else f"Job {number} is {state.value}."
    )
    talk.give({"id": number, "state": state.value})


def _job(number: int) -> Job:
    found = db.session.get(Job, number)
    if found is None:
        raise NotFound(f"There is no job {number}.")
    return found
