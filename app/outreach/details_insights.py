"""What operations on insights and outcomes take: frozen, checked."""

from datetime import date

from app.core.checked import Checked
from app.outreach.models_insights import OutcomeKind
from app.people.details import CountryCode, NeededText, Text, WebAddress


class InsightDetails(Checked):
    """What a person told us, who answers it, and by when (G9)."""

    person_id: int
    program_id: int
    advice: NeededText
    heard_on: date
    department_id: int
    owner_id: int
    reply_due_on: date
    question: Text = ""
    goal_id: int | None = None
    touch_id: int | None = None


class InsightAnswerDetails(Checked):
    """What was decided and, where it was adopted, what changed."""

    decision: NeededText
    is_adopted: bool
    what_changed: Text = ""


class OutcomeDetails(Checked):
    """Something that came of a contact (G8); it belongs to the program and, where one asked for it, to a goal."""

    program_id: int
    touch_id: int
    kind: OutcomeKind
    on: date
    country: CountryCode
    statement: NeededText
    url: WebAddress = ""
    goal_id: int | None = None
