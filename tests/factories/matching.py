"""Problems for the matching: the stored instances with proved optima, and small ones made by chance."""

import json
from pathlib import Path
from random import Random

from app.executives.matching import Guest, Host, Opening, Pairing, Problem, Stretch, Why, Wish

INSTANCES = Path("/work/shared/data/matching")


def instance(path: Path) -> tuple[Problem, int]:
    """A stored instance as one configuration of the product's rules, and its optimum."""
    told = json.loads(path.read_text())
    n_a_day = told["slots_per_day"]
    must = {tuple(pair) for pair in told["must_meet"]}

    def begins(slot: int) -> int:
        return slot // n_a_day * 1440 + 540 + slot % n_a_day * 30

    def away(free: str) -> tuple[Stretch, ...]:
        return tuple(Stretch(begins(n), begins(n) + 30) for n, mark in enumerate(free) if mark == "0")

    guests = [Guest(n, (60, 0, 0, 0), busy=away(free)) for n, free in enumerate(told["person_available"], 1)]
    hosts = [Host(n, most_a_day=4, most_in_a_row=3) for n in range(1, told["executives"] + 1)]
    openings = [
        Opening(host * 1000 + slot, host, begins(slot), begins(slot) + 30, slot // n_a_day, pool="rooms")
        for host, free in enumerate(told["executive_available"], 1)
        for slot, mark in enumerate(free)
        if mark == "1"
    ]
    wishes = [
        Wish(person + 1, executive + 1, points * told["person_tier"][person], (person, executive) in must)
        for person, executive, points in told["wishes"]
    ]
    problem = Problem(
        tuple(guests),
        tuple(hosts),
        tuple(openings),
        tuple(wishes),
        rooms={"rooms": told["rooms"]},
        gap_minutes=1,
    )
    return problem, told["optimum"]


def small(seed: int) -> Problem:
    """A problem so small that every plan can be tried, with every rule in it."""
    chance = Random(seed)
    guests = tuple(
        Guest(
            n, (chance.choice([20, 60]), -2, -9)[: chance.randint(1, 3)], chance.choice([1, 2]),
            (Stretch(chance.randint(0, 90), chance.randint(91, 140), Why.NOT_THERE, chance.choice(["", "A", "B"])),)
            if chance.random() < 0.5 else (),
        )
        for n in (1, 2, 3)
    )  # fmt: skip
    hosts = tuple(
        Host(
            n, chance.choice([1, 2, 9]), chance.choice([1, 2, 9]), chance.choice([1, 20]), chance.choice([0, 10]),
            (Stretch(100, 110),) if chance.random() < 0.3 else (),
        )
        for n in (1, 2)
    )  # fmt: skip
    openings = []
    for n in range(1, 7):
        host, day = chance.choice([1, 2]), chance.choice([0, 0, 1])
        begins = day * 1440 + chance.choice([0, 30, 40, 60, 90, 120])
        openings.append(
            Opening(
                n, host, begins, begins + 30, day, chance.choice(["", "A", "B"]), chance.choice(["", "hall"]),
                before=chance.choice([0, 5]), after=chance.choice([0, 5]), points=chance.choice([0, 0, 3]),
                kept_for=chance.choice([0, 0, 0, 0, 1]),
            )
        )  # fmt: skip
    first = openings[0]
    openings.append(
        Opening(7, first.host_id, first.begins, first.ends, first.day, first.place, first.pool, group=77)
    )
    openings.append(
        Opening(8, first.host_id, first.begins, first.ends, first.day, first.place, first.pool, group=77)
    )
    wishes = tuple(
        Wish(guest, host, chance.randint(-3, 12), chance.random() < 0.2)
        for guest in (1, 2, 3)
        for host in (1, 2)
        if chance.random() < 0.85
    )
    pins = (Pairing(chance.randint(1, 6), chance.randint(1, 3)),) if chance.random() < 0.4 else ()
    offers = (Pairing(chance.randint(1, 8), chance.randint(1, 3)),)
    apart = (
        frozenset({(chance.randint(1, 3), chance.randint(1, 2))}) if chance.random() < 0.3 else frozenset()
    )
    return Problem(
        guests, hosts, tuple(openings), wishes, apart=apart, pins=pins, offers=offers, rooms={"hall": 1},
        walk_minutes=chance.choice([0, 15]), gap_minutes=chance.choice([0, 5]), must_points=100, keep_points=4,
    )  # fmt: skip
