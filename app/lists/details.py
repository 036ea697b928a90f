"""What the operations of lists take: frozen shapes, the same from forms and tests."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.checked import Checked
from app.lists.models import Share

ViewName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class ViewDetails(Checked):
    """A saved view: its name, who sees it, what it shows."""

    name: ViewName
    share: Share = Share.PRIVATE
    query: Annotated[dict[str, Annotated[str, Field(max_length=400)]], Field(max_length=30)] = {}
    columns: tuple[Annotated[str, Field(max_length=40)], ...] = ()
