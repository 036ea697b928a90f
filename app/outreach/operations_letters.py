"""Letters: written into the outbox, looked at, changed, let go or discarded; letting go is the contact (G3 to G6)."""

from collections.abc import Callable, Collection, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts import audit
from app.accounts.models import User
from app.accounts.signing_in import hash_secret, new_secret
from app.core import clock, outbox
from app.core.db import db
from app.core.i18n import LANGUAGES
from app.core.ics import Method
from app.core.mail import Attachment, clean_address
from app.core.models import MailState, OutboxMail
from app.core.versions import check_number
from app.outreach import (
    calendar_parts,
    letters,
    operations_bounces,
    operations_touches,
    policies,
    policies_outbox,
    queries_news,
    queries_outbox,
)
from app.outreach.calendar_parts import CalendarPart, OwnWords
from app.outreach.details import LetterDetails, TouchDetails
from app.outreach.models import Collision, Letter, LetterTemplate, Touch, TouchChannel
from app.outreach.policies import ContactStopped
from app.people import queries as people
from app.people.languages import language_words
from app.people.models import Person

Listener = Callable[[Letter, User], None]

_listeners: dict[str, list[Listener]] = {}


def tell_when_released(source_kind: str, listener: Listener) -> None:
    """Call `listener(letter, by)` in the same transaction when a letter from that room is let go."""
    known = _listeners.setdefault(source_kind, [])
    if listener not in known:
        known.append(listener)


def write_letter(details: LetterDetails, *, by: User) -> Letter:
    """Put a letter to one person into the outbox, held until somebody sends it.

    It is written in the name of the person's owner unless another is named, in the first of the person's languages
    there is a text in. Where there is none it waits without a mail, and its batch cannot be sent. Raises NoMailAddress.
    """
    letter = _new_letter(details, queries_outbox.languages_of(details.key), by)
    template = queries_outbox.template_in_force(details.key, letter.language)
    if template is not None:
        _compose(letter, template)
    audit.record("outreach.letter_written", letter, by=by)
    return letter


def write_own_words(details: LetterDetails, say: Callable[[Letter], OwnWords], *, by: User) -> Letter:
    """The same for news that cannot wait for a text: `say(letter)` gives the words, in a language we speak.

    It names who writes, the department and the way to check it, as every letter (G6); LetterIncomplete when it does not.
    """
    letter = _new_letter(details, LANGUAGES, by)
    if letter.language not in LANGUAGES:
        letter.language = "en"
    own = say(letter)
    missing = [
        said for said in (letter.user.name, letter.department.name, letter.reference) if said not in own.text
    ]
    if missing:
        raise policies.LetterIncomplete(
            _("Every letter says who writes and how to check it: %(missing)s.", missing=", ".join(missing))
        )
    _queue(letter, own.subject, own.text, own.parts)
    audit.record("outreach.letter_written", letter, by=by)
    return letter


