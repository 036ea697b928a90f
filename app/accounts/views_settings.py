"""Settings: users, departments, roles, tokens, reporting and the audit trail."""

from datetime import date
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext

from app.accounts import (
    duties,
    operations,
    permissions,
    policies,
    policies_tokens,
    queries,
    queries_choices,
    queries_factors,
    queries_oidc,
    restores,
    signing_in,
)
from app.accounts.access import acting_user, requires
from app.accounts.forms import DepartmentForm, ReportingForm, UserForm
from app.accounts.models import Role, User
from app.accounts.policies_factors import ProveFirst
from app.accounts.proving import proved
from app.accounts.queries import TrailFilter
from app.accounts.views import bp
from app.core import clock, keyset
from app.core.addresses import unknown_in
from app.core.forms import FIRST_YEAR, LAST_YEAR, args_without, number_asked, words_of
from app.core.i18n import words
from app.core.regions import plain


@bp.get("/settings/")
@requires("audit:read")
def settings() -> ResponseReturnValue:
    """What can be set, as far as the role may."""
    return render_template(
        "accounts/settings.html",
        reporting=queries.reporting(),
        rights=permissions.PERMISSIONS[acting_user().role],
    )


# -- users -----------------------------------------------------------------------------------------


@bp.get("/settings/users/")
@requires("accounts:manage")
def index() -> ResponseReturnValue:
    """All logins."""
    role, state = request.args.get("role", ""), request.args.get("state", "")
    is_active = {"active": True, "inactive": False}.get(state)
    users = queries.list_users(role=Role(role) if role in set(Role) else None, is_active=is_active)
    agencies = {agency.id: agency.name for agency in queries.list_agencies()}
    return render_template(
        "accounts/index.html",
        users=users,
        role=role,
        state=state,
        role_choices=words_of(Role),
        agencies=agencies,
    )


@bp.get("/settings/users/<int:id>")
@requires("accounts:manage")
def show(id: int) -> ResponseReturnValue:
    """One login."""
    user = queries.get_user(id)
    agency = next(
        (agency.name for agency in queries.list_agencies() if agency.id == user.organisation_id), ""
    )
    return render_template(
        "accounts/show.html", login=user, agency=agency, sessions=queries.list_sessions(user), changes=_changes(user),
        browser_of=policies.browser_of, has_app=queries_factors.app_of(user) is not None,
        n_passkeys=len(queries_factors.list_passkeys(user)), n_codes=len(queries_factors.list_codes(user)),
        identities=queries_oidc.list_identities(user),
    )  # fmt: skip


def _changes(user: User) -> list[dict[str, object]]:
    trail = queries.list_trail(TrailFilter(kind="user", subject_id=str(user.id))).rows[:20]
    return [
        {
            "at": line.at,
            "by": line.by and line.by.name,
            "what": policies.words_of_action(line.action),
            "field": policies.words_of_fields(line.fields),
        }
        for line in trail
    ]


@bp.route("/settings/users/new", methods=["GET", "POST"])
@requires("accounts:manage")
def new_user() -> ResponseReturnValue:
    """Let somebody in."""
    form = UserForm(data={"zone": acting_user().zone, "role": "relations"}).offer(queries.list_agencies())
    if form.validate_on_submit():
        with form.attempt():
            user = operations.add_user(form.details(), by=acting_user())
            flash(
                _("%(name)s is added. Make a password now, so that they can sign in.", name=user.name), "ok"
            )
            return redirect(url_for("accounts.show", id=user.id), 303)
    return render_template(
        "accounts/new_user.html", form=form, departments=queries.list_departments()
    ), form.status


