"""Forms of merging: which values and rows are kept, why, and why it is undone."""

from flask import request
from wtforms import HiddenField

from app.core.forms import BaseForm, prose
from app.people.details import MergeDetails

#: Before the name of a radio button: a field of the record, a clash of two rows.
_FIELD, _CLASH = "field-", "clash-"
_SIDES = {"0": "kept", "1": "gone"}


class MergeForm(BaseForm):
    """Two records side by side; the radio buttons are read by their prefix, because what differs is data."""

    gone_version = HiddenField()
    reason = prose(
        "Why they are the same person",
        longest=2_000,
        description="For example: they told Mei at the congress.",
    )

    def fields_from_gone(self) -> frozenset[str]:
        """The fields of which the value of the record that goes is kept."""
        return frozenset(name for name, side in self._sides(_FIELD).items() if side == "gone")

    def clashes(self) -> dict[str, str]:
        """Which row counts, by clash."""
        return self._sides(_CLASH)

    def details(self) -> MergeDetails:
        gone = str(self.gone_version.data or "")
        return MergeDetails(
            reason=self.reason.data or "",
            from_gone=self.fields_from_gone(),
            clashes=self.clashes(),
            kept_version=self.seen_version,
            gone_version=int(gone) if gone.isdecimal() and len(gone) < 10 else None,
        )

    def _sides(self, prefix: str) -> dict[str, str]:
        return {
            name.removeprefix(prefix): _SIDES[value]
            for name, value in request.form.items()
            if name.startswith(prefix) and value in _SIDES
        }


class UndoMergeForm(BaseForm):
    """Why two records are two people after all."""

    reason = prose("Why it is undone", longest=2_000, description="For example: they are sisters.")


class EmptyForm(BaseForm):
    """A button with nothing to type."""
