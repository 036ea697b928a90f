"""Forms of this room: settings saved under a name, the schedule of a saved report."""

from collections.abc import Sequence

from wtforms import SelectChoice, SelectMultipleField

from app.accounts.models import User
from app.core.forms import BaseForm, choice, line, row_number, whole
from app.lists.forms import ViewForm
from app.reports.details import ScheduleDetails

_HOURS = [(str(hour), f"{hour:02}:00") for hour in range(24)]


class SaveForm(ViewForm):
    """The name of a saved report and who sees it; what it asks comes from the address."""

    name = line("Name", longest=80, description="For example “Exceptions of last month”.")


class KeepForm(BaseForm):
    """Keep what a report says now."""


def _user_id(text: str | int) -> int:
    """The number of a user; 0, which nobody has, for what is none."""
    return row_number(str(text)) or 0


class ScheduleForm(BaseForm):
    """When a saved report is counted, and who else gets the mail."""

    day = whole("Day of the month", least=1, most=28, description="From 1 to 28, so that every month has it.")
    hour = choice("Hour", _HOURS, default="7")
    reader_ids = SelectMultipleField("Colleagues who get it too", coerce=_user_id, validate_choice=False)

    def offer(self, users: Sequence[User]) -> None:
        """Offer those who may read reports."""
        self.reader_ids.choices = [SelectChoice(user.id, user.name) for user in users]

    def details(self) -> ScheduleDetails:
        return ScheduleDetails(
            day=self.day.data, hour=int(self.hour.data), reader_ids=tuple(self.reader_ids.data or ())
        )
