"""What the operations of lists take: frozen shapes, the same from forms and tests."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.lists.models import Share

ViewName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class ViewDetails(BaseModel):
    """A saved view: its name, who sees it, what it shows."""

    model_config = ConfigDict(frozen=True)

    name: ViewName
    share: Share = Share.PRIVATE
    query: Annotated[dict[str, Annotated[str, Field(max_length=400)]], Field(max_length=30)] = {}
    columns: tuple[Annotated[str, Field(max_length=40)], ...] = ()
