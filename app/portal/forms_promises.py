"""The form that asks about promises: as many questions as the invitation made promises."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice
from wtforms.validators import Optional

from app.core.forms import BaseForm, prose
from app.events.models_day import PromiseAnswer


class PromisesForm(BaseForm):
    """One question and one note for each promise; a question may stay unanswered."""

    n_promises = 0
    promises: Sequence[str] = ()

    def said(self) -> Iterator[tuple[int, bool, str]]:
        """Number, kept or not, note: of each promise that was answered."""
        for number in range(1, self.n_promises + 1):
            answer = self[f"kept_{number}"].data
            if answer in {"yes", "no"}:
                yield number, answer == "yes", self[f"note_{number}"].data or ""

    def questions(self) -> list[tuple[str, Any, Any]]:
        """The promises with their two fields, for the page."""
        return [
            (promise, self[f"kept_{number}"], self[f"note_{number}"])
            for number, promise in enumerate(self.promises, 1)
        ]


def promises_form(promises: Sequence[str], said: Mapping[int, PromiseAnswer]) -> PromisesForm:
    """The form for the promises of one invitation, filled with what was said before."""
    fields: dict[str, Any] = {"n_promises": len(promises), "promises": tuple(promises)}
    data: dict[str, str] = {}
    for number in range(1, len(promises) + 1):
        fields[f"kept_{number}"] = RadioField(
            _l("Did we keep it?"), [Optional()],
            choices=[SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))],
        )  # fmt: skip
        fields[f"note_{number}"] = prose(_l("A word to us"), required=False, longest=2000)
        if number in said:
            data[f"kept_{number}"] = "yes" if said[number].is_kept else "no"
            data[f"note_{number}"] = said[number].note
    made: PromisesForm = type("PromisesFormOfOne", (PromisesForm,), fields)(data=data)
    return made
