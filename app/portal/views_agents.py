"""Pages of representatives: whom they speak for, invitations to answer, what lies ahead; each asks anew whom they may see."""

from typing import Any

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.models import User
from app.core.errors import NotFound
from app.events import queries_places
from app.events.models import Invitation, InvitationState
from app.people.models import Person
from app.portal import entering, operations, operations_agents, queries_agents, queries_own
from app.portal.entering import of_agent
from app.portal.forms import EmptyForm
from app.portal.forms_agents import GIVEN, AnswerForForm
from app.portal.views import bp, host_card


@bp.get("/represented")
@of_agent
def represented(agent: User) -> ResponseReturnValue:
    """Whom they speak for today, and where this page is open."""
    return _page(
        "represented", None, name=agent.name, rows=queries_agents.list_represented(agent), zone=agent.zone,
        visits=queries_own.list_visits(agent, entering.here()),
    )  # fmt: skip


@bp.get("/represented/<int:id>")
@of_agent
def represented_person(agent: User, id: int) -> ResponseReturnValue:
    """One of them: invitations, and what lies ahead."""
    person = queries_agents.get_represented(agent, id)
    return _page(
        "represented_person", person, name=person.name, zone=agent.zone,
        invitations=queries_agents.list_invitations(person, agent), coming=queries_agents.list_coming(person, agent),
    )  # fmt: skip


@bp.route("/represented/invitations/<int:id>", methods=["GET", "POST"])
@of_agent
def answer_for(agent: User, id: int) -> ResponseReturnValue:
    """One invitation, and the answer to it in the name of its person."""
    found = queries_agents.get_invitation(agent, id)
    form = AnswerForForm(data={"answer": found.state.value if found.state in GIVEN else None})
    if form.validate_on_submit():
        with form.attempt():
            operations_agents.answer_for(found, form.chosen(), form.reason.data or "", by=agent)
            flash(*_thanks(found))
            return redirect(url_for("portal.answer_for", id=id), 303)
    shown = queries_agents.seen(queries_agents.get_invitation(agent, id), agent)
    person = queries_agents.get_represented(agent, shown.person_id)
    return _page("answer_for", person, form=form, invitation=shown, zone=agent.zone), form.status


@bp.post("/represented/visits/<int:id>/end")
@of_agent
def end_agent_visit(agent: User, id: int) -> ResponseReturnValue:
    """Sign out another browser of theirs."""
    visit = queries_own.find_visit(agent, id)
    if visit is None:
        raise NotFound(_("There is no such browser of yours."))
    if EmptyForm().validate_on_submit():
        operations.end_visit(visit, by=agent)
        flash(_("That browser is signed out."), "ok")
    return redirect(url_for("portal.represented", _anchor="browsers"), 303)


@bp.post("/represented/sign-out")
@of_agent
def agent_sign_out(agent: User) -> ResponseReturnValue:
    """End the visit, in the browser and on the server."""
    visit = entering.here()
    if visit is not None:
        operations.end_visit(visit, by=agent)
    return entering.forget(make_response(_page("signed_out", None, is_leaving=True)))


def _thanks(found: Invitation) -> tuple[str, str]:
    if queries_places.pending_answer_of(found) is not None:
        return _(
            "Thank you. The day to answer by is over; the answer is written down, and we write soon."
        ), "info"
    if found.state is InvitationState.WAITING:
        return _("Thank you. All places are taken, so they are on the waitlist."), "info"
    return _("Thank you. The answer is written down, with your name."), "ok"


def _page(template: str, person: Person | None, *, is_leaving: bool = False, **context: Any) -> str:
    """A page of a representative; its head names who looks after the person it is about."""
    return render_template(
        f"portal/{template}.html", host=host_card(person) if person is not None else None,
        verify_url=url_for("portal.verify"), sign_out_url=url_for("portal.agent_sign_out") if not is_leaving else "", **context,
    )  # fmt: skip
