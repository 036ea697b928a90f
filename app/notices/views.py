"""Pages of notices, and of mail that stayed here: all of it without a mail server, the undelivered with one."""

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
from werkzeug.routing import BuildError

from app.accounts import frame
from app.accounts import queries as accounts
from app.accounts.access import acting_user, requires
from app.core import mail, outbox
from app.core.errors import NotFound
from app.notices import operations, policies, queries

bp = Blueprint("notices", __name__, url_prefix="/notices")
frame.count_notices_with(queries.count_open)


@bp.get("/")
@requires("notices:read")
def index() -> ResponseReturnValue:
    """Mine and my role's: the open ones first, or those dealt with."""
    me, page = acting_user(), _page()
    is_done = request.args.get("state") == "done"
    notices = queries.list_notices(me, is_done=is_done, page=page)
    counts = {"open": queries.count_open(me), "done": queries.count_done(me)}
    total = counts["done" if is_done else "open"]
    return render_template(
        "notices/index.html", notices=notices, is_done=is_done, counts=counts, total=total, page=page,
        n_per_page=queries.PAGE_SIZE, link_to=link_to, mailbox=policies.mailbox_of(me, *_installation()),
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
    flash(_("Marked as done."), "ok")
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


def _page() -> int:
    return min(max(1, request.args.get("page", 1, type=int)), 1_000_000)
