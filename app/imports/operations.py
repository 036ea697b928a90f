"""Writes of this room, by noun: people, value, the runs of the screen, undo."""

from app.imports.operations_people import PeopleOutcome, import_people
from app.imports.operations_runs import carry_out, check, choose_columns, upload
from app.imports.operations_undo import undo_people
from app.imports.operations_value import ValueOutcome, import_value

__all__ = [
    "PeopleOutcome",
    "ValueOutcome",
    "carry_out",
    "check",
    "choose_columns",
    "import_people",
    "import_value",
    "undo_people",
    "upload",
]
