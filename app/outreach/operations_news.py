"""Writing news to a cohort: one held letter each; those who did not agree are seen in the batch and never sent (P4, G5)."""

import secrets

from flask_babel import gettext as _

from app.accounts.models import User
from app.outreach import operations_letters, policies, queries_outbox
from app.outreach.details import LetterDetails
from app.outreach.models import TouchKind
from app.outreach.policies_outbox import NEWS
from app.outreach.queries_news import Audience


def write_news(audience: Audience, title: str, message: str, *, by: User) -> str:
    """Put news for everybody of a cohort into the outbox, in the name of each one's owner; the name of the batch.

    Nothing leaves before somebody has read the batch and sends it. Raises NothingToSend for a cohort nobody of which
    has an address, MissingTranslation while the letter is not written at all.
    """
    if not queries_outbox.languages_of(NEWS):
        raise policies.MissingTranslation(
            _("The letter for news is not written in any language yet. Write it first.")
        )
    if not audience.reached:
        raise policies.NothingToSend(_("Nobody of this cohort has a mail address."), field="cohort_id")
    batch = f"news-{secrets.token_hex(6)}"
    for person in audience.reached:
        details = LetterDetails(
            person_id=person.id, key=NEWS, kind=TouchKind.UNSOLICITED, fields={"message": message}, batch=batch,
            batch_title=title,
        )  # fmt: skip
        operations_letters.write_letter(details, by=by)
    return batch
