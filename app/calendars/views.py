"""Pages of calendars, and the feeds themselves at addresses of their own."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, public, requires
from app.accounts.models import User
from app.calendars import (
    exports,
    mails,
    operations,
    operations_replies,
    operations_reports,
    policies,
    queries,
    queries_items,
    trips,
)
from app.calendars.forms import CancelledForm, EmptyForm, SubscribeForm
from app.calendars.models import FeedKind
from app.calendars.operations import NewFeed
from app.calendars.policies import Addresses
from app.calendars.responses import feed_response, nothing_here
from app.core import asking, search
from app.core.downloads import download
from app.core.errors import NotFound
from app.core.i18n import language_of
from app.core.search import Hit
from app.events import queries as events
from app.events.models import Event
from app.people import queries as people

mails.register()
operations_replies.register()
trips.register()

# No prefix: the address of a feed (/calendar/…) is short, and nothing else lives beside it.
bp = Blueprint("calendars", __name__)


@bp.get("/calendar/<secret>.ics")
@public
def feed(secret: str) -> ResponseReturnValue:
    """A feed for calendar programs, which cannot sign in: the address is the key (C1)."""
    is_first = asking.one_state()
    found = queries.find_feed(secret)
    rendered = exports.serve(found, is_first=is_first) if found is not None else None
    if found is None or rendered is None:
        return nothing_here()
    operations_reports.report_if_new(found, rendered.skipped)
    changed_at = operations.note_fetch(found, request.user_agent.string, rendered.digest)
    return feed_response(rendered, changed_at, request)


@bp.get("/calendars/")
@requires("calendars:read")
def index() -> ResponseReturnValue:
    """The feeds one reads, and those people were given."""
    me = acting_user()
    handed_out = queries.list_handed_out(me) if policies.may_have(me, FeedKind.PERSON) else []
    return render_template(
        "calendars/index.html", own=queries.list_own(me), handed_out=handed_out, zone=me.zone
    )


@bp.route("/calendars/new", methods=["GET", "POST"])
@requires("calendars:read")
def new() -> ResponseReturnValue:
    """Subscribe to a calendar; `?target=event:3` chooses it."""
    me = acting_user()
    form = SubscribeForm(data={"target": request.args.get("target", "")}).offer(_choices(me))
    if form.validate_on_submit():
        with form.attempt():
            kind, target_id = form.chosen()
            made = operations.share_feed(kind, target_id, by=me, has_cancelled=form.has_cancelled.data)
            return _shown(made)
    return render_template("calendars/new.html", form=form), form.status


@bp.get("/calendars/<int:id>")
@requires("calendars:read")
def show(id: int) -> ResponseReturnValue:
    """One feed: who reads it, when it was fetched, what had to be left out."""
    me = acting_user()
    found = queries.get_feed(id, me)
    calendar = queries.calendar_if_any(found)
    rendered = exports.render(calendar) if calendar is not None else None
    return render_template(
        "calendars/show.html", feed=found, name=queries.name_of(found), rendered=rendered, zone=me.zone,
        form=CancelledForm(obj=found),
    )  # fmt: skip


@bp.post("/calendars/<int:id>/cancelled")
@requires("calendars:read")
def keep_cancelled(id: int) -> ResponseReturnValue:
    """Choose whether what is cancelled stays in a feed."""
    me, form = acting_user(), CancelledForm()
    found = queries.get_feed(id, me)
    if form.validate_on_submit():
        operations.keep_cancelled(found, form.has_cancelled.data, by=me)
        flash(_("The feed is changed. Programs see it the next time they look."), "ok")
    return redirect(url_for("calendars.show", id=found.id), 303)


@bp.route("/calendars/<int:id>/rotate", methods=["GET", "POST"])
@requires("calendars:read")
def rotate(id: int) -> ResponseReturnValue:
    """A new address; the old one dies at once."""
    me = acting_user()
    found = queries.get_feed(id, me)
    form = EmptyForm()
    if form.validate_on_submit():
        with form.attempt():
            return _shown(operations.rotate_feed(found, by=me))
    return render_template(
        "calendars/rotate.html", form=form, feed=found, name=queries.name_of(found)
    ), form.status


@bp.route("/calendars/<int:id>/revoke", methods=["GET", "POST"])
@requires("calendars:read")
def revoke(id: int) -> ResponseReturnValue:
    """Take a feed back; its address dies at once."""
    me = acting_user()
    found = queries.get_feed(id, me)
    name, form = queries.name_of(found), EmptyForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.revoke_feed(found, by=me)
            flash(_("The feed of %(name)s is taken back. Its address leads nowhere now.", name=name), "ok")
            return redirect(url_for("calendars.index"), 303)
    return render_template("calendars/revoke.html", form=form, feed=found, name=name), form.status


@bp.route("/calendars/events/<int:id>/share", methods=["GET", "POST"])
@requires("calendars:share")
def share(id: int) -> ResponseReturnValue:
    """Hand everybody who comes to an event a feed of their own, and take one's own."""
    me = acting_user()
    event, form = events.get_event(id, me), EmptyForm()
    if form.validate_on_submit():
        with form.attempt():
            made = operations.share_event(event, by=me)
            return render_template("calendars/shared.html", event=event, **_handed(made, event.name))
    return render_template(
        "calendars/share.html", form=form, event=event, zone=me.zone, **_coming(event, me)
    ), form.status


