"""Pages of people: the list, a record, adding and editing; the parts are in views_parts, organisations in their own file."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import audit, permissions
from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.accounts.tabs import tabs_of
from app.core import clock, keyset, search
from app.core.downloads import download
from app.core.errors import NotFound
from app.core.i18n import country_name, marked, words
from app.core.sheets import SheetFormat
from app.core.wall_times import day_in
from app.lists import showing
from app.people import (
    charts,
    exports,
    listing,
    operations,
    operations_duplicates,
    operations_search,  # noqa: F401 -- its job must be known to the worker
    policies,
    policies_merges,
    queries,
    queries_duplicates,
    queries_listing,
    queries_lists,
    queries_merges,
    queries_owners,
    queries_representation,
)
from app.people.forms import NewPersonForm, PersonForm, typed
from app.people.languages import language_words
from app.people.listing import LISTING
from app.people.models import Organisation, OrganisationKind, OwnerRole, Person
from app.people.phones import phone_words
from app.people.zones import zone_names

bp = Blueprint("people", __name__, url_prefix="/people")

#: Tabs of a person's record: rooms above this floor offer them, so they are named, not imported.
_TABS = (
    (marked("Overview"), "people.show"),
    (marked("Timeline"), "reports.for_person"),
    (marked("Notes"), "people.notes"),
    (marked("Programs"), "programs.for_person"),
    (marked("Outreach"), "outreach.for_person"),
    (marked("Insights"), "outreach.messages_of"),
    (marked("Events"), "events.for_person"),
    (marked("Travel"), "travel.for_person"),
    (marked("Access"), "executives.for_person"),
    (marked("Calendar"), "calendars.for_person"),
    (marked("Value"), "ledger.for_person"),
    (marked("Statement"), "periods.for_person"),
    (marked("Disclosure"), "disclosures.for_person"),
    (marked("Advisory"), "advisory.for_person"),
    (marked("Files"), "people.files"),
    (marked("History"), "people.history"),
    (marked("Privacy"), "privacy.for_person"),
)


@bp.get("/")
@requires("people:read")
def index() -> ResponseReturnValue:
    by = acting_user()
    shown = showing.show(LISTING, by)
    if shown.opening_url is not None:
        return redirect(shown.opening_url)
    filter = listing.filter_from(shown.narrowed, request.args)
    place, is_lost = keyset.place_asked(filter.ordering)
    found = queries_listing.list_people(by, filter, place)
    return render_template(
        "people/index.html", found=found, filter=filter, shown=shown, is_lost=is_lost, args=shown.args,
        cells=listing.columns_of(by, shown.columns, found.rows), actions=LISTING.actions_for(by),
        n_pairs=queries_merges.count_pairs(by) if permissions.may(by, "people:merge") else 0,
    )  # fmt: skip


@bp.get("/found")
@requires("people:read")
def found() -> ResponseReturnValue:
    """Whom the words typed so far find, as a list to choose from beside the field."""
    text = request.args.get("q", "")[:200]
    return render_template("people/_found.html", people=_found_by(acting_user(), text), q=text.strip())


@bp.post("/export/<any(csv, xlsx):format>")
@requires("people:read")
def export(format: SheetFormat) -> ResponseReturnValue:
    """The list as it is shown: rows, columns, order. A POST, because every export is written into the audit trail."""
    by = acting_user()
    shown = showing.show(LISTING, by)
    rows = queries_listing.list_all(
        by, listing.filter_from(shown.narrowed, request.args), listing.MOST_EXPORTED
    )
    audit.record_event("people.exported", kind="person", ref=format, by=by, reason=f"{len(rows)} people")
    name = f"people-{clock.today().isoformat()}.{format}"
    file = exports.people_file(by, shown.columns, rows, format)
    return download(file, name)


@bp.route("/new", methods=["GET", "POST"])
@requires("people:write")
def new() -> ResponseReturnValue:
    by = acting_user()
    form = NewPersonForm()
    form.offer_owners(queries.list_possible_owners()).offer(*_offered())
    if form.validate_on_submit():
        with form.attempt():
            person = operations.add_person(form.details(), by=by, is_checked=form.is_checked.data)
            operations_duplicates.note_alike(person, by=by)
            flash(_("%(person)s is here now. Next: evidence and channels.", person=person.name), "ok")
            return redirect(url_for("people.show", id=person.id), 303)
    alike = queries_duplicates.find_possible_duplicates(
        by, form.name.data or "", email=form.email.data or "", country=form.home_country.data or None
    ) if form.is_submitted() else []  # fmt: skip
    return render_template("people/new.html", form=form, alike=alike, **_form_lists()), form.status


@bp.get("/<int:id>")
@requires("people:read")
def show(id: int) -> ResponseReturnValue:
    by = acting_user()
    person = queries.load_record(id, by)
    if person.id != id:
        return lead_to_survivor(id, person)
    today, history = clock.today(), queries_owners.list_history(person)
    standing = queries_owners.standing_from(history, clock.now())
    return render_template(
        "people/show.html", person=person, now=clock.now(), today=today, employer=queries.employer_of(person, today),
        may_accept=queries.may_accept(person), axes=charts.two_axes(person, today),
        merges=queries_merges.list_merges_into(person), undo_until=policies_merges.undo_until,
        n_in_force=policies.in_force([(row.on, row.expires_on) for row in person.evidence], today),
        holders=history, agency=queries_representation.agency_of(person), standing=standing, owner=standing.owner,
        deputy=standing.deputy, roles=OwnerRole,
    )  # fmt: skip


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@requires("people:write")
def edit(id: int) -> ResponseReturnValue:
    by = acting_user()
    person = queries.get_person(id, by)
    if person.id != id:
        return lead_to_survivor(id, person)
    form = PersonForm(data=typed(person)).offer(*_offered(person))
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_person(person, form.details(), by=by, seen_version=form.seen_version)
            operations_duplicates.note_alike(person, by=by)
            flash(_("Saved."), "ok")
            return redirect(url_for("people.show", id=person.id), 303)
    return render_template("people/edit.html", form=form, person=person, **_form_lists()), form.status


# -- what pages need -------------------------------------------------------------------------------


@bp.app_template_global("person_tabs")
def person_tabs(person: Person) -> list[dict[str, Any]]:
    """The tabs of a person's record."""
    return tabs_of(person.id, _TABS)


