"""Forms of this room: the steps of a hand-over, and agencies that begin or cease to speak for somebody."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import request
from wtforms import BooleanField, HiddenField, SelectChoice

from app.accounts.models import User
from app.core.forms import BaseForm, choice, day, prose
from app.handovers.details import DraftDecision, HandOverDetails, RepresentationDetails
from app.handovers.policies import WORDS
from app.handovers.queries import Holdings
from app.people.models import Organisation
from app.people.policies_notes import NoteDecision

NOTE_WORDS = (
    (NoteDecision.GIVE, "Give"),
    (NoteDecision.ARCHIVE, "Keep archived"),
    (NoteDecision.DISCARD, "Discard"),
)
DRAFT_WORDS = (
    (DraftDecision.KEEP, "Leave as it is"),
    (DraftDecision.READDRESS, "Write again in the successor's name"),
    (DraftDecision.DISCARD, "Discard"),
)


def _offer(field: Any, users: Sequence[Any], empty: str | None = None) -> None:
    first = [SelectChoice("", empty)] if empty is not None else []
    field.choices = first + [SelectChoice(str(user.id), user.name) for user in users]


class BeginForm(BaseForm):
    """Who hands over to whom, from when; it is read only, so it carries no one-time key."""

    form_key = None
    version = None
    from_user = choice("Hands over", [])
    to_user = choice("Takes over", [])
    from_on = day("From", description="Today takes effect at once; a later day by itself when it comes.")

    class Meta:
        csrf = False  # it is sent by GET and changes nothing

    def offer(self, leavers: Sequence[User], heirs: Sequence[User]) -> "BeginForm":
        """Fill the choices."""
        _offer(self.from_user, leavers)
        _offer(self.to_user, heirs, "—")
        return self


class PlanForm(BaseForm):
    """Everything decided on the way: other successors, notes, drafts, letters, the login."""

    from_user = HiddenField()
    to_user = HiddenField()
    from_on = day("From")
    reason = prose("Why", required=False, description="It goes into the history of every person.")
    has_letters = BooleanField(
        "Draft a letter to each person, to be looked at and sent from the outbox", default=True
    )
    is_login_closed = BooleanField("Close the login in the same step")

    @property
    def decisions(self) -> dict[str, str]:
        """The fields of single rows as they were sent: heir-12, note-3, draft-7, seen-people."""
        prefixes = ("heir-", "note-", "draft-", "seen-")
        return {name: value for name, value in request.form.items() if name.startswith(prefixes) and value}

    def details(self, *, is_checked: bool = True) -> HandOverDetails:
        """`is_checked`: the numbers were restated and come back with the form."""
        heirs, notes, drafts, numbers = (
            _by_number(self.decisions, prefix) for prefix in ("heir-", "note-", "draft-", "seen-")
        )
        return HandOverDetails(
            from_user_id=_number(self.from_user.data), to_user_id=_number(self.to_user.data), from_on=self.from_on.data,
            reason=self.reason.data or "", heirs={_number(key): _number(value) for key, value in heirs.items()},
            notes={_number(key): NoteDecision(value) for key, value in notes.items() if value in set(NoteDecision)},
            drafts={_number(key): DraftDecision(value) for key, value in drafts.items() if value in set(DraftDecision)},
            has_letters=self.has_letters.data, is_login_closed=self.is_login_closed.data,
            seen={key: _number(numbers.get(key, "0")) for key in WORDS} if is_checked else None,
        )  # fmt: skip


def kept(form: PlanForm, held: Holdings) -> dict[str, str]:
    """What the page that restates carries on in hidden fields, with the numbers of this moment."""
    fields = {
        "from_user": form.from_user.data,
        "to_user": form.to_user.data,
        "from_on": form.from_on.data.isoformat(),
    }
    flags = {name: "y" for name in ("has_letters", "is_login_closed") if form[name].data}
    decided = {name: value for name, value in form.decisions.items() if not name.startswith("seen-")}
    return fields | flags | {"reason": form.reason.data or ""} | decided | seen_of(held)


def seen_of(held: Holdings) -> dict[str, str]:
    """The numbers as hidden fields."""
    return {f"seen-{key}": str(number) for key, number in held.moved.items()}


def _by_number(values: dict[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


class RepresentationForm(BaseForm):
    """An agency that speaks for somebody."""

    agency_id = choice("Agency", [])
    from_on = day("First day", description="Today, or later.")
    to_on = day("Last day", required=False, description="Its access ends with it.")

    def offer(self, agencies: Iterable[Organisation]) -> "RepresentationForm":
        """Fill the choices."""
        _offer(self.agency_id, list(agencies))
        return self

    def details(self) -> RepresentationDetails:
        return RepresentationDetails(
            agency_id=_number(self.agency_id.data), from_on=self.from_on.data, to_on=self.to_on.data
        )


class ReturnForm(BaseForm):
    """Why an agency speaks for somebody no more."""

    reason = prose("Why", required=False, description="For the history; the agency does not read it.")
