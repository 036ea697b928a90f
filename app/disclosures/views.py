"""Pages of disclosure policies: their versions and the texts to begin with; people, remedies and the tester apart."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.errors import NotFound
from app.core.forms import BaseForm
from app.disclosures import operations, policies, queries, queries_owners
from app.disclosures.differences import word_difference
from app.disclosures.forms import PolicyForm, VersionForm, typed
from app.disclosures.models import Policy, PolicyVersion
from app.disclosures.starting_texts import STARTING_TEXTS
from app.disclosures.words import PLACES, jurisdiction_name

bp = Blueprint("disclosures", __name__, url_prefix="/disclosure")
bp.add_app_template_filter(jurisdiction_name, "jurisdiction")


@bp.get("/")
@requires("disclosures:read")
def index() -> ResponseReturnValue:
    found = queries.list_policies()
    in_force = {version.policy_id: version for version in queries.published_on(clock.today())}
    return render_template(
        "disclosures/index.html",
        policies=found,
        in_force=in_force,
        counts=queries.count_acknowledged(),
        owners=queries_owners.holders_of_policies(found, clock.now()),
        today=clock.today(),
    )


@bp.get("/<int:id>")
@requires("disclosures:read")
def show(id: int) -> ResponseReturnValue:
    policy = queries.get_policy(id)
    in_force = [version for version in queries.published_on(clock.today()) if version.policy_id == policy.id]
    return render_template(
        "disclosures/show.html", policy=policy, current=in_force[-1] if in_force else None, counts=queries.count_acknowledged(),
        places=PLACES, ends=policies.last_days(policy.versions), today=clock.today(),
        owner=queries_owners.holders_of_policies([policy], clock.now())[policy.id],
    )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@requires("disclosures:write")
def new() -> ResponseReturnValue:
    form = PolicyForm()
    if form.validate_on_submit():
        with form.attempt():
            policy = operations.start_policy(form.details(), by=acting_user())
            flash(_("The policy is open. It binds nobody before its first version is published."), "ok")
            return redirect(url_for("disclosures.new_version", id=policy.id), 303)
    return render_template("disclosures/new.html", form=form), form.status


@bp.get("/starting-texts")
@requires("disclosures:read")
def starts() -> ResponseReturnValue:
    """Texts to begin with: not legal advice, to be edited."""
    texts = list(STARTING_TEXTS.values())
    return render_template("disclosures/starts.html", texts=texts, places=PLACES)


@bp.post("/starting-texts/<place>")
@requires("disclosures:write")
def start(place: str) -> ResponseReturnValue:
    form = BaseForm()
    if place not in STARTING_TEXTS:
        raise NotFound(_("There is no starting text for this place."))
    if form.validate_on_submit():
        with form.attempt():
            made = operations.start_from_text(STARTING_TEXTS[place], by=acting_user())
            flash(_("A draft to edit. It binds nobody before it is published."), "ok")
            return redirect(url_for("disclosures.edit_version", id=made.id), 303)
    flash(" ".join(form.form_errors) or _("Nothing was saved."), "warn")
    return redirect(url_for("disclosures.starts"), 303)


@bp.route("/<int:id>/versions/new", methods=["GET", "POST"])
@requires("disclosures:write")
def new_version(id: int) -> ResponseReturnValue:
    policy = queries.get_policy(id)
    form = VersionForm(data=_beginning(policy))
    if form.validate_on_submit():
        with form.attempt():
            version = operations.draft_version(policy, form.details(), by=acting_user())
            flash(
                _(
                    "Version %(version)s is a draft. Read it once more, then publish it.",
                    version=version.number,
                ),
                "ok",
            )
            return redirect(url_for("disclosures.version", id=version.id), 303)
    return render_template(
        "disclosures/new_version.html", form=form, policy=queries.get_policy(id)
    ), form.status


def _beginning(policy: Policy) -> dict[str, object]:
    """A new version begins with the words of the last, from today on."""
    if not policy.versions:
        return {}
    return typed(policy.versions[-1]) | {"effective_from_on": clock.today(), "effective_to_on": None}


@bp.get("/versions/<int:id>")
@requires("disclosures:read")
def version(id: int) -> ResponseReturnValue:
    found = queries.get_version(id)
    return _page_of(found, _button_of(found))


def _button_of(version: PolicyVersion) -> BaseForm:
    """The button that publishes knows which draft was read."""
    return BaseForm(data={"version": str(version.version)})


def _page_of(version: PolicyVersion, form: BaseForm) -> str:
    versions = queries.get_policy(version.policy_id).versions
    earlier = [one for one in versions if one.number < version.number][-1:]
    return render_template(
        "disclosures/version.html", version=version, earlier=earlier[0] if earlier else None,
        pieces=word_difference(earlier[0].text, version.text) if earlier else [], places=PLACES,
        n_accepted=queries.count_acknowledged().get(version.id, 0), form=form,
    )  # fmt: skip


@bp.route("/versions/<int:id>/edit", methods=["GET", "POST"])
@requires("disclosures:write")
def edit_version(id: int) -> ResponseReturnValue:
    found = queries.get_version(id)
    form = VersionForm(data=typed(found) | {"version": str(found.version)})
    if form.validate_on_submit():
        with form.attempt():
            seen = form.seen_version
            operations.change_draft(found, form.details(), by=acting_user(), seen_version=seen)
            flash(_("The draft is changed."), "ok")
            return redirect(url_for("disclosures.version", id=id), 303)
    return render_template(
        "disclosures/edit_version.html", form=form, version=queries.get_version(id)
    ), form.status


@bp.post("/versions/<int:id>/publish")
@requires("disclosures:write")
def publish(id: int) -> ResponseReturnValue:
    found = queries.get_version(id)
    form = _button_of(found)
    if form.validate_on_submit():
        with form.attempt():
            operations.publish_version(found, by=acting_user(), seen_version=form.seen_version)
            flash(
                _(
                    "Version %(found)s is published and will not change. Everybody it binds is asked anew.",
                    found=found.number,
                ),
                "ok",
            )
            return redirect(url_for("disclosures.version", id=id), 303)
    return _page_of(queries.get_version(id), form), form.status


from app.disclosures import views_covenants, views_people, views_remedies, views_tester  # noqa: E402, F401 -- they add their pages to `bp`
