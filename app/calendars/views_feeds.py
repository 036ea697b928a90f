"""Settings, Feeds: every calendar that leaves the house, and taking one back."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.calendars import operations, queries, queries_feeds
from app.calendars.models import FeedKind
from app.calendars.queries_feeds import FeedFilter
from app.calendars.views import bp
from app.core import clock, keyset
from app.core.forms import args_without


@bp.get("/settings/feeds/")
@requires("accounts:manage")
def all_feeds() -> ResponseReturnValue:
    """Whose feeds there are, of what, and when each was last asked for."""
    me, kind = acting_user(), request.args.get("kind", "")
    is_quiet = request.args.get("quiet") == "yes"
    wanted = FeedFilter(
        kind=FeedKind(kind) if kind in set(FeedKind) else None, is_of_people=request.args.get("of") == "people",
        quiet_since=clock.now() - queries_feeds.QUIET if is_quiet else None,
    )  # fmt: skip
    place, _is_lost = keyset.place_asked(queries_feeds.ORDER)
    return render_template(
        "calendars/all_feeds.html", wanted=wanted, page=queries_feeds.list_all(me, wanted, place),
        n=queries_feeds.count_all(me, wanted), zone=me.zone, n_quiet_days=queries_feeds.QUIET.days,
        args=args_without("page", "after", "before"),
    )  # fmt: skip


@bp.route("/settings/feeds/<int:id>/revoke", methods=["GET", "POST"])
@requires("accounts:manage")
def revoke_any(id: int) -> ResponseReturnValue:
    """Take a feed of somebody back; its address dies at once."""
    me = acting_user()
    found = queries_feeds.get_any(id, me)
    name = queries.name_of(found)
    if request.method == "POST":
        operations.revoke_feed(found, by=me)
        flash(_("The feed of %(name)s is taken back. Its address leads nowhere now.", name=name), "ok")
        return redirect(url_for("calendars.all_feeds"), 303)
    return render_template("calendars/revoke_any.html", feed=found, name=name)
