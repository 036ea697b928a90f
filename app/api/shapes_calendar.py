"""The calendar as the API answers it: jCal, the JSON form of iCalendar (RFC 7265)."""

from typing import Any, ClassVar

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from app.accounts.models import User
from app.api.layer import Shape


class CalendarShape(Shape):
    """`["vcalendar", properties, components]`; what the reader may not see is not in it to begin with."""

    jcal: list[Any]

    media_type: ClassVar[str] = "application/calendar+json"

    def seen_by(self, by: User) -> list[Any]:
        """The bare array the standard wants, without an object around it."""
        return self.jcal

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _core_schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "array",
            "title": cls.__name__,
            "description": "A calendar as jCal (RFC 7265): name, properties, components.",
            "items": {"anyOf": [{"const": "vcalendar"}, {"type": "array"}]},
            "minItems": 3,
            "maxItems": 3,
        }
