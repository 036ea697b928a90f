"""Forms of this room: a saved view, the columns of a list."""

from collections.abc import Sequence

from flask import request
from flask_babel import gettext as _

from app.core.forms import BaseForm, choice, line, row_number
from app.core.i18n import said
from app.lists.catalogue import Column
from app.lists.details import ViewDetails
from app.lists.models import Share
from app.lists.policies import ColumnRefused

_MOST_PLACES = 999

SHARE_WORDS = [
    (Share.PRIVATE.value, "Only me"),
    (Share.DEPARTMENT.value, "My department"),
    (Share.ALL.value, "Everybody in the house"),
]


class ViewForm(BaseForm):
    """The name of a view and who sees it; what it shows comes from the address."""

    name = line("Name", longest=80, description="For example “Quiet for 60 days in Japan”.")
    share = choice("Who sees it", SHARE_WORDS, default=Share.PRIVATE.value)

    def details(self, query: dict[str, str], columns: Sequence[str]) -> ViewDetails:
        return ViewDetails(
            name=self.name.data, share=Share(self.share.data), query=query, columns=tuple(columns)
        )


class ColumnsForm(BaseForm):
    """Which columns, and in which order: a tick and a place each."""

    def chosen(self, columns: Sequence[Column]) -> list[str]:
        """The ticked keys, in the order of their places; what was sent beside the offered ones comes last, to be refused."""
        places = {column.key: self._place(column, usual) for usual, column in enumerate(columns, 1)}
        ticked = dict.fromkeys(request.form.getlist("columns")[:200])
        return sorted(ticked, key=lambda key: places.get(key, 1_000))

    def _place(self, column: Column, usual: int) -> int:
        text = request.form.get(f"place-{column.key}", "").strip()
        number = row_number(text)
        if text and (number is None or number > _MOST_PLACES):
            raise ColumnRefused(
                _(
                    "The place of %(column)s is a whole number up to %(most_places)s.",
                    column=said(column.label),
                    most_places=_MOST_PLACES,
                )
            )
        return usual if number is None else number
