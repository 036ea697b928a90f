"""Forms of an event's day: tasks, holds, badges, the respect checklist."""

import secrets
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, SelectChoice

from app.accounts.models import User
from app.core.forms import BaseForm, choice, day, line, prose
from app.events.details_day import BadgeDetails, HoldDetails, MissDetails, TaskDetails
from app.events.models import Invitation
from app.events.models_day import Badge, EventTask
from app.events.models_waves import Comer


def offer_users(field: Any, users: Sequence[User]) -> None:
    """Fill a select with users."""
    field.choices = [SelectChoice(str(user.id), user.name) for user in users]


class TaskForm(BaseForm):
    """Something to do for an event."""

    what = line("What is to be done")
    person_id = choice("About", [], required=False)
    owner_id = choice("Who does it", [])
    due_on = day("Until")
    cause = prose("Why", required=False, longest=4000, description="What happened, or what it is for.")

    def offer(self, users: Sequence[User], guests: Sequence[Invitation]) -> "TaskForm":
        """Fill the choices."""
        offer_users(self.owner_id, users)
        self.person_id.choices = [SelectChoice("", _("Nobody in particular"))]
        self.person_id.choices += [SelectChoice(str(one.person_id), one.person.name) for one in guests]
        return self

    def details(self) -> TaskDetails:
        return TaskDetails(
            what=self.what.data, cause=self.cause.data or "", owner_id=int(self.owner_id.data), due_on=self.due_on.data,
            person_id=int(self.person_id.data) if self.person_id.data else None,
        )  # fmt: skip


def typed_task(task: EventTask) -> dict[str, Any]:
    """A task as the form shows it."""
    return {
        "what": task.what, "person_id": str(task.person_id or ""), "owner_id": str(task.owner_id), "due_on": task.due_on,
        "cause": task.cause, "version": task.version,
    }  # fmt: skip


class DoneForm(BaseForm):
    """How it was done."""

    how = prose(
        "How it was done", longest=4000, description="For example: called her on Tuesday and said sorry."
    )


class HoldForm(BaseForm):
    """Seats kept free for somebody."""

    held_for = line("For whom", description="A name or a group, for example: the minister's party.")
    reason = prose("Why", required=False, longest=2000)

    def details(self) -> HoldDetails:
        return HoldDetails(held_for=self.held_for.data, reason=self.reason.data or "")


class SeatKindForm(BaseForm):
    """What a chair is."""

    room_zone = line("Zone", required=False, longest=80)
    is_accessible = BooleanField("Accessible: without steps, with room for a wheelchair")


class BadgeForm(BaseForm):
    """What one badge says."""

    name = line("Name on the badge", required=False, description="Empty: as it is written on their record.")
    second_line = line("Second line", required=False, description="For example the outlet they come for.")
    kind = line("Badge", required=False, description="What it lets them in to, for example Analyst+KOL.")

    def details(self) -> BadgeDetails:
        return BadgeDetails(
            name=self.name.data or "", second_line=self.second_line.data or "", kind=self.kind.data or ""
        )


def typed_badge(comer: Comer, badge: Badge | None) -> dict[str, Any]:
    """What a badge says now, as its form takes it."""
    if badge is None:
        return {"kind": comer.badge, "version": "0"}
    said = {"name": badge.name, "second_line": badge.second_line}
    return said | {"kind": comer.badge, "version": str(badge.version)}


class ItemsForm(BaseForm):
    """What each guest can expect, one line each."""

    items = prose("What every guest can expect", longest=2000, description="One line each, at most ten.")

    def labels(self) -> list[str]:
        """The lines that say something."""
        rows = (" ".join(row.split()) for row in (self.items.data or "").splitlines())
        return [row for row in rows if row]


class MissForm(BaseForm):
    """Something that a guest did not get: why, who makes it good, until when."""

    cause = prose("What happened", longest=2000)
    owner_id = choice("Who says sorry and makes it good", [])
    due_on = day("Until")

    def offer(self, users: Sequence[User]) -> "MissForm":
        """Fill the choices."""
        offer_users(self.owner_id, users)
        return self

    def details(self) -> MissDetails:
        return MissDetails(
            cause=self.cause.data or "", owner_id=int(self.owner_id.data), due_on=self.due_on.data
        )


class CodeForm(BaseForm):
    """The code of a badge, typed at the door."""

    code = line("Code on the badge", longest=80)

    def key(self) -> str:
        """The number of this report: the form's own, so that a double click is one report."""
        plain = "".join(char for char in str(self.form_key.data or "") if char.isascii() and char.isalnum())
        return f"form-{plain[:48]}" if len(plain) >= 8 else f"form-{secrets.token_hex(12)}"
