"""The person's own pages; each knows its person from the visit and takes nobody else's number."""

from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.calendars import exports, queries_items
from app.calendars import operations as feeds
from app.calendars import queries as calendars
from app.calendars.forms import CancelledForm
from app.calendars.operations import NewFeed
from app.calendars.policies import addresses_of
from app.core import branding, clock, keyset
from app.core.downloads import download
from app.core.i18n import language_of
from app.disclosures.filters import text_wanted
from app.events import queries_places
from app.events.models import Invitation, InvitationState
from app.events.policies import SILENT_STATES
from app.executives import queries as executives
from app.people import queries as people
from app.people.models import Person
from app.periods import operations as periods
from app.portal import entering, operations, queries, queries_given, queries_wishes, words
from app.portal.entering import of_person
from app.portal.forms import SAID, AnswerForm, EmptyForm
from app.portal.forms_wishes import QuestionForm, TripWishForm

bp = Blueprint("portal", __name__, url_prefix="/p")


@bp.get("/")
@of_person
def home(person: Person) -> ResponseReturnValue:
    """What waits for the person, what comes next."""
    invitations = queries.list_invitations(person)
    return page_of(
        "home", person, name=person.name,
        open=[one for one in invitations if one.may_answer and (one.state in SILENT_STATES or one.is_stale or one.kept_until)],
        invitations=invitations, policies=queries.list_policies(person), coming=queries.list_coming(person),
        form=EmptyForm(), zone=person.zone, to_judge=queries.list_to_judge(invitations),
        briefs={one.uid: one.id for one in executives.list_meetings(None, person=person, from_at=clock.now(), is_live=True)},
    )  # fmt: skip


@bp.route("/invitations/<int:id>", methods=["GET", "POST"])
@of_person
def invitation(person: Person, id: int) -> ResponseReturnValue:
    """One invitation, and the answer to it."""
    found = queries.get_invitation(person, id)
    said = found.state.value if found.state in SAID else None
    form = AnswerForm(data={"answer": said, "reason": found.answer_reason})
    if form.validate_on_submit():
        with form.attempt():
            operations.answer(found, form.chosen(), form.reason.data or "", guest=form.guest())
            flash(*_thanks(found))
            return redirect(url_for("portal.invitation", id=id), 303)
    return invitation_page(person, id, form), form.status


def invitation_page(
    person: Person,
    id: int,
    form: AnswerForm,
    *,
    travel: TripWishForm | None = None,
    question: QuestionForm | None = None,
) -> str:
    """An invitation with its three forms: the answer, the journey, a question."""
    found = queries.get_invitation(person, id)
    trip = queries_wishes.trip_of(found)
    if (form.answer.data is None and not form.is_submitted()) or travel or question:
        form.answer.data = found.state.value if found.state in SAID else None
    days = {"from_on": trip.from_on, "to_on": trip.to_on, "wish": trip.wish}
    return page_of(
        "invitation", person, form=form, invitation=queries.own(found), zone=person.zone, trip=trip,
        travel=travel or TripWishForm(formdata=None, data=days), question=question or QuestionForm(formdata=None),
    )  # fmt: skip


def _thanks(found: Invitation) -> tuple[str, str]:
    if queries_places.pending_answer_of(found) is not None:
        return _(
            "Thank you. The day to answer by is over; your words are written down, and we write to you soon."
        ), "info"
    if found.state is InvitationState.ACCEPTED:
        return _("Thank you, we look forward to seeing you."), "ok"
    if found.state is InvitationState.WAITING:
        return _(
            "Thank you. All places are taken, so you are on the waitlist; we write as soon as one is free."
        ), "info"
    if found.state is InvitationState.TENTATIVE:
        return _("Thank you. No place is kept for you yet; say yes or no when you know."), "info"
    if found.state is InvitationState.DELEGATED:
        return _("Thank you. We look at it and write to your colleague."), "info"
    return _("Thank you for telling us. It changes nothing between us."), "ok"


@bp.route("/policies/<int:id>", methods=["GET", "POST"])
@of_person
def policy(person: Person, id: int) -> ResponseReturnValue:
    """A disclosure text to read and accept (D2)."""
    version, form = queries.get_version(person, id), EmptyForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.accept_policy(person, version, language_of(person.languages))
            flash(_("Thank you. It is written down that you accepted this text."), "ok")
            return redirect(url_for("portal.home"), 303)
    return page_of("policy", person, form=form, policy=queries.own_policy(person, version)), form.status


@bp.get("/given")
@of_person
def given(person: Person) -> ResponseReturnValue:
    """What was given to the person, line by line."""
    periods.record_reading(person, "given")
    place, _is_lost = keyset.place_asked(queries_given.ORDER)
    found = queries_given.list_given(person, place)
    return page_of(
        "given", person, found=found, sums=queries_given.sums_of(person), said=words.of_lines(),
        years=queries_given.list_years(person), review=queries_given.review_of(person),
    )  # fmt: skip


