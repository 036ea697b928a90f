"""Pages of executive access: the list, one executive's calendar and inbox, the tab of a person."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.i18n import country_name
from app.events import queries as events
from app.events.models import Event
from app.executives import (
    operations,
    queries,
    queries_access,
    queries_briefing,
    queries_cards,
    queries_minutes,
)
from app.executives.forms import ExecutiveForm, typed_executive
from app.executives.models import AccessRequest, Executive, Meeting, Slot
from app.people import queries as people

bp = Blueprint("executives", __name__, url_prefix="/executives")


@bp.get("/")
@requires("executives:read")
def index() -> ResponseReturnValue:
    rows = queries_cards.list_rows(acting_user(), clock.now())
    return render_template("executives/index.html", rows=rows)


@bp.get("/<int:id>")
@requires("executives:read")
def show(id: int) -> ResponseReturnValue:
    """One executive's windows at an event as a grid, and the requests that wait."""
    by = acting_user()
    executive = queries.get_executive(id, by)
    choices = queries_cards.events_of(executive)
    event = event_shown(choices)
    requests = queries.list_requests(by, executive=executive, is_undecided=True)
    return render_template(
        "executives/show.html", executive=executive, keeper=queries.keeper_of(executive), choices=choices, event=event,
        cards=queries_cards.cards(requests, clock.today(by.zone).year), now=clock.now(), year=clock.today(by.zone).year,
        meetings=queries.list_meetings(by, executive=executive, from_at=clock.now(), is_live=True),
        **(_at_event(executive, event, requests) if event else {}),
    )  # fmt: skip


@bp.app_template_global("until")
def until(row: Slot | Meeting, zone: str) -> str:
    """The wall time at which a window or a meeting ends."""
    return f"{row.ends_at.astimezone(ZoneInfo(zone)):%H:%M}"


def event_shown(choices: Sequence[Event]) -> Event | None:
    """The event in the URL, else the one that is next, else the last."""
    asked = request.args.get("event", type=int)
    found = [event for event in choices if event.id == asked]
    ahead = [event for event in choices if event.ends_at > clock.now()]
    return next(iter((*found, *ahead[-1:], *choices[:1])), None)


def _at_event(executive: Executive, event: Event, requests: Sequence[AccessRequest]) -> dict[str, object]:
    by = acting_user()
    slots = queries.list_slots(executive, event=event)
    markets = queries_minutes.minutes_by_market(event, by)
    return {
        "grid": queries_cards.grid_of(slots, requests, event.zone), "markets": markets,
        "hint": queries_minutes.fair_hint(markets, {row.country: country_name(row.country) for row in markets}),
        "least": queries_minutes.list_least(event, by),
        "accepted_hint": queries_minutes.accepted_hint(executive, event, by, clock.today(by.zone).year),
        "stretches": queries_access.list_availability(executive, event),
        "days": queries_briefing.days_with_meetings(executive, event, by),
    }  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@requires("executives:write")
def new() -> ResponseReturnValue:
    form = ExecutiveForm().offer(queries.list_assistants())
    if form.validate_on_submit():
        with form.attempt():
            executive = operations.add_executive(form.details(), by=acting_user())
            flash(_("%(executive)s is here now. Next: publish time.", executive=executive.name), "ok")
            return redirect(url_for("executives.show", id=executive.id), 303)
    return render_template("executives/new.html", form=form), form.status


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@requires("executives:write")
def edit(id: int) -> ResponseReturnValue:
    executive = queries.get_executive(id, acting_user())
    form = ExecutiveForm(data=typed_executive(executive)).offer(queries.list_assistants())
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_executive(
                executive, form.details(), by=acting_user(), seen_version=form.seen_version
            )
            flash(_("Saved."), "ok")
            return redirect(url_for("executives.show", id=executive.id), 303)
    return render_template("executives/edit.html", form=form, executive=executive), form.status


@bp.get("/people/<int:id>")
@requires("executives:read")
def for_person(id: int) -> ResponseReturnValue:
    """The tab of a person's record: meetings, requests, minutes this year."""
    by = acting_user()
    person = people.get_person(id, by)
    return render_template(
        "executives/for_person.html", person=person, meetings=queries.list_meetings(by, person=person)[::-1],
        requests=queries.list_requests(by, person=person, state=None)[::-1], year=clock.today(by.zone).year,
        n_minutes=queries_minutes.minutes_of(person, clock.today(by.zone).year), upcoming=events.list_upcoming(by, 3),
    )  # fmt: skip


from app.executives import (  # noqa: E402, F401 -- they add their pages to `bp`
    disruptions_meetings,
    elsewhere,
    merging,
    models_access,
    models_briefing,
    models_matching,
    queries_layers,
    views_access,
    views_briefing,
    views_matching,
    views_meetings,
    views_replacing,
    views_requests,
    views_rules,
)
