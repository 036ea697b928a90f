"""Values checked together: each can be put together, and no thread meets half of one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from pydantic import ValidationError

from app.core.checked import Checked

N_THREADS = 8


def below(kind: type[Checked]) -> Iterator[type[Checked]]:
    """All kinds under this one."""
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


def test_what_checks_each_kind_can_be_put_together(app: Flask) -> None:
    """It is done at first use: without this, a wrong annotation would be found by whoever sends the first form."""
    kinds = {one for one in below(Checked) if one.__module__.startswith("app.")}
    assert len(kinds) > 250
    for kind in kinds:
        kind.model_rebuild(force=True)
        assert kind.__pydantic_complete__, kind


def test_threads_that_use_a_kind_first_at_once_are_all_checked_by_its_own_rules() -> None:
    for _ in range(20):

        class Parent(Checked):
            name: str

        class Child(Parent, extra="forbid"):
            n: int

        start = Barrier(N_THREADS)

        def make(number: int, kind: type[Child] = Child, start: Barrier = start) -> Child | None:
            start.wait(20)
            try:
                return kind.model_validate({"name": "Ada", "n": number} if number % 2 else {"name": "Ada"})
            except ValidationError:
                return None

        with ThreadPoolExecutor(N_THREADS) as threads:
            made = list(threads.map(make, range(N_THREADS)))
        assert [one and one.n for one in made] == [
            number if number % 2 else None for number in range(N_THREADS)
        ]


def test_they_stay_as_they_are() -> None:
    class Kind(Checked):
        name: str

    with pytest.raises(ValidationError, match="frozen"):
        Kind(name="Ada").name = "Mei"
