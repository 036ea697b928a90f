"""What stands against an invitation before it is sent: guard, may-accept, limits, employers, offices; each rule is quoted."""

from collections.abc import Sequence

from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import User
from app.core import clock
from app.core.i18n import said as said_words
from app.disclosures import queries_remedies as labels
from app.events import policies, queries_candidates
from app.events.models import Event, Invitation
from app.ledger import queries as ledger
from app.ledger.policies import Level
from app.ledger.policies_standing import OFFICIAL_TEXT, is_official
from app.outreach import queries as contacts
from app.outreach.models import TouchKind
from app.outreach.policies import ContactLevel
from app.people import queries as people
from app.people.models import Organisation, Person


class Check(Struct, frozen=True):
    """One rule asked before a letter is written: `tone` is warn, or block for what stops this one letter."""

    label: str
    text: str
    tone: str = "warn"

    @property
    def is_block(self) -> bool:
        return self.tone == "block"


def checks_of(event: Event, invitations: Sequence[Invitation], by: User) -> dict[int, list[Check]]:
    """Everything to know by invitation, what stops the letter first; read for all at once, limits person by person."""
    ids = [one.person_id for one in invitations]
    owners = people.owners_of(ids)
    departments = {id: owners[id].department_id if id in owners else by.department_id for id in ids}
    verdicts = contacts.weigh_contacts(departments, TouchKind.INVITATION, clock.now(), is_ask=True)
    today = clock.today()
    employers, answers = queries_candidates.employers_of(ids, today), queries_candidates.answers_of(ids)
    repeats = labels.count_repeats(ids)
    found = {}
    for one in invitations:
        id, employer = one.person_id, employers.get(one.person_id)
        checks = [*_reach(one.person), *_office(event, one.person, employer), *_limits(event, one.person)]
        verdict = verdicts[id]
        if not verdict.is_free:
            stop = _("Hard stop") if verdict.level is ContactLevel.HARD else _("Soft stop")
            checks.append(
                Check(
                    stop, _("%(reason)s It is weighed again when the letter leaves.", reason=verdict.reason)
                )
            )
        cautions = policies.cautions(one.person, employer, answers[id], repeats.get(id, 0))
        checks += [Check(each.label, each.text, each.tone) for each in cautions]
        found[one.id] = sorted(checks, key=lambda check: not check.is_block)
    return found


def stops_of(event: Event, invitations: Sequence[Invitation]) -> dict[int, Check]:
    """Only what stops a letter, by invitation; the same rules as `checks_of`."""
    today = clock.today()
    employers = queries_candidates.employers_of([one.person_id for one in invitations], today)
    found = {}
    for one in invitations:
        person, employer = one.person, employers.get(one.person_id)
        checks = [*_reach(person), *_office(event, person, employer), *_limits(event, person)]
        stop = next((check for check in checks if check.is_block), None)
        if stop is not None:
            found[one.id] = stop
    return found


def _reach(person: Person) -> list[Check]:
    if person.is_opted_out:
        said = _("%(person)s asked not to be contacted. Nobody can release that.", person=person.name)
        return [Check(_("Wants no contact"), said, "block")]
    if not person.email:
        said = _("No mail address: %(person)s. Add one, or invite them by hand.", person=person.name)
        return [Check(_("No mail address"), said, "block")]
    return []


def _office(event: Event, person: Person, employer: Organisation | None) -> list[Check]:
    """c20: nothing is offered to an official before compliance has approved it in writing."""
    if not is_official(person, employer):
        return []
    approval = ledger.pre_approval(person, [("events", event.id)])
    if approval is None or approval.approval is not None:
        return []
    said = _(
        "%(person)s: %(official_text)s Ask for the approval on the invitation's page, then send it.",
        person=person.name,
        official_text=said_words(OFFICIAL_TEXT),
    )
    return [Check(_("Approval needed"), said, "block")]


def _limits(event: Event, person: Person) -> list[Check]:
    """L7: what was given, is booked and is planned, over all departments, on the day of the event."""
    on = event.starts_at.date()
    checks = []
    for verdict in ledger.standing(person, on).crossed:
        rule = f"cap:{verdict.cap_id}"
        if (
            verdict.level is Level.BLOCK
            and ledger.approval_of(person, rule, [("events", event.id)], on) is None
        ):
            checks.append(Check(_("Over a limit"), f"{person.name}: {verdict.sentence}.", "block"))
        else:
            checks.append(Check(_("Over a limit"), f"{verdict.sentence}."))
    return checks
