"""Which lines are of one person: as comparing every pair would find them, in time that grows with the lines."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from app.imports.matching import Register, groups, is_same, pairs_within
from app.people.policies import Traits

_LINE = st.builds(
    Traits,
    name=st.sampled_from(["ines moreau", "i moreau", "jack", "jack tarrow", "amal", ""]),
    email=st.sampled_from(["", "", "press@x.example", "ines@y.example"]),
    country=st.sampled_from(["", "FR", "DE"]),
    handles=st.sampled_from([frozenset(), frozenset(), frozenset({"@a"}), frozenset({"@a", "@b"})]),
)


@given(st.lists(_LINE, max_size=9))
def test_lines_are_joined_as_comparing_every_pair_would(lines: list[Traits]) -> None:
    """P3: two lines without any mark in common are never compared, so an empty name joins nobody."""
    rows = list(enumerate(lines, start=2))
    every = [
        (line, other_line)
        for (line, one), (other_line, other) in combinations(rows, 2)
        if is_same(one, other) and (one.name or one.email == other.email != "" or one.handles & other.handles)
    ]
    assert groups(pairs_within(rows)) == groups(every)


@given(st.lists(_LINE, max_size=9), _LINE)
def test_records_are_found_as_comparing_with_each_would(known: list[Traits], asked: Traits) -> None:
    register = Register()
    for key, traits in enumerate(known):
        register.add(key, traits)
    expected = [
        key
        for key, one in enumerate(known)
        if is_same(asked, one) and (one.name or one.email == asked.email != "" or one.handles & asked.handles)
    ]
    assert register.same(asked) == expected


def test_many_lines_of_one_name_or_one_mailbox_make_no_square_of_pairs() -> None:
    n = 3_000
    apart = [(line, Traits("null", f"p{line}@x.example")) for line in range(n)]
    assert list(pairs_within(apart)) == []
    bare = [(line, Traits("null")) for line in range(n)]
    assert len(list(pairs_within(bare))) == n - 1
    agency = [(line, Traits(f"person{line}", "press@x.example")) for line in range(n)]
    assert list(pairs_within(agency)) == []
    assert (
        len(list(pairs_within([(line, Traits(f"ann {line}", "press@x.example")) for line in range(n)])))
        < 2 * n
    )
