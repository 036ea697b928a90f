"""Forms of a changed journey: which leg and how, as a question in the address; and the one confirmation."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, SelectChoice, SelectMultipleField

from app.core.forms import (
    BaseForm,
    amount,
    choice,
    currency,
    line,
    moment,
    money_of,
    row_number,
    wall_time,
    whole,
)
from app.core.i18n import marked
from app.core.vtimezone import NonexistentTime, local_instant
from app.core.wall_times import gap_words
from app.events.disruptions import Answer, Charge, Effect
from app.travel.models import Leg, Trip
from app.travel.policies_disruption import LEAST_CONNECTION, MOST_CONNECTION, Change, ChangeRefused, shift_of
from app.travel.queries_costs import title_of
from app.travel.queries_disruption import Ripple

#: So many legs change at once; a journey has hardly more.
MOST_CHANGES = 12
_OFF = "off"
_MOST_FACTS = 40_000
#: What a confirmation asks beside its ticks: "charged-leg-12-amount", "pick-meeting-5"; so many of them are read.
_ASKED = re.compile(r"(charged|pick)-(leg|transfer|stay|offer|meeting)-([0-9]{1,12})(?:-amount)?")
_MOST_ASKED = 200


class ChangeForm(BaseForm):
    """Which leg changes, and how: later by so much, new times on the clocks of its places, or not at all."""

    class Meta:
        csrf = False  # it is a question, and changes nothing

    leg = choice("Leg", [])
    late = line(
        "Later by", required=False, longest=20, description="For example +6 h, 1:30, or 95 for minutes."
    )
    departs_at = moment("Or it leaves, local time", zone_field=None, required=False)
    arrives_at = moment(marked("and arrives, local time"), zone_field=None, required=False)
    is_off = BooleanField("It does not take place")
    connection = whole(
        "Minutes to change", least=LEAST_CONNECTION, most=MOST_CONNECTION, required=False,
        description="Empty: as the house has set it.",
    )  # fmt: skip
    reason = line("Why", required=False, description="Said to the person, and kept.")

    def offer(self, legs: Sequence[Leg]) -> "ChangeForm":
        """The legs of the trip that take place."""
        self.leg.choices = [SelectChoice(str(leg.id), title_of(leg)) for leg in legs]
        return self

    def change(self, legs: Sequence[Leg]) -> Change:
        """What was asked for; ChangeRefused names the field."""
        leg = next(one for one in legs if str(one.id) == self.leg.data)
        if self.is_off.data:
            return Change(leg.id)
        if self.late.data:
            later = shift_of(self.late.data)
            return Change(leg.id, leg.departs_at + later, leg.arrives_at + later)
        if self.departs_at.data is None and self.arrives_at.data is None:
            raise ChangeRefused(_("Say how much later, or give the new times."), field="late")
        departs_at = _instant(self.departs_at.data, leg.departs_at, leg.departs_zone, "departs_at")
        return Change(
            leg.id, departs_at, _instant(self.arrives_at.data, leg.arrives_at, leg.arrives_zone, "arrives_at")
        )


def _instant(wall: datetime | None, known: datetime, zone: str, field: str) -> datetime:
    if wall is None:
        return known
    try:
        return local_instant(wall, zone)
    except NonexistentTime as error:
        raise ChangeRefused(gap_words(error), field=field) from None


class ChargedForm(BaseForm):
    """What is charged for one thing although it is missed or cancelled: the question of the page that cancels one part."""

    class Meta:
        csrf = False  # a part of the confirmation, which has the token

    amount = amount("Charged all the same", required=False)
    currency = currency()

    @classmethod
    def of(cls, key: str, charge: Charge) -> "ChargedForm":
        """With the amount that is likely."""
        likely = f"{charge.likely.amount:f}" if charge.likely else ""
        return cls(
            formdata=None, prefix=_name("charged", key), data={"amount": likely, "currency": charge.currency}
        )


def _name(what: str, key: str) -> str:
    return f"{what}-{key.replace(':', '-')}"


class ConfirmForm(BaseForm):
    """What of a ripple is done and how, and what was on the screen when it was confirmed."""

    ticks = SelectMultipleField("Done with it", choices=[], validate_choice=False)
    seen = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chosen = set[str](self.ticks.data or ())
        self.picks = dict[str, str]()
        self.charged = dict[str, ChargedForm]()

    @classmethod
    def of(cls, ripple: Ripple, sent: "ConfirmForm | None" = None) -> "ConfirmForm":
        """The form as a ripple proposes it; what was `sent` stands as it was, where it was on the screen."""
        form = cls(formdata=None, data={"seen": json.dumps(ripple.facts)})
        seen, kept = (sent.facts, sent.charged) if sent is not None else ({}, {})
        form.picks = dict(sent.picks) if sent is not None else {}
        form.chosen = {
            one.key
            for one in ripple.effects
            if (one.key in sent.chosen if sent is not None and one.key in seen else one.is_ticked)
        }
        form.charged = {
            key: kept[key] if key in kept else ChargedForm.of(key, charge)
            for key, (_title, charge) in ripple.charges.items()
        }
        return form

    @classmethod
    def sent(cls) -> "ConfirmForm":
        """What a browser sent: ticks, one way out of several (none: it stays a task), and amounts to be validated."""
        form = cls()
        for found in islice(filter(None, map(_ASKED.fullmatch, request.form)), _MOST_ASKED):
            key = f"{found[2]}:{found[3]}"
            if found[1] == "charged":
                form.charged[key] = ChargedForm(prefix=_name("charged", key))
            elif picked := request.form[found[0]][:20]:
                form.picks[key] = picked
                form.chosen.add(key)
        return form

    def wrong_amounts(self) -> list[tuple[str, str]]:
        """What is wrong with the amounts, each with the key of what it is about."""
        wrong = [(key, form) for key, form in self.charged.items() if not form.validate()]
        return [(key, said) for key, form in wrong for errors in form.errors.values() for said in errors]

    @property
    def answers(self) -> dict[str, Answer]:
        """Beside the ticks, once the amounts are valid."""
        charged = {key: money_of(form) for key, form in self.charged.items()}
        return {key: Answer(self.picks.get(key, ""), charged.get(key)) for key in {*self.picks, *charged}}

    def pick_of(self, effect: Effect) -> str:
        """Which of several ways is marked on the screen; empty: it stays a task."""
        if effect.key not in self.chosen:
            return ""
        values = [one.value for one in effect.options]
        picked = self.picks.get(effect.key, "")
        return picked if picked in values else values[0]

    @property
    def facts(self) -> Mapping[str, str]:
        """What was seen; nothing for what no page of ours has written."""
        try:
            found = json.loads(str(self.seen.data or "")[:_MOST_FACTS])
        except (ValueError, RecursionError):
            return {}
        return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


# -- changes in an address -----------------------------------------------------------------------------


def change_args(changes: Sequence[Change]) -> list[str]:
    """Changes as they stand in an address: "12~2026-10-12T20:30~2026-10-13T05:10" in UTC, "12~off"."""
    return [
        f"{one.leg_id}~{_OFF}" if one.departs_at is None or one.arrives_at is None
        else f"{one.leg_id}~{wall_time(one.departs_at, 'UTC'):%Y-%m-%dT%H:%M}~{wall_time(one.arrives_at, 'UTC'):%Y-%m-%dT%H:%M}"
        for one in changes
    ]  # fmt: skip


def changes_asked() -> list[Change]:
    """The changes in the address, one per leg; ChangeRefused for what is none."""
    found: dict[int, Change] = {}
    for text in request.args.getlist("change")[:MOST_CHANGES]:
        leg, _tilde, times = text[:80].partition("~")
        leg_id = row_number(leg)
        if leg_id is None:
            raise ChangeRefused(_("This address does not say which leg changes. Start again from the trip."))
        found[leg_id] = Change(leg_id, *([] if times == _OFF else _times_in(times)))
    return list(found.values())


def _times_in(text: str) -> list[datetime]:
    try:
        return [local_instant(datetime.fromisoformat(part), "UTC") for part in text.split("~")[:2]]
    except ValueError:
        raise ChangeRefused(
            _("This address gives no times that can be read. Start again from the trip.")
        ) from None


def asked_form(trip: Trip) -> ChangeForm:
    """The question in the address, or an empty one about the first leg."""
    is_asked = "late" in request.args
    given: MultiDict[str, Any] | None = MultiDict(request.args) if is_asked else None
    return ChangeForm(formdata=given, data={"leg": request.args.get("leg", "")[:12]}).offer(legs_of(trip))


def legs_of(trip: Trip) -> list[Leg]:
    """The legs that can change."""
    return [leg for leg in trip.legs if leg.takes_place]
