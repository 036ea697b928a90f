"""What goes out and comes in: allow-lists, with the columns a reader may not see left out (R3)."""

from functools import cache
from typing import Annotated, Any, ClassVar, Final, Generic, Self, TypeVar, get_args

from msgspec import Struct
from pydantic import Field

from app.accounts import permissions
from app.accounts.models import User
from app.core.checked import Checked

#: Numbers of records fit into 32 bits; greater ones cannot exist.
MAX_ID: Final = 2**31 - 1
Id = Annotated[int, Field(ge=0, le=MAX_ID)]
N_USUAL: Final = 50
N_MOST: Final = 200


class Needs(Struct, frozen=True):
    """Marks a field of a shape: absent unless the reader has this permission."""

    permission: str


class Shape(Checked):
    """What an answer may hold: a field that is not listed in a shape stays inside, whatever a table gains."""

    media_type: ClassVar[str] = "application/json"

    @classmethod
    def read(cls, row: object, **more: Any) -> Self:
        """The shape of a row: its fields by name, but for those given."""
        return cls(**more, **{name: getattr(row, name) for name in cls.model_fields if name not in more})

    def seen_by(self, by: User) -> Any:
        """The JSON-able document, without the columns `by` may not see."""
        return self.model_dump(mode="json", exclude=_hidden(type(self), permissions.rights_of(by)))


class Record(Shape):
    """One record that several may change; its ETag names this version, and a change wants it back as If-Match."""

    id: int
    version: int


Item = TypeVar("Item", bound=Shape)


class Page(Shape, Generic[Item]):
    """Some of a list."""

    items: list[Item]
    #: Send it as `after` for what follows; empty at the end.
    next: str


class Query(Checked, extra="forbid"):
    """What may stand behind the question mark; anything else is refused."""


class Body(Checked, extra="forbid"):
    """What the body of a request may hold; anything else is refused."""


class PageQuery(Query):
    """Which part of a list."""

    after: Annotated[
        str, Field(max_length=2000, description="Where the page begins: `next` of the one before it.")
    ] = ""
    limit: Annotated[int, Field(ge=1, le=N_MOST, description="How many at most.")] = N_USUAL


class FieldProblem(Shape):
    """One field that was refused, and why."""

    field: str
    message: str


class Problem(Shape):
    """An error as RFC 9457 writes it; `errors` names the fields, where there are any."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = Field(default_factory=list)
    current: dict[str, Any] = Field(
        default_factory=dict, description="With 412: the record as it is now, in the shape it is read in."
    )


class Created(Struct, frozen=True):
    """An answer that tells of something new, and where it is."""

    shape: Shape
    location: str


def columns_seen(shape: type[Checked], by: User) -> list[str]:
    """The fields of a shape that a reader may see, in their order."""
    hidden = _hidden(shape, permissions.rights_of(by))
    return [name for name in shape.model_fields if hidden.get(name) is not True]


# -- columns a reader may not see --------------------------------------------------------------------------


@cache
def _hidden(shape: type[Checked], rights: frozenset[str]) -> dict[str, Any]:
    """What `model_dump` leaves out for a reader: fields they lack the permission for, in nested shapes as well."""
    found: dict[str, Any] = {}
    for name, field in shape.model_fields.items():
        needed = [mark.permission for mark in field.metadata if isinstance(mark, Needs)]
        if not rights.issuperset(needed):
            found[name] = True
            continue
        inner, is_list = _shape_in(field.annotation)
        below = _hidden(inner, rights) if inner is not None else {}
        if below:
            found[name] = {"__all__": below} if is_list else below
    return found


def _shape_in(annotation: Any) -> tuple[type[Checked] | None, bool]:
    """The shape inside `X`, `X | None` or `list[X]`, and whether it is a list."""
    if isinstance(annotation, type) and issubclass(annotation, Checked):
        return annotation, False
    for part in get_args(annotation):
        inner, is_list = _shape_in(part)
        if inner is not None:
            return inner, is_list or getattr(annotation, "__origin__", None) is list
    return None, False
