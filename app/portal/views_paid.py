"""The person's pages of what they are paid for: work under a contract, and shares of what is sold by their link."""

from flask.typing import ResponseReturnValue

from app.advisory import operations_files, queries_files
from app.core import files
from app.people.models import Person
from app.portal import queries_paid, words
from app.portal.entering import of_person
from app.portal.views import bp, page_of


@bp.get("/paid")
@of_person
def paid(person: Person) -> ResponseReturnValue:
    """Everything they are paid for."""
    return page_of(
        "paid", person, engagements=queries_paid.list_engagements(person), shares=queries_paid.list_shares(person),
        categories=words.of_categories(), states=words.of_engagements(), share_states=words.of_shares(),
    )  # fmt: skip


@bp.get("/paid/<int:id>")
@of_person
def engagement(person: Person, id: int) -> ResponseReturnValue:
    """One piece of work: the question, the contract, what was delivered, the payment."""
    found = queries_paid.get_engagement(person, id)
    return page_of(
        "engagement", person, engagement=found, categories=words.of_categories(), states=words.of_engagements(),
        parts=words.of_files(), efforts=words.of_efforts(), zone=person.zone,
    )  # fmt: skip


@bp.get("/paid/files/<int:id>")
@of_person
def open_file(person: Person, id: int) -> ResponseReturnValue:
    """A file of their own contract or delivery; that it was opened is written down."""
    row, stored = queries_files.get_own_file(person, id)
    operations_files.note_opening(row, by=None)
    return files.download(stored)


@bp.get("/shares/<int:id>")
@of_person
def share(person: Person, id: int) -> ResponseReturnValue:
    """One affiliate share: its terms, each statement with its calculation, each payout."""
    found = queries_paid.get_share(person, id)
    return page_of("share", person, share=found, share_states=words.of_shares(), every=words.of_spans())
