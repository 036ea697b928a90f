"""Pages of notices, and of mail that stayed here: all of it without a mail server, the undelivered with one."""

from collections.abc import Sequence
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.routing import BuildError

from app.accounts import frame
from app.accounts import queries as accounts
from app.accounts.access import acting_user, requires
from app.core import mail, outbox
from app.core.errors import NotFound
from app.core.forms import row_number
from app.notices import operations, policies, queries
from app.notices.models import Urgency

bp = Blueprint("notices", __name__, url_prefix="/notices")
frame.count_notices_with(queries.count_open)


@bp.get("/")
@requires("notices:read")
def index() -> ResponseReturnValue:
    """Mine and my role's: the open ones first, or those dealt with."""
    me, page = acting_user(), _page()
    is_done, filter = request.args.get("state") == "done", _filter()
    notices = queries.list_notices(me, is_done=is_done, page=page, filter=filter)
    counts = {"open": queries.count_open(me), "done": queries.count_done(me)}
    total = queries.count_notices(me, is_done=is_done, filter=filter)
    return render_template(
        "notices/index.html", notices=notices, is_done=is_done, counts=counts, total=total, page=page, filter=filter,
        n_per_page=queries.PAGE_SIZE, link_to=link_to, mailbox=policies.mailbox_of(me, *_installation()),
        subjects=queries.list_subjects(me), args=_args(), undo=_numbers(request.args.getlist("undo")),
    )  # fmt: skip


@bp.get("/<int:id>")
@requires("notices:read")
def show(id: int) -> ResponseReturnValue:
    """To what the notice is about."""
    notice = queries.get_notice(id, acting_user())
    return redirect(link_to(notice.source_kind, notice.source_id) or url_for("notices.index"), 303)


@bp.post("/<int:id>/done")
@requires("notices:read")
def finish(id: int) -> ResponseReturnValue:
    """Somebody has dealt with it."""
    me = acting_user()
    operations.finish(queries.get_notice(id, me), by=me)
    return redirect(url_for("notices.index", **_args(), undo=id), 303)


@bp.post("/done")
@requires("notices:read")
def finish_shown() -> ResponseReturnValue:
    """Somebody has dealt with all that are shown on the page."""
    me = acting_user()
    shown = queries.list_some(_numbers(request.form.getlist("ids")), me)
    open_ids = [notice.id for notice in shown if notice.done_at is None]
    operations.finish_some(shown, by=me)
    return redirect(url_for("notices.index", **_args(), undo=open_ids), 303)


@bp.post("/open")
@requires("notices:read")
def reopen() -> ResponseReturnValue:
    """Undo: they wait again."""
    me = acting_user()
    n_open = operations.reopen(queries.list_some(_numbers(request.form.getlist("ids")), me), by=me)
    flash(ngettext("%(num)s notice waits again.", "%(num)s notices wait again.", n_open), "ok")
    return redirect(url_for("notices.index"), 303)


# -- mail that stayed here -------------------------------------------------------------------------


@bp.get("/mailbox")
@requires("notices:read")
def mailbox() -> ResponseReturnValue:
    """What would have been sent if there were a mail server; with one, what could not be delivered."""
    kind, page = _mailbox(), _page()
    mails = queries.list_mails(kind, page)
    total = queries.count_mails(kind)
    return render_template(
        "notices/mailbox.html",
        kind=kind,
        mails=mails,
        total=total,
        page=page,
        n_per_page=queries.PAGE_SIZE,
        link_to=link_to,
    )


@bp.get("/mailbox/<int:id>")
@requires("notices:read")
def show_mail(id: int) -> ResponseReturnValue:
    """One mail as its reader would have got it."""
    row = queries.get_mail(id, _readable_mailbox())
    return render_template("notices/mail.html", mail=row, parts=mail.parts_of(row.raw), link_to=link_to)


@bp.get("/mailbox/<int:id>.eml")
@requires("notices:read")
def download_mail(id: int) -> Response:
    """The exact message, for a mail program."""
    row = queries.get_mail(id, _readable_mailbox())
    response = make_response(row.raw)
    response.headers["Content-Type"] = "message/rfc822"
    response.headers["Content-Disposition"] = f'attachment; filename="mail-{row.id}.eml"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@bp.post("/mailbox/<int:id>/again")
@requires("settings:write")
def send_again(id: int) -> ResponseReturnValue:
    """Try a mail once more that was given up."""
    operations.send_again(queries.get_mail(id, _mailbox()), by=acting_user())
    flash(_("The mail will be tried again now."), "ok")
    return redirect(url_for("notices.mailbox"), 303)


def link_to(kind: str, number: int | None) -> str:
    """The page of a source, if its room has one: names may point up. A kind with a dot names the page itself."""
    if not kind or number is None:
        return ""
    if kind == operations.LOST_MAIL:
        return url_for("notices.mailbox")
    try:
        return url_for(kind if "." in kind else f"{kind}.show", id=number)
    except BuildError:
        return ""


def _mailbox() -> policies.Mailbox:
    kind = policies.mailbox_of(acting_user(), *_installation())
    if kind is None:
        raise NotFound(_("There is no such page for you on this installation."))
    return kind


def _readable_mailbox() -> policies.Mailbox:
    """Letters are read here only where none of them is real."""
    kind = _mailbox()
    if kind != policies.Mailbox.LOCAL:
        raise NotFound(_("Letters are not read here: they belong to those who wrote them."))
    return kind


def _installation() -> tuple[bool, bool]:
    return outbox.is_local(), accounts.is_demo()


def _filter() -> queries.NoticeFilter:
    """The filter in the address; what cannot be read is left out."""
    urgency, to = request.args.get("urgency", ""), request.args.get("to", "")
    return queries.NoticeFilter(
        urgency=Urgency(urgency) if urgency in set(Urgency) else None,
        about=request.args.get("about", "")[:40].replace("\0", ""),
        is_by_name={"me": True, "role": False}.get(to),
    )


def _args() -> dict[str, Any]:
    """The filters in the address, for links beside the list."""
    return {name: request.args[name] for name in ("state", "urgency", "to", "about") if name in request.args}


def _numbers(texts: Sequence[str]) -> list[int]:
    """At most a page of ids."""
    found = (row_number(text) for text in texts[: queries.PAGE_SIZE])
    return [number for number in found if number is not None]


def _page() -> int:
    return min(max(1, request.args.get("page", 1, type=int)), 1_000_000)


from app.notices import operations_tokens  # noqa: E402, F401 -- names its daily work