@bp.app_template_global("person_flags")
def person_flags(person: Person) -> list[policies.Flag]:
    """What the head of a record shows on every tab."""
    return policies.flags_of(person, clock.today())


bp.add_app_template_filter(policies.likeness_words, "likeness")
bp.add_app_template_filter(phone_words, "phone")
bp.add_app_template_filter(language_words, "language")
bp.add_app_template_filter(day_in, "day_in")


def _form_lists() -> dict[str, Any]:
    return {"zones": zone_names()}


def _offered(person: Person | None = None) -> tuple[Sequence[Organisation], list[tuple[str, str]]]:
    """What the forms of a person offer: agencies, and kinds."""
    kinds = queries_lists.offered_kinds(person.kind if person else None)
    return queries.list_organisations(OrganisationKind.AGENCY), kinds


def lead_to_survivor(id: int, survivor: Person) -> ResponseReturnValue:
    """From the address of a merged record to the record that stayed; not for ever, because a merge can be undone."""
    merge = queries_merges.merge_of(id)
    name = merge.gone.name if merge else _("This record")
    flash(
        _(
            "%(name)s was merged into %(survivor)s. This is the record that stayed.",
            name=name,
            survivor=survivor.name,
        ),
        "info",
    )
    return redirect(url_for("people.show", id=survivor.id), 303)


def person_or_404(id: int) -> Person:
    """The person of a sub-page; merged records lead to the one that stayed through their own page only."""
    person = queries.get_person(id, acting_user())
    if person.id != id:
        raise NotFound(_("This record was merged into another. Open the person and go on from there."))
    return person


def _found_by(by: User, text: str, limit: int = 8) -> Sequence[Person]:
    return queries_listing.find_by_name(by, text, limit) if len(text.strip()) >= search.LEAST_LETTERS else []


def _find(by: User, text: str, limit: int) -> list[search.Hit]:
    found = queries_listing.find_by_name(by, text, limit) if permissions.may(by, "people:read") else []
    return [
        search.Hit(one.name, url_for("people.show", id=one.id), "person", country_name(one.home_country))
        for one in found
    ]


def _find_organisations(by: User, text: str, limit: int) -> list[search.Hit]:
    found = queries.find_organisations(text, limit) if permissions.may(by, "people:read") else []
    return [
        search.Hit(name, url_for("people.organisation", id=id), "building", words(kind))
        for id, name, kind in found
    ]


search.register(marked("People"), _find)
search.register(marked("Organisations"), _find_organisations)

from app.people import (  # noqa: E402 -- they add their pages to `bp`
    listing_actions,  # noqa: F401
    views_history,  # noqa: F401
    views_kept,  # noqa: F401
    views_lists,  # noqa: F401
    views_merges,  # noqa: F401
    views_notes,  # noqa: F401
    views_organisations,  # noqa: F401
    views_parts,  # noqa: F401
)
