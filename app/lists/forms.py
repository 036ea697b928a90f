"""Forms of this room: a saved view, the columns of a list."""

from collections.abc import Sequence

from flask import request

from app.core.forms import BaseForm, choice, line, whole
from app.lists.catalogue import Column
from app.lists.details import ViewDetails
from app.lists.models import Share

SHARE_WORDS = [
    (Share.PRIVATE.value, "Only me"),
    (Share.DEPARTMENT.value, "My department"),
    (Share.ALL.value, "Everybody who may open the list"),
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
        places = {}
        for usual, column in enumerate(columns):
            text = request.form.get(f"place-{column.key}", "")
            places[column.key] = (
                int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else usual + 1
            )
        ticked = dict.fromkeys(request.form.getlist("columns")[:200])
        return sorted(ticked, key=lambda key: places.get(key, 1_000))


class SelectionForm(BaseForm):
    """How many rows were shown when the action was confirmed; the rows themselves are in the address."""

    n_seen = whole("Rows", required=False)