@bp.route("/calendars/people/<int:id>/share", methods=["GET", "POST"])
@requires("calendars:share")
def share_person(id: int) -> ResponseReturnValue:
    """Hand one person a feed of their own."""
    me = acting_user()
    person, form = people.get_person(id, me), EmptyForm()
    known = queries.feed_of_person(person)
    if known is not None and request.method == "GET":
        return redirect(url_for("calendars.show", id=known.id), 303)
    if form.validate_on_submit():
        with form.attempt():
            return _shown(operations.share_with_person(person, by=me))
    return render_template("calendars/share_person.html", form=form, person=person), form.status


@bp.get("/calendars/<any(event, session, leg, stay, transfer, meeting):kind>/<int:id>.ics")
@requires("calendars:read")
def item(kind: str, id: int) -> ResponseReturnValue:
    """One item as a file for any calendar."""
    me = acting_user()
    content = exports.item_file(queries_items.get_item(kind, id, me), language_of([me.locale]))
    return download(content, f"{kind}-{id}.ics")


# -- what pages need -------------------------------------------------------------------------------


def _choices(by: User) -> list[tuple[str, str]]:
    """The calendars to choose from, and the person the page was opened for."""
    found = queries.list_choices(by)
    asked = request.values.get("target", "")
    kind, _colon, id = asked.partition(":")
    if kind == FeedKind.PERSON and id.isdecimal() and len(id) < 10 and policies.may_have(by, FeedKind.PERSON):
        try:
            found.append((asked, _("Person: %(name)s", name=people.get_person(int(id), by).name)))
        except NotFound:
            return found
    return found


def _shown(made: NewFeed) -> ResponseReturnValue:
    """The page that shows an address, once."""
    name = queries.name_of(made.feed)
    return render_template("calendars/secret.html", feed=made.feed, name=name, links_to=_links(made, name))


def _links(made: NewFeed, name: str) -> Addresses:
    return policies.addresses_of(current_app.config["BASE_URL"], made.secret, name)


def _coming(event: Event, by: User) -> dict[str, object]:
    """Who comes to an event and which feeds there are of it."""
    invitations = events.list_accepted(event, by)
    known = queries.feeds_of_people([one.person_id for one in invitations])
    own = queries.feed_of_user(by, FeedKind.EVENT, event.id)
    return {"invitations": invitations, "known": known, "own": own}


def _handed(made: operations.HandedOut, name: str) -> dict[str, object]:
    """What was made, with its addresses, for the page that shows them once."""
    rows = [
        {
            "id": person.id,
            "name": person.name,
            "person": person,
            "links": _links(new, current_app.config["COMPANY"]),
        }
        for person, new in made.people
    ]
    return {"rows": rows, "own": _links(made.own, name) if made.own else None}


def _find(by: User, text: str, limit: int) -> list[Hit]:
    label = _("Calendar feeds")
    is_meant = text.lower() in label.lower() and policies.may_have(by, FeedKind.MY_WORK)
    return [Hit(label, url_for("calendars.index"))][:limit] if is_meant else []


search.register("Calendars", _find)

from app.calendars import (  # noqa: E402, F401 -- they add their pages to `bp`
    views_blocks,
    views_days,
    views_feeds,
    views_industry,
    views_replies,
)
