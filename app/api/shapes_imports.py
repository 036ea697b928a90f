"""Shapes of imports: a file, its dry run, the receipt."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, Field, WithJsonSchema

from app.api.layer import Query, Shape
from app.api.shapes import SearchText, UserShape
from app.imports import queries
from app.imports.models import ImportKind, ImportRun, ImportState
from app.imports.profiles import PROFILES

_PROFILES: Final = ["", *sorted(PROFILES)]


def _known(name: str) -> str:
    if name not in _PROFILES:
        raise ValueError(f"There is no such kind of file. Use one of: {', '.join(filter(None, _PROFILES))}.")
    return name


ProfileName = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": _PROFILES})]


class ImportLineShape(Shape):
    """What happens, or happened, to one line of the file."""

    line: int
    name: str
    action: str
    words: str
    person_id: int | None = None


class ImportShape(Shape):
    """A file that was sent: what would happen, or what did; `is_under_way` while a worker reads it."""

    id: int
    kind: ImportKind
    profile: str
    program_name: str
    file_name: str
    file_sha256: str
    columns: dict[str, Any]
    state: ImportState
    is_under_way: bool
    by: UserShape | None
    at: AwareDatetime
    n_created: int
    n_updated: int
    n_skipped: int
    messages: list[str]
    faults: list[str]
    n_faults: int
    lines: list[ImportLineShape]
    undone_at: AwareDatetime | None

    @classmethod
    def of(cls, row: ImportRun) -> "ImportShape":
        is_under_way = queries.is_under_way(queries.job_of(row))
        lines = [ImportLineShape.model_validate(line) for line in row.lines]
        return cls.read(row, is_under_way=is_under_way, lines=lines, by=UserShape.of(row.by))


class NewImportQuery(Query):
    """What the file holds. Without `dry_run=false` nothing is written: the answer says what would be."""

    kind: ImportKind = ImportKind.PEOPLE
    dry_run: bool = True
    file_name: Annotated[SearchText, Field(description="Under which name the file is kept.")] = "import.csv"
    profile: Annotated[ProfileName, Field(description="For value: how the file is written.")] = ""
    program_name: Annotated[SearchText, Field(description="For value: the program it goes into.")] = ""
