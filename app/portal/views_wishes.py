"""The person's pages about what they need and want, each part with a form of its own."""

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from msgspec.structs import asdict

from app.people.models import AcceptAnswer, Person
from app.people.models_consents import Purpose
from app.portal import operations, operations_wishes, queries, queries_wishes, words
from app.portal.entering import of_person
from app.portal.forms import AnswerForm, EmptyForm
from app.portal.forms_wishes import ContactForm, MayAcceptForm, NeedsForm, QuestionForm, TripWishForm
from app.portal.views import bp, invitation_page, page_of


@bp.get("/wishes")
@of_person
def wishes(person: Person) -> ResponseReturnValue:
    """What do you need? What may you accept? When do you want to hear nothing?"""
    return _page(person)


@bp.post("/wishes/needs")
@of_person
def say_needs(person: Person) -> ResponseReturnValue:
    """Food, access, hours to keep free: for those who serve, until a day (R4)."""
    form = NeedsForm(data=_known(queries_wishes.needs_of(person)))
    if form.validate_on_submit():
        with form.attempt():
            operations_wishes.say_needs(
                person,
                diet=form.diet.data,
                access_needs=form.access_needs.data,
                quiet_days=form.quiet_days.data,
                seen_version=form.seen_version,
            )
            return _back(_("Thank you. Those who look after you will know."), "needs")
    return _page(person, needs_form=form), form.status


@bp.post("/wishes/needs/forget")
@of_person
def forget_needs(person: Person) -> ResponseReturnValue:
    """Take out at once what those who serve know; the consent goes with it."""
    form = EmptyForm()
    if form.validate_on_submit():
        operations.withdraw_consent(person, Purpose.HOSPITALITY)
        return _back(_("Deleted. Nothing else has changed."), "needs")
    return _page(person), form.status


@bp.post("/wishes/may-accept")
@of_person
def say_may_accept(person: Person) -> ResponseReturnValue:
    """What they may accept of one kind of value."""
    form = MayAcceptForm().offer()
    if form.validate_on_submit():
        with form.attempt():
            operations_wishes.say_may_accept(
                person, form.category.data, AcceptAnswer(form.answer.data), form.limit
            )
            return _back(_("Thank you. We look at it before we offer you anything."), "may-accept")
    return _page(person, accept_form=form), form.status


@bp.post("/wishes/contact")
@of_person
def say_contact(person: Person) -> ResponseReturnValue:
    """Quiet days, ways not to use, no contact at all (P4)."""
    form = ContactForm().offer()
    if form.validate_on_submit():
        with form.attempt():
            said = queries_wishes.OwnQuiet(
                form.weekdays.data or (), form.closed, form.quiet_until_on.data, bool(form.is_opted_out.data)
            )
            operations_wishes.say_quiet(person, said)
            return _back(_("Saved. It holds for everybody here."), "contact")
    return _page(person, contact_form=form), form.status


@bp.post("/invitations/<int:id>/travel")
@of_person
def wish_travel(person: Person, id: int) -> ResponseReturnValue:
    """When they want to come and go, and how (T1)."""
    found, form = queries.get_invitation(person, id), TripWishForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_wishes.wish_travel(found, form.from_on.data, form.to_on.data, form.wish.data or "")
            flash(_("Thank you. We look for a journey like that and write to you."), "ok")
            return redirect(url_for("portal.invitation", id=id), 303)
    return invitation_page(person, id, AnswerForm(formdata=None), travel=form), form.status


@bp.post("/invitations/<int:id>/question")
@of_person
def ask_question(person: Person, id: int) -> ResponseReturnValue:
    """Ask whoever looks after them something about an invitation."""
    found, form = queries.get_invitation(person, id), QuestionForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_wishes.ask_question(found, form.question.data)
            flash(_("Thank you. Your question is with us; you get an answer by mail."), "ok")
            return redirect(url_for("portal.invitation", id=id), 303)
    return invitation_page(person, id, AnswerForm(formdata=None), question=form), form.status


def _back(said: str, part: str) -> ResponseReturnValue:
    flash(said, "ok")
    return redirect(url_for("portal.wishes", _anchor=part), 303)


def _known(needs: queries_wishes.OwnNeeds | None) -> dict[str, Any]:
    """What is kept now, as the form takes it."""
    if needs is None:
        return {"version": "0"}
    return asdict(needs) | {"is_agreed": True, "version": str(needs.version)}


def _page(person: Person, **forms: Any) -> str:
    needs, quiet = queries_wishes.needs_of(person), queries_wishes.quiet_of(person)
    blank = {
        "needs_form": NeedsForm(formdata=None, data=_known(needs)),
        "accept_form": MayAcceptForm(formdata=None).offer(),
        "contact_form": ContactForm(
            formdata=None,
            data={
                "weekdays": list(quiet.weekdays), "channels": [one.value for one in quiet.closed],
                "quiet_until_on": quiet.until_on, "is_opted_out": quiet.is_opted_out,
            },
        ).offer(),
    }  # fmt: skip
    return page_of(
        "wishes", person, needs=needs, delete_on=queries_wishes.delete_needs_on(person), button=EmptyForm(formdata=None),
        limits=queries_wishes.list_limits(person), wording=words.of_wordings()[Purpose.HOSPITALITY],
        **(blank | forms),
    )  # fmt: skip