@bp.get("/words")
@of_person
def words_to_say(person: Person) -> ResponseReturnValue:
    """What the person may say about what they received, ready to copy (D3)."""
    wanted = text_wanted(person, request.args)
    sayings = queries_given.list_sayings(person, language_of(person.languages), wanted)
    return page_of(
        "words_to_say",
        person,
        sayings=sayings,
        categories=words.of_categories(),
        media=words.of_media(),
        wanted=wanted,
    )


@bp.get("/calendar")
@of_person
def calendar(person: Person) -> ResponseReturnValue:
    """The person's calendar address: whether there is one, and who uses it."""
    feed = calendars.feed_of_person(person)
    return page_of("calendar", person, feed=feed, form=EmptyForm(), zone=person.zone)


@bp.post("/calendar/cancelled")
@of_person
def keep_cancelled(person: Person) -> ResponseReturnValue:
    """Whether what is cancelled stays in their calendar, marked as such; some programs only strike it through."""
    feed, form = calendars.feed_of_person(person), CancelledForm()
    if feed is not None and form.validate_on_submit():
        feeds.keep_cancelled(feed, form.has_cancelled.data, by=None)
        flash(_("Saved. Your calendar shows it when it next looks here."), "ok")
    return redirect(url_for("portal.calendar"), 303)


@bp.post("/calendar")
@of_person
def share_calendar(person: Person) -> ResponseReturnValue:
    """Make the address, or a new one instead of the old, and show it once."""
    form, feed = EmptyForm(), calendars.feed_of_person(person)
    if form.validate_on_submit():
        with form.attempt():
            made = feeds.rotate_feed(feed, by=None) if feed else feeds.share_with_person(person, by=None)
            return _address(person, made)
    return page_of("calendar", person, feed=feed, form=form, zone=person.zone), form.status


@bp.post("/calendar/revoke")
@of_person
def revoke_calendar(person: Person) -> ResponseReturnValue:
    """Take the address back."""
    feed = calendars.feed_of_person(person)
    if feed is not None and EmptyForm().validate_on_submit():
        feeds.revoke_feed(feed, by=None)
        flash(_("The address leads nowhere now."), "ok")
    return redirect(url_for("portal.calendar"), 303)


@bp.get("/calendar/<uid>.ics")
@of_person
def item(person: Person, uid: str) -> ResponseReturnValue:
    """One item of the person's own calendar as a file."""
    found = queries_items.get_own_item(uid, person)
    return download(exports.item_file(found, language_of(person.languages)), "item.ics")


@bp.post("/sign-out")
@of_person
def sign_out(person: Person) -> ResponseReturnValue:
    """End the visit, in the browser and on the server."""
    visit = entering.here()
    if visit is not None:
        operations.end_visit(visit, by=None)
    return entering.forget(make_response(page_of("signed_out", person, is_leaving=True)))


# -- what pages need ---------------------------------------------------------------------------------


def page_of(template: str, person: Person, *, is_leaving: bool = False, **context: Any) -> str:
    """A page of the person's door with its frame: who looks after them, and where they may go."""
    pages = [
        ("portal.home", _("Today")), ("portal.given", _("Given to me")), ("portal.paid", _("Paid work")),
        ("portal.words_to_say", _("What to say")), ("portal.links", _("My links")),
        ("portal.wishes", _("What I need")), ("portal.calendar", _("Calendar")),
        ("portal.covenant", _("Covenant")), ("portal.my_data", _("My data")),
    ]  # fmt: skip
    nav = [
        {"label": label, "url": url_for(name), "is_active": name == request.endpoint} for name, label in pages
    ]
    return render_template(
        f"portal/{template}.html", host=host_card(person), portal_nav=None if is_leaving else nav,
        sign_out_url="" if is_leaving else url_for("portal.sign_out"),
        verify_url=url_for("portal.verify"), now=clock.now(), **context,
    )  # fmt: skip


def host_card(person: Person) -> dict[str, str] | None:
    """Who looks after the relationship, as the head of every page names them."""
    owner = people.owner_of(person)
    if owner is None:
        return None
    company = branding.name()
    return {
        "name": owner.name,
        "department": f"{owner.department.name}, {company}",
        "email": owner.email,
        "title": "",
    }


def _address(person: Person, made: NewFeed) -> str:
    """The page that shows a calendar address, once."""
    company = branding.name()
    links = addresses_of(current_app.config["BASE_URL"], made.secret, company)
    return page_of("address", person, links_to=links)


from app.portal import (  # noqa: E402, F401 -- they add their pages to `bp`
    operations_statements,
    views_agents,
    views_answers,
    views_covenant,
    views_door,
    views_given,
    views_meetings,
    views_own,
    views_paid,
    views_passkeys,
    views_promises,
    views_staff,
    views_wishes,
)
