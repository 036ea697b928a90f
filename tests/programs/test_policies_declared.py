"""Declared facets attacked: nobody works a small group out of any sequence of counts (P7)."""

from collections.abc import Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.programs.policies_declared import (
    Count,
    CountWithheld,
    Known,
    shown_cells,
    weigh_count,
    words_of_cells,
)

CHOICES = ("women", "men")
NOT_DECLARED = ""


def count_of(answers: Mapping[int, str], person_ids: Sequence[int] | None = None, **versions: int) -> Count:
    """A count over some (or all) of these people; whoever answered "" has not declared."""
    ids = frozenset(answers if person_ids is None else person_ids)
    declared = {person_id: answer for person_id, answer in answers.items() if answer}
    return Count(ids, declared, {int(key[1:]): n for key, n in versions.items()}, CHOICES)


def people(women: int, men: int, silent: int) -> dict[int, str]:
    return dict(enumerate(["women"] * women + ["men"] * men + [NOT_DECLARED] * silent))


def known(count: Count, shown: Mapping[str, int]) -> Known:
    return Known(shown, {person_id: count.versions.get(person_id, 0) for person_id in count.person_ids})


@pytest.mark.parametrize(
    ("women", "men", "silent", "minimum", "words"),
    [
        (6, 5, 1, 5, "women 6, all others 6"),  # J1.4
        (6, 5, 1, 10, "all together 12"),
        (12, 0, 0, 5, "all together 12"),  # everybody the same is not said either
        (6, 6, 0, 5, "women 6, all others 6"),
        (10, 12, 15, 5, "women 10, men 12, all others 15"),
        (10, 12, 4, 5, "men 12, all others 14"),
        (4, 4, 4, 5, "all together 12"),
        (5, 4, 0, 5, "all together 9"),
        (0, 0, 0, 5, "all together 0"),
    ],
)
def test_small_cells_are_hidden_with_one_more(
    women: int, men: int, silent: int, minimum: int, words: str
) -> None:
    """P7, c44."""
    n_people = women + men + silent
    shown = shown_cells({"women": women, "men": men}, n_people, minimum)
    assert words_of_cells(list(shown.items()), n_people) == words


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(0, 40), st.integers(5, 12))
def test_one_count_shows_no_small_cell_and_no_small_rest(cells: list[int], silent: int, minimum: int) -> None:
    """P7: neither a shown cell, nor what is left when it is subtracted from the total, is under the minimum."""
    n_people = sum(cells) + silent
    shown = shown_cells({str(place): n for place, n in enumerate(cells)}, n_people, minimum)
    assert all(n >= minimum for n in shown.values())
    assert not shown or n_people - sum(shown.values()) >= minimum


@given(st.lists(st.integers(0, 9), min_size=2, max_size=3), st.integers(0, 9))
def test_one_count_leaves_several_answers_open_for_each_hidden_cell(cells: list[int], silent: int) -> None:
    """P7: whoever knows how cells are hidden still cannot tell a hidden cell that is under the minimum."""
    minimum, n_people = 5, sum(cells) + silent
    names = [str(place) for place in range(len(cells))]
    shown = shown_cells(dict(zip(names, cells, strict=True)), n_people, minimum)
    worlds = [
        dict(zip(names, world, strict=True))
        for world in product(range(n_people + 1), repeat=len(cells))
        if sum(world) <= n_people
    ]
    alike = [world for world in worlds if shown_cells(world, n_people, minimum) == shown]
    for name in names:
        if name not in shown and n_people:
            possible = {world[name] for world in alike}
            assert len(possible) > 1 or min(possible) >= minimum, (cells, silent, shown, name)


# -- several counts --------------------------------------------------------------------------------


def test_eleven_of_twelve_do_not_reveal_the_twelfth() -> None:
    """J1.4, P7: in either order, and by one who comes in as well."""
    everybody = people(6, 5, 1)
    whole, fewer = count_of(everybody), count_of(everybody, range(11))
    shown = weigh_count(whole, [], 5)
    assert shown == {"women": 6}
    with pytest.raises(CountWithheld, match="fewer than 5 people"):
        weigh_count(fewer, [known(whole, shown)], 5)
    with pytest.raises(CountWithheld, match="fewer than 5 people"):
        weigh_count(whole, [known(fewer, weigh_count(fewer, [], 5))], 5)


def test_one_who_withdraws_is_not_revealed() -> None:
    """P7: the same people, one answer gone."""
    whole = count_of(people(12, 12, 6))
    first = known(whole, weigh_count(whole, [], 5))
    after = count_of(people(12, 12, 6) | {0: NOT_DECLARED}, v0=1)
    with pytest.raises(CountWithheld, match="fewer than 5 people"):
        weigh_count(after, [first], 5)


def test_a_union_of_known_counts_and_one_more_is_withheld() -> None:
    """P7: pairwise every difference is large; the sum of two is not."""
    everybody = people(6, 0, 6) | {20 + key: value for key, value in people(6, 0, 6).items()} | {99: "women"}
    left, right = count_of(everybody, range(12)), count_of(everybody, range(20, 32))
    earlier = [known(one, weigh_count(one, [], 5)) for one in (left, right)]
    with pytest.raises(CountWithheld, match="fewer than 5 people"):
        weigh_count(count_of(everybody), earlier, 5)