def _new_letter(details: LetterDetails, written: Collection[str], by: User) -> Letter:
    person = people.get_person(details.person_id, by)
    if not person.email:
        raise policies.NoMailAddress(
            _(
                "%(person)s has no mail address. Add one, or leave them out and reach them by hand.",
                person=person.name,
            )
        )
    named = db.session.get(User, details.user_id) if details.user_id is not None else None
    owner = named or people.owner_of(person) or by
    reads = [details.language] if details.language else person.languages
    language, _is_written = policies.language_for(reads, written)
    reference = letters.new_reference()
    letter = Letter(
        reference=reference, person_id=person.id, user_id=owner.id, department_id=owner.department_id, key=details.key,
        language=language, kind=details.kind, is_ask=details.is_ask, batch=details.batch, batch_title=details.batch_title,
        fields=_own_fields(person, owner, reference) | details.fields, source_kind=details.source_kind,
        source_id=details.source_id, made_by_id=by.id, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(letter)
    db.session.flush()
    return letter


def translate_waiting(template: LetterTemplate) -> int:
    """Give letters that waited for this text their mail; the number of them."""
    waiting = sa.select(Letter).where(
        Letter.key == template.key, Letter.language == template.language, Letter.mail_id.is_(None),
        Letter.discarded_at.is_(None),
    )  # fmt: skip
    found = db.session.scalars(waiting.order_by(Letter.id)).all()
    for letter in found:
        _compose(letter, template)
    return len(found)


def release_letter(letter: Letter, *, by: User, join: Touch | None = None, release_reason: str = "") -> Touch:
    """Let one letter go: the guard weighs it, it becomes a touch, its mail leaves (G3, G5). Once only."""
    mail = _require_sendable(letter)
    touch = operations_touches.record_touch(
        _contact(letter, mail), by=by, join=join, release_reason=release_reason
    )
    before = audit.snapshot(letter)
    letter.touch_id = touch.id
    calendar_parts.bring_up_to_date(letter, mail)
    outbox.release(mail)
    for listener in _listeners.get(letter.source_kind, ()):
        listener(letter, by)
    audit.record("outreach.letter_released", letter, by=by, before=before)
    return touch


#: Why a letter of a batch stays in the outbox.
Stays = ContactStopped | policies_outbox.AddressIsDead | policies_outbox.NewsUnwanted


class Sending(Struct, frozen=True):
    """What "Send" did: how many mails left, and the letters the guard held back, with why."""

    n_sent: int
    stopped: tuple[tuple[Letter, Stays], ...] = ()


def release_batch(name: str, *, by: User) -> Sending:
    """Send everything of a batch that waits; a missing translation stops all of it (G5).

    What the guard stops stays in the outbox and is named in the answer; what is on hold stays without a word. Sending
    twice sends once: what somebody else sent or discarded a moment ago is passed over. Raises NothingToSend.
    """
    batch = queries_outbox.get_batch(name)
    if batch.missing:
        said = ", ".join(f"{number} in {language}" for language, number in batch.missing.items())
        raise policies.MissingTranslation(
            _("Nothing was sent: letters wait for a translation (%(said)s). Write it, then send.", said=said)
        )
    n_sent = 0
    stopped: list[tuple[Letter, Stays]] = []
    for row in batch.rows:
        if row.letter is None:
            n_sent += release_mail(row.mail, by=by) if row.mail else 0
            continue
        if row.hold is not None:
            continue
        try:
            release_letter(row.letter, by=by)
        except (policies_outbox.LetterGone, policies_outbox.LetterOnHold):
            continue
        except (policies_outbox.AddressIsDead, policies_outbox.NewsUnwanted) as stays:
            stopped.append((row.letter, stays))
        except ContactStopped as stop:
            note_stopped_letter(row.letter, stop, by=by)
            stopped.append((row.letter, stop))
        else:
            n_sent += 1
    if not n_sent and not stopped:
        raise policies.NothingToSend(
            _("Nothing was sent: the letters left already, or they are on hold. Take them off hold first.")
        )
    audit.record_event("outreach.batch_sent", kind="outbox_mail", ref=name, by=by)
    return Sending(n_sent, tuple(stopped))


def note_stopped_letter(letter: Letter, stop: ContactStopped, *, by: User) -> Collision:
    """Write down that the guard stopped a letter, so that somebody can join, wait, or ask the owner."""
    contact = _contact(letter, _require_sendable(letter))
    return operations_touches.note_collision(contact, stop.verdict, by=by, letter=letter)


def release_mail(mail: OutboxMail, *, by: User) -> bool:
    """Let go a held mail of another room, or try a failed one again; a letter that waits goes through the guard."""
    letter = queries_outbox.letter_of_mail(mail)
    if letter is not None and mail.state is MailState.HELD:
        release_letter(letter, by=by)
        return True
    if letter is not None:
        operations_bounces.require_reachable(mail.recipient, letter.person.name)
    before = audit.snapshot(mail)
    is_gone = outbox.release(mail)
    audit.record("outreach.mail_released", mail, by=by, before=before)
    return is_gone


def rewrite_mail(
    mail: OutboxMail, *, subject: str, text: str, by: User, seen_version: int | None = None
) -> OutboxMail:
    """Change the words of one held mail; a letter still names its owner, the department and the way to check it (G6).

    Raises Overtaken, LetterIncomplete.
    """
    outbox.lock(mail)
    check_number(mail, mail.version, seen_version)
    letter = queries_outbox.letter_of_mail(mail)
    if letter is not None:
        missing = [
            said for said in (letter.user.name, letter.department.name, letter.reference) if said not in text
        ]
        if missing:
            words = ", ".join(f"“{said}”" for said in missing)
            raise policies.LetterIncomplete(
                _("Every letter says who writes and how to check it: keep %(words)s.", words=words),
                field="text",
            )
    before = audit.snapshot(mail)
    outbox.rewrite(mail, subject=subject, text=text)
    audit.record("outreach.mail_rewritten", mail, by=by, before=before)
    return mail


def discard_letter(letter: Letter, *, by: User) -> Letter:
    """Take a letter out of the outbox; it stays on record. NotOpen when it was let go."""
    if letter.touch_id is not None:
        raise policies.NotOpen(_("This letter was sent already, so it cannot be discarded."))
    if letter.mail is not None:
        outbox.discard(letter.mail)
    before = audit.snapshot(letter)
    letter.discarded_at = clock.now()
    audit.record("outreach.letter_discarded", letter, by=by, before=before)
    return letter


def discard_mail(mail: OutboxMail, *, by: User) -> OutboxMail:
    """Take any held mail out of the outbox, with its letter if it has one."""
    letter = queries_outbox.letter_of_mail(mail)
    before = audit.snapshot(mail)
    if letter is not None:
        discard_letter(letter, by=by)
    else:
        outbox.discard(mail)
    audit.record("outreach.mail_discarded", mail, by=by, before=before)
    return mail


def _contact(letter: Letter, mail: OutboxMail) -> TouchDetails:
    """The touch a letter becomes."""
    return TouchDetails(
        person_id=letter.person_id, channel=TouchChannel.MAIL, kind=letter.kind, subject=mail.subject,
        summary=queries_outbox.words_of(mail).text, is_ask=letter.is_ask, user_id=letter.user_id,
        source_kind=letter.source_kind, source_id=letter.source_id,
    )  # fmt: skip


def _own_fields(person: Person, owner: User, reference: str) -> dict[str, str]:
    """What every letter knows by itself."""
    return {
        "person": person.name, "owner": owner.name, "department": owner.department.name, "company": letters.company(),
        "reference": reference, "verify_link": letters.verify_link(reference),
    }  # fmt: skip


def _compose(letter: Letter, template: LetterTemplate) -> None:
    """Write the mail of a letter from a text, and note which version it was (G4)."""
    fields = letters.said_fields(letter.fields, letter.language)
    _queue(letter, policies.fill(template.subject, fields), policies.fill(template.body, fields))
    letter.template_id = template.id


def _queue(letter: Letter, subject: str, text: str, parts: Sequence[CalendarPart] = ()) -> None:
    """Put the mail of a letter into the outbox, held, with `parts` or else the calendar part of what it is about."""
    person = people.get_person(letter.person_id, None)
    unsubscribe_url = ""
    if policies_outbox.is_stopped_by_opt_out(letter.kind, clock.now()):
        secret = new_secret()
        letter.unsubscribe_hash, unsubscribe_url = hash_secret(secret), letters.no_more_link(secret)
    part = parts[0] if parts else calendar_parts.part_for(letter, clean_address(person.email))
    files = [
        Attachment(f"change-{n}.ics", "text/calendar", one.content) for n, one in enumerate(parts[1:], 2)
    ]
    letter.mail = outbox.queue_mail(
        calendar=part.content if part else None, calendar_method=part.method if part else Method.REQUEST,
        kind=letter.key, recipient=person.email, subject=subject, text=text, language=letter.language,
        dedup_key=f"letter:{letter.reference}", batch=letter.batch, source_kind=letter.source_kind,
        source_id=letter.source_id, is_held=True, sender_name=letter.user.name, reply_to=letter.user.email,
        unsubscribe_url=unsubscribe_url, attachments=tuple(files),
    )  # fmt: skip


def _require_sendable(letter: Letter) -> OutboxMail:
    """The mail of a letter that may leave now, locked so that two clicks send once."""
    queries_outbox.lock_waiting(letter)
    hold = queries_outbox.hold_of(letter)
    if hold is not None:
        raise policies_outbox.LetterOnHold(
            _(
                "%(by)s holds this letter back: %(reason)s. Take it off hold first.",
                by=hold.by.name,
                reason=hold.reason,
            )
        )
    _require_address(letter)
    if queries_news.unwanted_news([letter]):
        raise policies_outbox.NewsUnwanted(letter.person.name)
    if letter.mail is None or letter.mail.state is not MailState.HELD:
        raise policies.MissingTranslation(
            _(
                "There is no text in %(language)s yet. Write the translation first.",
                language=language_words(letter.language),
            )
        )
    return letter.mail


def _require_address(letter: Letter) -> None:
    """The mail goes to the address the person has today; AddressIsDead when mail came back from it."""
    person = people.get_person(letter.person_id, None)
    if not person.email:
        raise policies.NoMailAddress(
            _("%(person)s has no mail address any more. Add one, or discard the letter.", person=person.name)
        )
    operations_bounces.require_reachable(person.email, person.name)
    if (
        letter.mail is not None
        and letter.mail.state is MailState.HELD
        and letter.mail.recipient != clean_address(person.email)
    ):
        outbox.readdress(letter.mail, person.email)
