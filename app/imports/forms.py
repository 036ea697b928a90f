"""Forms of this room: the file, and what its columns are."""

from typing import Any

from flask_babel import gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice

from app.core.forms import BaseForm, choice, line
from app.imports.columns import FIELDS
from app.imports.models import ImportRun
from app.imports.profiles import PROFILES

_NEEDED = FileRequired("Choose a file.")
_PROGRAM_HELP = (
    "Left empty, the profile's own name is used. It is made when it is new; nobody is invited under it."
)


class PeopleFileForm(BaseForm):
    """A list of people to read in."""

    file = FileField(
        "File", [_NEEDED], description="CSV or Excel (.xlsx), up to 20 MB. The first line names the columns."
    )


class ValueFileForm(BaseForm):
    """Books kept elsewhere to take over."""

    file = FileField("File", [_NEEDED], description="CSV, plain or gzip, or Excel (.xlsx), up to 20 MB.")
    profile = choice("Kind of file", [(each.key, each.label) for each in PROFILES.values()])
    program_name = line("Program for these books", required=False, description=_PROGRAM_HELP)


class ColumnsForm(BaseForm):
    """What each column of one file is; fields are made per file by `columns_form`."""

    headers: tuple[str, ...] = ()

    def columns(self) -> dict[str, str]:
        """Header -> field, "" for a column that is left out."""
        return {header: self[f"column_{at}"].data or "" for at, header in enumerate(self.headers)}


def columns_form(run: ImportRun) -> ColumnsForm:
    """The form for the columns of an upload, filled with the choice so far."""
    fields: dict[str, Any] = {"headers": tuple(run.columns)}
    for at, (header, field) in enumerate(run.columns.items()):
        select = choice(header, list(FIELDS.items()), required=False, default=field)
        fields[f"column_{at}"] = select
    form: ColumnsForm = type("ColumnsOfFile", (ColumnsForm,), fields)()
    for at in range(len(form.headers)):
        choices = form[f"column_{at}"].choices
        form[f"column_{at}"].choices = [SelectChoice("", _("Leave out")), *choices[1:]]
    return form