def test_people_who_come_in_are_counted_once_enough_of_each_came() -> None:
    """P7: fifteen more, of whom ten are women: two numbers may stand beside each other."""
    everybody = people(6, 0, 6) | {20 + key: value for key, value in people(10, 0, 5).items()}
    first = count_of(everybody, range(12))
    earlier = [known(first, weigh_count(first, [], 5))]
    assert weigh_count(count_of(everybody), earlier, 5) == {"women": 16}
    few = everybody | {20 + key: value for key, value in people(3, 0, 12).items()}
    with pytest.raises(CountWithheld, match="Nothing can be shown"):
        weigh_count(count_of(few), earlier, 5)


def test_groups_without_anybody_in_common_do_not_disturb_each_other() -> None:
    everybody = people(6, 0, 6) | {20 + key: value for key, value in people(7, 0, 7).items()}
    first = count_of(everybody, range(12))
    earlier = [known(first, weigh_count(first, [], 5))]
    assert weigh_count(count_of(everybody, range(20, 34)), earlier, 5) == {"women": 7}


N_PEOPLE = 8
WORLDS = list(product(range(3), repeat=N_PEOPLE))
ANSWERS = ("women", "men", NOT_DECLARED)
MASKS = [
    tuple(sum(1 << person for person, answer in enumerate(world) if answer == place) for place in range(2))
    for world in WORLDS
]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(range(len(WORLDS))),
    st.lists(st.integers(1, 2**N_PEOPLE - 1), min_size=1, max_size=5),
    st.integers(2, 3),
)
def test_no_sequence_of_filters_reveals_a_small_group(world: int, filters: list[int], minimum: int) -> None:
    """P7, c44: of all populations that give the same published counts, no small group is the same in each.

    The rule is the same for every minimum; a small one makes every population of eight people enumerable. The
    attacker knows who is in every count and every published number, and may combine them in any way whatever.
    """
    answers = {person: ANSWERS[place] for person, place in enumerate(WORLDS[world])}
    earlier: list[Known] = []
    published: list[tuple[int, int, int]] = []
    for mask in filters:
        count = count_of(answers, [person for person in range(N_PEOPLE) if mask >> person & 1])
        try:
            shown = weigh_count(count, earlier, minimum)
        except CountWithheld:
            continue
        earlier.append(known(count, shown))
        published += [(mask, CHOICES.index(choice), n) for choice, n in shown.items()]
    alike = [
        masks
        for masks in MASKS
        if all((masks[place] & mask).bit_count() == n for mask, place, n in published)
    ]
    for group in range(1, 2**N_PEOPLE):
        for place in range(2):
            first = (alike[0][place] & group).bit_count()
            if all((masks[place] & group).bit_count() == first for masks in alike):
                rest = group.bit_count() - first
                assert first >= minimum, (published, bin(group), CHOICES[place], first)
                assert rest >= minimum, (published, bin(group), CHOICES[place], rest)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_sequence_of_changes_over_time_reveals_a_small_group(data: st.DataObject) -> None:
    """P7: people come, go, declare and withdraw between counts; nothing small follows from the numbers let out."""
    minimum = data.draw(st.integers(2, 3))
    answers = {person: data.draw(st.sampled_from(ANSWERS)) for person in range(N_PEOPLE)}
    versions = dict.fromkeys(range(N_PEOPLE), 0)
    past: dict[tuple[int, int], str] = {(person, 0): answer for person, answer in answers.items()}
    earlier: list[Known] = []
    published: list[tuple[frozenset[tuple[int, int]], str, int]] = []
    for _ in range(data.draw(st.integers(2, 4))):
        ids = data.draw(st.sets(st.integers(0, N_PEOPLE - 1), min_size=4))
        declared = {person: answer for person, answer in answers.items() if answer}
        count = Count(frozenset(ids), declared, dict(versions), CHOICES)
        try:
            shown = weigh_count(count, earlier, minimum)
        except CountWithheld:
            shown = {}
        if shown:
            earlier.append(Known(shown, {person: versions[person] for person in ids}))
            over = frozenset((person, versions[person]) for person in ids)
            published += [(over, choice, n) for choice, n in shown.items()]
        for person in data.draw(st.sets(st.integers(0, N_PEOPLE - 1), max_size=4)):
            answers[person] = data.draw(st.sampled_from(ANSWERS))
            versions[person] += 1
            past[person, versions[person]] = answers[person]
    _assert_nothing_small_follows(published, past, minimum)


def _assert_nothing_small_follows(
    published: Sequence[tuple[frozenset[tuple[int, int]], str, int]],
    past: Mapping[tuple[int, int], str],
    minimum: int,
) -> None:
    """Sums and differences of published counts with coefficients of -1, 0 and 1 that are counts of a group."""
    for choice in CHOICES:
        numbers = [(over, n) for over, about, n in published if about == choice]
        for signs in product((-1, 0, 1), repeat=len(numbers)):
            weight: dict[tuple[int, int], int] = {}
            for sign, (over, _) in zip(signs, numbers, strict=True):
                for record in over:
                    weight[record] = weight.get(record, 0) + sign
            group = [record for record, n in weight.items() if n]
            if not group or {weight[record] for record in group} != {1}:
                continue
            derived = sum(sign * n for sign, (_, n) in zip(signs, numbers, strict=True))
            assert derived == sum(past[record] == choice for record in group)
            assert minimum <= derived <= len(group) - minimum, (published, signs)
