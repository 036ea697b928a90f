"""What is not kept for ever: each kind of data, from when its time counts, what is found and what is deleted."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from app.accounts.models import AuditDetail, AuditEvent, User
from app.core.db import db
from app.core.models import MailState, OutboxMail
from app.imports.models import ImportState
from app.notices.models import Notice
from app.people import operations_hospitality
from app.people.models import Person
from app.people.models_kept import Hospitality
from app.privacy import operations_erasure, operations_unlinking, queries_open, retention_files
from app.privacy.queries_preview import preview_of
from app.privacy.reaching import key_of, table_of
from app.privacy.registry import ERASED
from app.privacy.retention_kinds import PER_DAY, Due, Kind, Policy, rows, run, until
from app.programs import operations_declared
from app.programs.models import Enrolment
from app.programs.models_declared import Declaration
from app.reports.models import ReportRun
from app.reports.operations_runs import remove_runs
from app.travel import operations_sensitive
from app.travel.models import Leg, Stay, Transfer, Trip
from app.travel.models_sensitive import TravelIdentity, VisaLetter
from app.webhooks.models import WebhookDelivery

_DAY = timedelta(days=1)


# -- trips -----------------------------------------------------------------------------------------


def _find_trips(day: date) -> list[Due]:
    parts = (
        (Leg, Leg.booking_reference), (Stay, Stay.room), (Stay, Stay.confirmation), (Transfer, Transfer.driver_phone),
        (Transfer, Transfer.driver_email),
    )  # fmt: skip
    full = [sa.exists().where(model.trip_id == Trip.id, column != "") for model, column in parts]
    events = table_of("event")
    wanted = sa.select(Trip.id, Trip.person_id, events.c.name, Trip.to_on).join(
        events, events.c.id == Trip.event_id
    )
    return rows(wanted.where(Trip.to_on <= day, sa.or_(Trip.wish != "", *full)), Trip.to_on)


def _clear_trips(ids: Sequence[int], _by: User | None) -> Sequence[int]:
    run(sa.update(table_of("trip")).where(table_of("trip").c.id.in_(ids)).values(wish=""))
    for name, column in (
        ("leg", "booking_reference"), ("stay", "room"), ("stay", "confirmation"), ("transfer", "driver_phone"),
        ("transfer", "driver_email"),
    ):  # fmt: skip
        table = table_of(name)
        run(sa.update(table).where(table.c.trip_id.in_(ids)).values({column: ""}))
    return ()


# -- mail, doors, notices, copies ------------------------------------------------------------------


def _find_mails(day: date) -> list[Due]:
    left = sa.func.coalesce(OutboxMail.sent_at, OutboxMail.made_at)
    ended = OutboxMail.state.in_([MailState.SENT, MailState.DEAD, MailState.DISCARDED])
    wanted = sa.select(OutboxMail.id, sa.null(), OutboxMail.subject, left)
    return rows(wanted.where(ended, OutboxMail.recipient != "", left < until(day)), left)


def _clear_mails(ids: Sequence[int], _by: User | None) -> Sequence[int]:
    table = table_of("outbox_mail")
    for row in db.session.execute(sa.select(table.c.id, table.c.message_id).where(table.c.id.in_(ids))).all():
        empty = {
            "raw": operations_erasure.empty_message(row.message_id),
            "recipient": "",
            "subject": ERASED,
            "last_error": "",
        }
        run(sa.update(table).where(table.c.id == row.id).values(empty))
    return ()


def _find_over(name: str, label: str, ends: str = "expires_at") -> Callable[[date], Sequence[Due]]:
    """Rows of a table of people whose own end has come."""

    def find(day: date) -> list[Due]:
        table = table_of(name)
        wanted = sa.select(table.c.id, table.c.person_id, sa.literal(label), table.c[ends])
        return rows(wanted.where(table.c[ends] < until(day)), table.c[ends])

    return find


def _delete_from(name: str) -> Callable[[Sequence[int], User | None], Sequence[int]]:
    def delete(ids: Sequence[int], _by: User | None) -> Sequence[int]:
        table = table_of(name)
        run(sa.delete(table).where(key_of(table).in_(ids)))
        return ()

    return delete


def _find_notices(day: date) -> list[Due]:
    wanted = sa.select(Notice.id, sa.null(), Notice.message, Notice.done_at).where(
        Notice.done_at < until(day)
    )
    return rows(wanted, Notice.done_at)


# -- the trail -------------------------------------------------------------------------------------


def _find_values(day: date) -> list[Due]:
    is_full = sa.cast(AuditDetail.changes, sa.Text) != "{}"
    wanted = sa.select(AuditEvent.id, sa.null(), AuditEvent.action, AuditEvent.at).join(
        AuditDetail, AuditDetail.event_id == AuditEvent.id
    )
    return rows(wanted.where(AuditEvent.at < until(day), is_full), AuditEvent.at)


def _clear_values(ids: Sequence[int], _by: User | None) -> Sequence[int]:
    table = table_of("audit_detail")
    run(sa.update(table).where(table.c.event_id.in_(ids)).values(changes={}))
    return ()


# -- people who were never admitted ----------------------------------------------------------------


def _find_strangers(day: date) -> list[Due]:
    """People without an admission, a contact, an invitation or an entry, whose record nobody changed since."""
    admitted = sa.exists().where(Enrolment.person_id == Person.id, Enrolment.admitted_at.is_not(None))
    known = [
        sa.exists().where(table_of(name).c.person_id == Person.id)
        for name in ("ledger_subject", "engagement", "affiliate_share", "invitation", "acknowledgement", "commitment")
    ]  # fmt: skip
    touches = table_of("touch")
    lately = sa.exists().where(touches.c.person_id == Person.id, touches.c.at >= until(day))
    wanted = sa.select(Person.id, Person.id, Person.name, Person.changed_at).where(
        Person.is_pseudonymous.is_(False), Person.merged_into_id.is_(None), Person.changed_at < until(day),
        sa.not_(sa.or_(admitted, lately, *known)),
    )  # fmt: skip
    return rows(wanted, Person.changed_at)


def _erase_strangers(ids: Sequence[int], by: User | None) -> Sequence[int]:
    left = []
    for id in ids:
        person = db.session.get_one(Person, id)
        looked = preview_of(person)
        if queries_open.list_open(looked.whose):
            left.append(id)
        else:
            operations_erasure.forget(person, looked, None, by=by)
            db.session.expire_all()
    return left


# -- what people declared of themselves ------------------------------------------------------------


def _find_declared(day: date) -> list[Due]:
    wanted = sa.select(Declaration.id, sa.null(), sa.literal(""), Declaration.delete_after_on)
    return rows(wanted.where(Declaration.delete_after_on <= day), Declaration.delete_after_on)


def _delete_declared(_ids: Sequence[int], by: User | None) -> Sequence[int]:
    operations_declared.delete_due(by=by)
    return ()


# -- what those who serve a person know ------------------------------------------------------------


def _find_hospitality(day: date) -> list[Due]:
    """Nobody is named: that there is something to know is as much theirs as what it is (R4)."""
    wanted = sa.select(Hospitality.id, sa.null(), sa.literal(""), Hospitality.purge_on)
    # `purge_on` is the first day without it; the last day of its time is the one before.
    found = rows(wanted.where(Hospitality.purge_on <= day + _DAY), Hospitality.purge_on)
    return [Due(due.row_id, due.person_id, due.label, due.from_on - _DAY) for due in found]


def _purge_hospitality(ids: Sequence[int], by: User | None) -> Sequence[int]:
    operations_hospitality.purge_hospitality(ids, by=by)
    return ()


# -- identity papers and the letters made from them --------------------------------------------------


def _find_identities(day: date) -> list[Due]:
    """Nobody is named: whose papers we hold is as much theirs as what they say (R4)."""
    wanted = sa.select(TravelIdentity.id, sa.null(), sa.literal(""), TravelIdentity.delete_after_on)
    return rows(wanted.where(TravelIdentity.delete_after_on <= day), TravelIdentity.delete_after_on)


def _purge_identities(ids: Sequence[int], by: User | None) -> Sequence[int]:
    operations_sensitive.purge_identities(ids, by=by)
    return ()


def _find_letters(day: date) -> list[Due]:
    ends = VisaLetter.delete_after_on
    wanted = sa.select(VisaLetter.id, sa.null(), sa.literal(""), ends).where(
        VisaLetter.destroyed_at.is_(None)
    )
    return rows(wanted.where(ends <= day), ends)


def _purge_letters(ids: Sequence[int], by: User | None) -> Sequence[int]:
    operations_sensitive.purge_letters(ids, by=by)
    return ()


# -- reports ---------------------------------------------------------------------------------------


def _find_runs(day: date) -> list[Due]:
    wanted = sa.select(ReportRun.id, ReportRun.person_id, ReportRun.report, ReportRun.made_at)
    return rows(wanted.where(ReportRun.made_at < until(day)), ReportRun.made_at)


def _delete_runs(ids: Sequence[int], by: User | None) -> Sequence[int]:
    remove_runs(ids, by=by)
    return ()


# -- webhooks --------------------------------------------------------------------------------------


def _find_told(day: date) -> list[Due]:
    told = WebhookDelivery.occurred_at
    wanted = sa.select(WebhookDelivery.id, sa.null(), WebhookDelivery.kind, told)
    return rows(wanted.where(told < until(day)), told)


def _delete_told(ids: Sequence[int], _by: User | None) -> Sequence[int]:
    """All of the days these are of: a busy house writes more in a day than one day's work lists."""
    table = table_of("webhook_delivery")
    last = db.session.scalar(sa.select(sa.func.max(WebhookDelivery.occurred_at)).where(table.c.id.in_(ids)))
    if last is not None:
        run(sa.delete(table).where(table.c.occurred_at <= last))
    return ()


