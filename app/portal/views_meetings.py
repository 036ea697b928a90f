"""The person's page about one meeting with an executive: who, when on both clocks, where, on which terms; and on paper (X4)."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.downloads import download
from app.core.errors import NotFound
from app.core.i18n import language_of
from app.executives import exports
from app.executives import queries as executives
from app.executives.models import Meeting, MeetingState
from app.people.models import Person
from app.portal.entering import of_person
from app.portal.views import bp, page_of


@bp.get("/meetings/<int:id>")
@of_person
def meeting(person: Person, id: int) -> ResponseReturnValue:
    """A meeting of theirs; what was called off says so."""
    found = _own(person, id)
    return page_of("meeting", person, meeting=found, question=executives.question_of(found))


@bp.get("/meetings/<int:id>.pdf")
@of_person
def meeting_paper(person: Person, id: int) -> ResponseReturnValue:
    """The same as a PDF in their language."""
    found = _own(person, id)
    if found.state is MeetingState.CANCELLED:
        raise NotFound(_("This meeting does not take place."))
    content = exports.brief_pdf(found, executives.question_of(found), language_of(person.languages))
    return download(content, f"meeting-{found.id}.pdf")


def _own(person: Person, id: int) -> Meeting:
    for found in executives.list_meetings(None, person=person):
        if found.id == id:
            return found
    raise NotFound(_("There is no such meeting of yours."))