@bp.route("/settings/users/<int:id>/edit", methods=["GET", "POST"])
@requires("accounts:manage")
def edit_user(id: int) -> ResponseReturnValue:
    """Change who a login is."""
    user = queries.get_user(id)
    form = UserForm.about(user).offer(queries.list_agencies())
    if form.validate_on_submit():
        with form.attempt():
            _require_proof(form.email.data, user)
            operations.edit_user(user, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("%(name)s is saved.", name=user.name), "ok")
            return redirect(url_for("accounts.show", id=user.id), 303)
    return render_template(
        "accounts/edit_user.html", form=form, login=user, departments=queries.list_departments()
    ), form.status


def _require_proof(email: str, user: User) -> None:
    """Another address takes a sign-in over, so it wants to be proved who asks for it. ProveFirst."""
    if email.strip().lower() != user.email and not signing_in.is_proved():
        raise ProveFirst


@bp.get("/settings/users/<int:id>/password")
@requires("accounts:manage")
def ask_password(id: int) -> ResponseReturnValue:
    """Whether really."""
    user = queries.get_user(id)
    return render_template(
        "accounts/confirm.html", login=user, verb=_("Make a new password"), action=url_for("accounts.make_password", id=id),
        title=_("Make a new password for %(name)s?", name=user.name), tone="warn",
        restate=_("The old one stops working and every browser is signed out. The new one is shown to you once."),
    )  # fmt: skip


@bp.post("/settings/users/<int:id>/password")
@requires("accounts:manage")
@proved
def make_password(id: int) -> ResponseReturnValue:
    """Make a new password; it is shown in the answer and never again."""
    user = queries.get_user(id)
    password = operations.make_password(user, by=acting_user())
    return render_template("accounts/made_password.html", login=user, password=password)


@bp.get("/settings/users/<int:id>/deactivate")
@requires("accounts:manage")
def ask_deactivate(id: int) -> ResponseReturnValue:
    """Whether really."""
    user = queries.get_user(id)
    held = duties.duties_of(user)
    if held:
        return render_template("accounts/still_holds.html", login=user, held=held)
    return render_template(
        "accounts/confirm.html", login=user, verb=_("Deactivate"), action=url_for("accounts.deactivate_user", id=id),
        title=_("Deactivate %(name)s?", name=user.name), tone="block",
        restate=_("Sessions and tokens end at once. What they did stays on record under their name."),
    )  # fmt: skip


@bp.post("/settings/users/<int:id>/deactivate")
@requires("accounts:manage")
def deactivate_user(id: int) -> ResponseReturnValue:
    """Let somebody in no more."""
    user = queries.get_user(id)
    held = duties.duties_of(user)
    if held:
        return render_template("accounts/still_holds.html", login=user, held=held), 422
    operations.deactivate_user(user, by=acting_user())
    said: Any = {
        "text": _("%(name)s can no longer sign in; sessions and tokens have ended.", name=user.name),
        "undo_url": url_for("accounts.reactivate_user", id=user.id),
    }
    flash(said, "ok")
    return redirect(url_for("accounts.show", id=user.id), 303)


@bp.post("/settings/users/<int:id>/reactivate")
@requires("accounts:manage")
def reactivate_user(id: int) -> ResponseReturnValue:
    """Let somebody in again."""
    user = queries.get_user(id)
    operations.reactivate_user(user, by=acting_user())
    flash(_("%(name)s can sign in again.", name=user.name), "ok")
    return redirect(url_for("accounts.show", id=user.id), 303)


# -- departments, roles, tokens, reporting ---------------------------------------------------------


@bp.route("/settings/departments", methods=["GET", "POST"])
@requires("accounts:manage")
def departments() -> ResponseReturnValue:
    """The silos whose contacts the others must see."""
    form = DepartmentForm()
    if form.validate_on_submit():
        with form.attempt():
            department = operations.add_department(form.name.data, by=acting_user())
            flash(_("%(name)s is a department.", name=department.name), "ok")
            return redirect(url_for("accounts.departments"), 303)
    return render_template(
        "accounts/departments.html", form=form, departments=queries.list_departments()
    ), form.status