POLICIES: dict[Kind, Policy] = {
    Kind.TRIPS: Policy(
        "Details of trips", "Wishes, rooms, booking references and telephones of drivers; days, places and amounts stay.",
        "the end of the trip", 30, _find_trips, _clear_trips,
    ),
    Kind.UNANSWERED_IMPORTS: Policy(
        "Lists nobody read in", "The file, and what its trial showed.", "the upload", 30,
        retention_files.find_imports(ImportState.WAITING, ImportState.CHECKED), retention_files.clear_imports,
    ),
    Kind.IMPORTS: Policy(
        "Lists that were read in", "The file and the lines of its receipt; numbers, and what undo needs, stay.", "the upload", 90,
        retention_files.find_imports(ImportState.DONE, ImportState.UNDONE), retention_files.clear_imports,
    ),
    Kind.MAILS: Policy(
        "Text of mails", "Address, subject and text of mails that were sent, given up or discarded; that there was one stays.",
        "the mail left", 730, _find_mails, _clear_mails,
    ),
    Kind.LINKS: Policy(
        "Personal links", "Links to a person's own page that open nothing any more.", "the link expired", 90,
        _find_over("person_link", "a personal link"), _delete_from("person_link"),
    ),
    Kind.VISITS: Policy(
        "Visits of people", "Browsers in which a person was at home.", "the visit expired", 90,
        _find_over("person_session", "a visit"), _delete_from("person_session"),
    ),
    Kind.NOTICES: Policy(
        "Notices", "Notices somebody has dealt with.", "it was done", 365, _find_notices, _delete_from("notice"),
    ),
    Kind.COPIES: Policy(
        "Copies people asked for", "The file with everything about a person.", "it was handed over", 30,
        retention_files.find_copies, retention_files.delete_copies,
    ),
    Kind.PAPERS: Policy(
        "Reports on paper", "The file a worker made; that somebody took the report stays in the trail, and it is made anew when "
        "asked for.", "it was made", 7, retention_files.find_papers, retention_files.delete_papers, is_asked=False,
    ),
    Kind.TRAIL_VALUES: Policy(
        "Values in the audit trail", "Values before and after a change; who did what, when and to which fields stays.",
        "the change", 1826, _find_values, _clear_values,
    ),
    Kind.NOT_ADMITTED: Policy(
        "People who were never admitted", "The whole record of people without an admission, an invitation, a contact or an entry "
        "since; erased as if they had asked.", "the last change", 1095, _find_strangers, _erase_strangers,
    ),
    Kind.DECLARED: Policy(
        "What people declared of themselves", "Answers whose own day has come, as it was promised when they were given.",
        "the day promised to the person", 0, _find_declared, _delete_declared, is_promise=True,
    ),
    Kind.HOSPITALITY: Policy(
        "What those who serve people know", "Diet, access needs, quiet days; that they were written, read and deleted stays.",
        "the day agreed with the person", 0, _find_hospitality, _purge_hospitality, is_promise=True,
    ),
    Kind.IDENTITIES: Policy(
        "Identity papers", "What passports say, dates of birth; that they were kept, read and deleted stays.",
        "the day said when they were written down", 0, _find_identities, _purge_identities, is_promise=True,
    ),
    Kind.VISA_LETTERS: Policy(
        "Letters for a visa", "The letter; that there was one, and for whom, stays.",
        "the day said when it was issued", 0, _find_letters, _purge_letters, is_promise=True,
    ),
    Kind.BLOCKS: Policy(
        "When people were not free", "Times that are over, whoever wrote them down.", "the time was over", 30,
        _find_over("busy_block", "a time they were not free", "ends_at"), _delete_from("busy_block"),
    ),
    Kind.LINES: Policy(
        "Numbers of erased people", "What leads from lines of the book to the number of an erased person; lines and sums "
        "stay, under “Erased person” without a number.",
        "the end of the sixth year after the last entry, as it was answered to the person", 0,
        lambda day: [Due(id, id, name, on) for id, name, on in operations_unlinking.find_linked(day, PER_DAY)],
        operations_unlinking.unlink, is_asked=False,
    ),
    Kind.REPORT_RUNS: Policy(
        "Kept runs of reports", "What a report said at one moment, all its lines; the report itself can be counted again.",
        "it was kept", 1095, _find_runs, _delete_runs,
    ),
    Kind.WEBHOOK_EVENTS: Policy(
        "Events told to webhooks", "What happened to which number, and how the other side answered; also what still waits.",
        "it happened", 30, _find_told, _delete_told, is_asked=False,
    ),
}  # fmt: skip

#: Kinds that are only counted, never listed one by one.
PROMISED = [kind.value for kind, policy in POLICIES.items() if policy.is_promise]
