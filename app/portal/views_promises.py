"""What we promised, and whether we kept it: the person says so on their own page, promise by promise (E4)."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.events import operations_promises, policies_day, queries_promises
from app.events.details_day import PromiseDetails
from app.people.models import Person
from app.portal import policies, queries
from app.portal.entering import of_person
from app.portal.forms_promises import promises_form
from app.portal.views import bp, page_of


@bp.route("/invitations/<int:id>/kept", methods=["GET", "POST"])
@of_person
def promises(person: Person, id: int) -> ResponseReturnValue:
    """A page that asks; only pressing the button answers, so no mail scanner does (G6)."""
    found = queries.get_invitation(person, id)
    policies.check_was_there(found)
    said = queries_promises.answers_of(found)
    form = promises_form(policies_day.promises_of(found.promise), said)
    if form.validate_on_submit():
        with form.attempt():
            answers = [PromiseDetails(number=n, is_kept=kept, note=note) for n, kept, note in form.said()]
            operations_promises.answer_promises(found, answers, by=None)
            flash(_("Thank you. Where we did not keep our word, somebody writes to you."), "ok")
            return redirect(url_for("portal.home"), 303)
    shown = queries.own(found)
    return page_of("promises", person, form=form, invitation=shown, has_said=bool(said)), form.status
