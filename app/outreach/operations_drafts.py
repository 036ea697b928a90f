"""Letters that wait in the outbox when their writer hands over: written again in the name of who comes after."""

from app.accounts import audit
from app.accounts.models import User
from app.outreach import operations_holds, operations_letters
from app.outreach.details import LetterDetails
from app.outreach.models import Letter

#: Words every letter knows by itself; they change with the writer.
_OWN = frozenset({"person", "owner", "department", "company", "reference", "verify_link"})


def readdress_letter(letter: Letter, to: User, *, by: User) -> Letter:
    """Discard a letter that has not left and write it again in somebody else's name, from its text.

    Words that were changed by hand are those of the text again. Raises NotOpen when it was sent.
    """
    operations_letters.discard_letter(letter, by=by)
    fields = own_words(letter)
    details = LetterDetails(
        person_id=letter.person_id, key=letter.key, kind=letter.kind, is_ask=letter.is_ask, fields=fields, batch=letter.batch,
        batch_title=letter.batch_title, source_kind=letter.source_kind, source_id=letter.source_id, language=letter.language,
        user_id=to.id,
    )  # fmt: skip
    written = operations_letters.write_letter(details, by=by)
    operations_holds.hold_alike(written, letter, by=by)
    audit.record("outreach.letter_readdressed", written, by=by)
    return written


def own_words(letter: Letter) -> dict[str, str]:
    """What was put into a letter, less what every letter knows by itself."""
    return {name: str(value) for name, value in letter.fields.items() if name not in _OWN}
