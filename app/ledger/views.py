"""Pages of the book: the list with its figures, one entry, adding, reversing, a person's value; rules and proofs apart."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from msgspec.structs import replace

from app.accounts.access import acting_user, requires
from app.core import clock, keyset
from app.core.forms import args_without
from app.core.money import Money
from app.disclosures import queries as disclosures
from app.ledger import operations, queries, queries_general
from app.ledger.filters import chips_of, scope_asked
from app.ledger.forms import EntryForm, ReverseForm
from app.ledger.models import ACCESS_UNITS, Category, Entry, Leg, Unit
from app.ledger.operations import Posting
from app.ledger.queries import By, Scope, Total
from app.ledger.units import unit_label, unit_words
from app.people import queries as people

bp = Blueprint("ledger", __name__, url_prefix="/ledger")
bp.add_app_template_global(unit_words)
bp.add_app_template_global(unit_label)

#: What the breakdown above the list may be cut by.
CUTS = (By.CATEGORY, By.PERSON, By.LINE, By.FORM, By.YEAR, By.NATIVE_NATURE)
#: A breakdown shows its largest rows only; all of them are in the report.
N_CUT = 30
#: The latest entries of a person, on their page; the ledger has all.
N_LATEST = 20


@bp.get("/")
@requires("ledger:read")
def index() -> ResponseReturnValue:
    scope = scope_asked(request.args)
    cut = By(request.args["by"]) if request.args.get("by") in CUTS else By.CATEGORY
    order = request.args.get("order", "-seq")
    place, is_lost = keyset.place_asked(queries.order_named(order))
    found = queries.list_entries(scope, place, order)
    return render_template(
        "ledger/index.html", found=found, scope=scope, cut=cut, cuts=CUTS, figures=figures_of(scope), rows=_breakdown(cut, scope),
        programs=queries.list_programs(), chips=chips_of(scope, request.args), args=args_without("page", "after", "before"),
        head=queries.head(), verified=queries.last_verification(), n_cut=N_CUT, category_values=list(Category),
        unit_values=list(Unit), is_lost=is_lost,
    )  # fmt: skip


@bp.get("/<int:id>")
@requires("ledger:read")
def show(id: int) -> ResponseReturnValue:
    """One entry; `id` is its number in the book."""
    entry = queries.get_entry(id)
    words = queries.sealed_words(entry)
    return render_template(
        "ledger/show.html", entry=entry, by_name=queries.name_of_user(entry.by_id), words=words,
        night=queries.benchmark_of(entry, words or {}), general=queries_general.find_item(entry),
        reversed_by=queries.reversal_of(entry), breaches=queries.breaches_of(entry), source_url=source_url(entry),
        obligations=disclosures.obligations_of_entry(entry.seq), evidence=queries.evidence_of(entry),
        loan=queries.find_loan(entry), today=clock.today(), **correction_of(entry),
    )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@requires("ledger:record")
def new() -> ResponseReturnValue:
    by = acting_user()
    asked = {"person_id": request.args.get("person", ""), "program_id": request.args.get("program", "")}
    form = EntryForm(data=asked).offer(queries.list_recipients(by), queries.list_programs())
    if form.validate_on_submit():
        with form.attempt():
            posting = operations.post_entry(form.details(), by=by)
            tell(posting)
            return redirect(url_for("ledger.show", id=posting.entry.seq), 303)
    return render_template("ledger/new.html", form=form), form.status


@bp.route("/<int:id>/reverse", methods=["GET", "POST"])
@requires("ledger:reverse")
def reverse(id: int) -> ResponseReturnValue:
    entry = queries.get_entry(id)
    form = ReverseForm()
    if form.validate_on_submit():
        with form.attempt():
            reversal = operations.take_back(entry, reason=form.why(), by=acting_user())
            flash(
                _(
                    "Entry %(seq)s is taken back by entry %(reversal)s; both stay readable.",
                    seq=entry.seq,
                    reversal=reversal.seq,
                ),
                "ok",
            )
            return redirect(url_for("ledger.show", id=reversal.seq), 303)
    return render_template("ledger/reverse.html", form=form, entry=queries.get_entry(id)), form.status


@bp.get("/people/<int:id>")
@requires("ledger:read")
def for_person(id: int) -> ResponseReturnValue:
    """The value tab of a person: both legs and units apart, the caps, the lines."""
    person = people.get_person(id, acting_user())
    scope = Scope(person_id=person.id)
    return render_template(
        "ledger/for_person.html", person=person, figures=figures_of(scope), standing=queries.standing(person, clock.today()),
        rows=queries.totals([By.YEAR, By.CATEGORY, By.LEG, By.UNIT], scope),
        found=queries.list_entries(scope, size=N_LATEST),
        breaches=queries.list_breaches(person_id=person.id), exceptions=queries.list_exceptions(person_id=person.id),
        rules=queries.rule_words(),
    )  # fmt: skip


# -- what pages share --------------------------------------------------------------------------------


def tell(posting: Posting) -> None:
    """Say what posting did, with everything that follows from it."""
    if not posting.was_known:
        flash(_("Entry %(seq)s is in the book.", seq=posting.entry.seq), "ok")
    for warning in posting.warnings:
        flash(warning, "info" if posting.was_known else "warn")
    if posting.breaches:
        flash(_("A limit is passed. The value stands as given, and compliance has been told."), "warn")
    if posting.obligations:
        places = ", ".join(obligation.jurisdiction for obligation in posting.obligations)
        flash(_("A duty to disclose was opened: %(places)s.", places=places), "info")


def figures_of(scope: Scope) -> list[dict[str, Any]]:
    """The figures of a scope: each leg in each currency, access in units, offers declined; never added together."""
    found: list[dict[str, Any]] = []
    rows = queries.totals([By.LEG, By.UNIT], scope)
    for leg in Leg:
        for currency in sorted({row.currency for row in rows if row["leg"] is leg}):
            parts = [row for row in rows if row["leg"] is leg and row.currency == currency]
            minor, n = sum(row.reporting_minor for row in parts), _n_priced(parts)
            if n or minor:
                found.append(
                    {
                        "leg": leg,
                        "amount": Money(minor, currency),
                        "n": n,
                        "url": _url(replace(scope, leg=leg)),
                    }
                )
    for unit in ACCESS_UNITS:
        quantity = sum(row.quantity for row in rows if row["unit"] is unit)
        if quantity:
            found.append({"unit": unit, "quantity": quantity, "url": _url(replace(scope, unit=unit))})
    for currency in sorted({row.currency for row in rows if row.n_declined}):
        parts = [row for row in rows if row.currency == currency]
        minor, n = sum(row.declined_minor for row in parts), sum(row.n_declined for row in parts)
        found.append(
            {"amount": Money(minor, currency), "n": n, "url": _url(replace(scope, is_declined=True))}
        )
    return found


def _n_priced(rows: list[Total]) -> int:
    return sum(row.n for row in rows if row["unit"] not in ACCESS_UNITS)


def _url(scope: Scope) -> str:
    return url_for("ledger.index", **scope.active())


def _breakdown(cut: By, scope: Scope) -> list[dict[str, Any]]:
    """The scope cut by one thing, legs and units apart, the largest first, each row with the address of its entries."""
    found: dict[tuple[Any, Leg, Unit | None], list[Total]] = {}
    for row in queries.totals([cut, By.LEG, By.UNIT], scope):
        if row.n or row.reporting_minor or row.n_declined:
            unit = row["unit"] if row["unit"] in ACCESS_UNITS else None
            found.setdefault((row[cut], row["leg"], unit), []).append(row)
    rows = [line for (value, leg, unit), parts in found.items() for line in _lines(value, leg, unit, parts)]
    rows.sort(key=lambda line: (-line["minor"], -line["n"], str(line["value"])))
    rows = rows[:N_CUT]
    names = (
        queries.names_of_people(line["value"] for line in rows if line["value"]) if cut is By.PERSON else {}
    )
    field = "person_id" if cut is By.PERSON else cut.value
    for line in rows:
        line["label"] = names.get(line["value"], "") if cut is By.PERSON else str(line["value"] or "")
        narrower = replace(scope, leg=line["leg"], unit=line["unit"] or scope.unit, **{field: line["value"]})
        line["url"] = _url(narrower) if line["value"] else None
    return rows


def _lines(value: Any, leg: Leg, unit: Unit | None, parts: list[Total]) -> list[dict[str, Any]]:
    """One line of a breakdown for each currency; for access one line of units."""
    found = []
    for currency in sorted({part.currency for part in parts}):
        same = [part for part in parts if part.currency == currency]
        minor, n = sum(part.reporting_minor for part in same), sum(part.n for part in same)
        declined = (
            sum(part.declined_minor for part in same) if any(part.n_declined for part in same) else None
        )
        found.append({
            "value": value, "leg": leg, "unit": unit, "n": n, "minor": minor, "received": Money(minor, currency),
            "quantity": sum(part.quantity for part in same), "declined": None if declined is None else Money(declined, currency),
        })  # fmt: skip
    return found


def correction_of(entry: Entry) -> dict[str, Any]:
    """What a page says of correcting an entry: why not here, what it stands instead of, what stands instead of it."""
    of = queries.get_entry(entry.reverses) if entry.reverses else entry
    return {
        "why_not": queries.why_not_corrected(entry),
        "replacement": queries.replacement_of(of),
        "corrects": queries.corrected_number(entry),
    }


def source_url(entry: Entry) -> str | None:
    """The page of the record an entry comes from: names point up, imports do not."""
    endpoint = f"{entry.source_kind}.show"
    if entry.source_id is None or endpoint not in current_app.view_functions:
        return None
    return url_for(endpoint, id=entry.source_id)


from app.ledger import (  # noqa: E402, F401 -- they add their pages
    merging,
    views_corrections,
    views_evidence,
    views_exceptions,
    views_general,
    views_offers,
    views_proofs,
    views_rules,
    views_shared,
    views_simulator,
)

bp.register_blueprint(views_exceptions.bp)
bp.register_blueprint(views_offers.bp)
bp.register_blueprint(views_shared.bp)
