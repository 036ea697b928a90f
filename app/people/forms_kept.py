"""Forms of what is kept beside a record: files, and what those who serve need to know."""

from typing import Any

from flask_wtf.file import FileField, FileRequired

from app.core.forms import BaseForm, choice, day, line, prose, words_of
from app.people.details import FileDetails, HospitalityDetails
from app.people.models_kept import FileAudience, FileCategory, Hospitality, PersonFile

_AUDIENCES = [
    (FileAudience.EVERYBODY.value, "Everybody who sees the person, their agency too"),
    (FileAudience.HOLDERS.value, "Owner and deputy only"),
]


class FileForm(BaseForm):
    """What a file is to us."""

    category = choice("What it is", words_of(FileCategory))
    audience = choice("Who may open it", _AUDIENCES, default=FileAudience.EVERYBODY.value)
    note = prose("Note", required=False, description="What the file is for, in a line.")

    def details(self) -> FileDetails:
        return FileDetails(
            category=self.category.data, audience=self.audience.data, note=self.note.data or ""
        )


class NewFileForm(FileForm):
    """A file to keep."""

    file = FileField(
        "File",
        [FileRequired("Choose a file.")],
        description="PDF, Word, Excel, PNG, JPEG, CSV or plain text, up to 10 MB.",
    )


class RemoveFileForm(BaseForm):
    """Why a file is taken away."""

    reason = line("Why", required=False)


class HospitalityForm(BaseForm):
    """What those who serve need to know."""

    diet = prose("Diet", required=False, longest=2000, description="What they eat and do not eat.")
    access_needs = prose(
        "Access needs", required=False, longest=2000, description="Steps, hearing, sight, rest: what helps."
    )
    quiet_days = prose(
        "Quiet days", required=False, longest=2000, description="Days on which they want nothing planned."
    )
    consented_on = day("They agreed on")
    consent_source = line("How we know", description="For example “their mail to Ruth”.")
    purge_on = day("Needed until", description="The day after their event. It is deleted then, by itself.")

    def details(self) -> HospitalityDetails:
        return HospitalityDetails(
            diet=self.diet.data or "", access_needs=self.access_needs.data or "", quiet_days=self.quiet_days.data or "",
            consented_on=self.consented_on.data, consent_source=self.consent_source.data, purge_on=self.purge_on.data,
        )  # fmt: skip


class ForgetForm(BaseForm):
    """Taking it out at once."""


def typed_file(row: PersonFile) -> dict[str, Any]:
    """A file as its form shows it."""
    said = {"category": row.category.value, "audience": row.audience.value, "note": row.note}
    return said | {"version": str(row.version)}


def typed_hospitality(row: Hospitality) -> dict[str, Any]:
    """A profile as its form shows it."""
    names = ("diet", "access_needs", "quiet_days", "consented_on", "consent_source", "purge_on")
    return {name: getattr(row, name) for name in names} | {"version": str(row.version)}
