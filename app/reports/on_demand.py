"""Rows that are made when somebody looks at them: a page shows fifty of ten thousand."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload

Key = TypeVar("Key")
Row = TypeVar("Row")


class OnDemand(Sequence[Row], Generic[Key, Row]):
    """A row for each key, in their order; `make` makes those of some keys, in the order given."""

    def __init__(self, keys: Sequence[Key], make: Callable[[Sequence[Key]], Sequence[Row]]) -> None:
        self._keys = keys
        self._make = make

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return self._make(self._keys[place])
        return self._make([self._keys[place]])[0]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._make(self._keys))

    def __eq__(self, other: object) -> bool:  # without a hash, as a list
        return isinstance(other, Sequence) and list(self) == list(other)
