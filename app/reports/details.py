"""What the operations of this room take: frozen shapes, the same from forms and tests."""

from typing import Annotated

from pydantic import Field

from app.core.checked import Checked

#: Colleagues one schedule writes to.
MOST_READERS = 20


class ScheduleDetails(Checked):
    """When a saved report is counted and to whom it is mailed; the hour is on the owner's clock."""

    day: Annotated[int, Field(ge=1, le=28)]
    hour: Annotated[int, Field(ge=0, le=23)]
    reader_ids: Annotated[tuple[int, ...], Field(max_length=MOST_READERS)] = ()