@bp.get("/settings/roles")
@requires("audit:read")
def roles() -> ResponseReturnValue:
    """Which role may do what: the one table everything reads (R3)."""
    rows = [
        {"room": words(right.split(":")[0]), "right": right}
        | {role.value: right in permissions.PERMISSIONS[role] for role in Role}
        for right in sorted(permissions.ALL)
    ]
    columns = [{"key": role.value, "label": words(role)} for role in Role]
    return render_template(
        "accounts/roles.html",
        rows=rows,
        role_columns=[{"key": "right", "label": _("Right"), "head": True}, *columns],
    )


@bp.get("/settings/tokens")
@requires("accounts:manage")
def tokens() -> ResponseReturnValue:
    """Every token that lets a script in."""
    return render_template(
        "accounts/tokens.html",
        tokens=queries.list_tokens(),
        is_over=policies_tokens.is_over,
        today=clock.today(),
    )


@bp.route("/settings/reporting", methods=["GET", "POST"])
@requires("settings:write")
def reporting() -> ResponseReturnValue:
    """How reports are made."""
    form = ReportingForm(obj=queries.reporting(), version=str(queries_choices.version_of(queries.REPORTING)))
    if form.validate_on_submit():
        with form.attempt():
            operations.set_reporting(form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Reports are made this way from now on."), "ok")
            return redirect(url_for("accounts.settings"), 303)
    return render_template("accounts/reporting.html", form=form), form.status


# -- audit trail -----------------------------------------------------------------------------------


@bp.get("/settings/audit")
@requires("audit:read")
def audit_trail() -> ResponseReturnValue:
    """Who did what to which record, and when."""
    wanted = _wanted()
    place, _is_lost = keyset.place_asked(queries.TRAIL_ORDER)
    page = queries.list_trail(wanted, place)
    return render_template(
        "accounts/audit.html", wanted=wanted, unread=_unread(wanted), trail=policies, page=page,
        restores=restores.links_of(page.rows, acting_user()),
        room_choices=[(one, policies.words_of_room(one)) for one in sorted(current_app.blueprints) if "." not in one],
        kind_choices=_kinds(wanted.kind), n_lines=queries.count_trail(wanted),
        user_choices=[(user.id, user.name) for user in queries.list_users()],
        args=args_without("page", "after", "before"),
    )  # fmt: skip


def _wanted() -> TrailFilter:
    """The filter in the address; what cannot be read filters nothing."""
    room = _word("room", 40)
    return TrailFilter(
        by_id=number_asked("by"), action=_word("q", 80), kind=_word("kind", 40), subject_id=_word("id", 40),
        from_on=_day("from"), to_on=_day("to"), ref=_word("ref", 32), for_id=number_asked("for"),
        room=room if room in current_app.blueprints else "",
    )  # fmt: skip


def _unread(wanted: TrailFilter) -> list[str]:
    """What filtered nothing though the address asks for it, in sentences."""
    read = {
        "room": (pgettext("program", "Room"), wanted.room), "by": (_("Who"), wanted.by_id),
        "for": (_("In the name of"), wanted.for_id), "from": (_("From"), wanted.from_on),
        "to": (pgettext("date", "To"), wanted.to_on),
    }  # fmt: skip
    return [
        unknown_in(label) for name, (label, value) in read.items() if request.args.get(name) and not value
    ]


def _kinds(asked: str) -> list[tuple[str, str]]:
    """What lines can be about, by its name; whatever the address asks for is among them."""
    known = {asked, *queries.list_kinds_of_trail()} - {""}
    return sorted(((kind, policies.words_of_kind(kind)) for kind in known), key=lambda one: plain(one[1]))


def _word(name: str, longest: int) -> str:
    """A word of the address, without the sign no text of PostgreSQL can hold."""
    return request.args.get(name, "").replace("\0", "").strip()[:longest]


def _day(name: str) -> date | None:
    found = request.args.get(name, type=date.fromisoformat)
    return found if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR else None
