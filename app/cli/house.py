"""Commands that set up the house: its database, the demo, its search, its mailbox."""

import click
import sqlalchemy as sa

from app import demo, migrate
from app.cli.opening import opened
from app.cli.talking import Talk, json_option
from app.core import jobs
from app.core.db import db, transaction
from app.core.inbox import InboxUnreachable
from app.core.models import Job, JobState
from app.outreach import operations_mailbox as mailbox
from app.people import operations_search as people
from app.privacy import erasures
from app.privacy.operations_replay import replay_erasures


@click.command("init")
def init_command() -> None:
    """Make the database, or bring it to the newest shape."""
    with opened(is_fresh_allowed=True) as app:
        migrate(app)
        where = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).render_as_string(hide_password=True)
        Talk().say(f"The database is ready: {where}")


@click.command("demo")
@click.option("--if-empty", is_flag=True, help="Do nothing, without complaint, where somebody works already.")
def demo_command(if_empty: bool) -> None:
    """Load the London demo into an empty house."""
    talk = Talk()
    with opened():
        if demo.is_loaded():
            if if_empty:
                talk.say("Somebody works here already; the demo was not loaded.")
                return
            raise click.ClickException("Somebody works here already; the demo goes into an empty house only.")
        demo.load(talk.step)
        # With --if-empty the server comes next, and says it where it is not scrolled away.
        talk.say("The demo is loaded.", *([] if if_empty else ["Sign in as:", *sign_in_lines()]))


@click.command("search")
@click.argument("what", type=click.Choice(["rebuild"]))
def search_command(what: str) -> None:
    """Make anew what people are found by: after a restore, or when a search misses somebody who is there."""
    with opened():
        with transaction():
            job_id = people.rebuild_search(by=None).id
        jobs.work_off()
        done = db.session.get_one(Job, job_id)
        if done.state is not JobState.DONE:
            raise click.ClickException(f"The search was not rebuilt. {done.message}")
        Talk().say(f"{done.receipt['people']:,} people are found by what their records say now.")


@click.command("inbox")
@json_option
@click.pass_context
def inbox_command(context: click.Context, is_json: bool) -> None:
    """Read the mailbox once, as the worker does every minute: answers, copies of mails and bounces."""
    talk = Talk(is_json)
    with opened() as app:
        if not app.config["INBOX_URL"]:
            raise click.ClickException("There is no mailbox to read. Name it in RAPPORT_INBOX_URL.")
        try:
            found = mailbox.read_once(by=None)
        except InboxUnreachable as trouble:
            raise click.ClickException(f"The mailbox cannot be read: {trouble}") from None
        talk.say(f"{found.n_read:,} {'message was' if found.n_read == 1 else 'messages were'} read.")
        if found.n_broken:
            talk.say(f"{found.n_broken:,} of them could not be taken in; they are flagged in the mailbox.")
        talk.give({"read": found.n_read, "broken": found.n_broken})
    context.exit(1 if found.n_broken else 0)


@click.command("erasures")
@click.argument("what", type=click.Choice(["replay"]))
@json_option
def erasures_command(what: str, is_json: bool) -> None:
    """Erase again whoever a restored database brought back, by the list kept beside it."""
    talk = Talk(is_json)
    with opened():
        n_listed, n_erased = len(erasures.read()), replay_erasures()
    talk.say(f"{n_listed:,} erasures are on the list; {n_erased:,} had come back and were done again.")
    talk.give({"listed": n_listed, "erased": n_erased})


def sign_in_lines() -> list[str]:
    """One line per role of the demo: role, address, password."""
    width = max((len(role) for role, _, _ in demo.sign_ins()), default=0)
    return [f"  {role:<{width}}  {email}  {password}" for role, email, password in demo.sign_ins()]
