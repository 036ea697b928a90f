"""OR-Tools after the plain search, where it is installed (`pip install rapport[optimizer]`): same rules, at times a proof.

It begins with the plan that was found, works on one core for a deterministic time, and its plan passes the same checker.
"""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from itertools import combinations
from typing import Any

from app.executives.matching import Pairing, Plan, Problem
from app.executives.matching_board import Facts, bits
from app.executives.matching_check import faults_of, worth_of

#: Of OR-Tools' own measure of work, which is the same on every machine; roughly seconds.
USUAL_WORK = 20.0


def is_installed() -> bool:
    """Whether the optional extra is there."""
    return find_spec("ortools") is not None


def optimise(problem: Problem, plan: Plan, *, most_work: float = USUAL_WORK) -> tuple[Plan, int]:
    """A plan at least as good, and a ceiling for any; the given one stays where the checker finds fault with the new one."""
    cp_model = import_module("ortools.sat.python.cp_model")
    program = _Program(cp_model.CpModel(), Facts(problem))
    program.state_rules()
    program.state_points(plan)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.max_deterministic_time = 1, most_work
    solver.parameters.random_seed = plan.seed
    status = solver.solve(program.model)
    bound = int(solver.best_objective_bound)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return plan, bound
    facts = program.facts
    chosen = sorted(
        Pairing(facts.openings[opening].id, facts.guests[guest].id)
        for (guest, opening), is_met in program.meets.items()
        if solver.value(is_met)
    )
    better = Plan(tuple(chosen), worth_of(problem, chosen), plan.n_rounds, plan.seed)
    is_better = better.points > plan.points and not faults_of(problem, better)
    return (better if is_better else plan), max(bound, plan.points)


class _Program:
    """The problem as a 0-1 program: who sits in which opening, and which windows are used."""

    def __init__(self, model: Any, facts: Facts) -> None:
        self.model, self.facts = model, facts
        problem = facts.problem
        self.pinned = {
            (facts.guest_at[one.guest_id], facts.opening_at[one.opening_id]) for one in problem.pins
        }
        wished = {(facts.guest_at[one.guest_id], facts.host_at[one.host_id]) for one in problem.wishes}
        possible = {
            (guest, opening) for guest, host in wished for opening in bits(facts.allowed(guest, host))
        }
        self.meets = {
            pair: model.new_bool_var(f"m{pair[0]}_{pair[1]}") for pair in sorted(possible | self.pinned)
        }
        #: Window -> whether it is used; a window goes by its first chair.
        self.used = {
            min(bits(mask)): model.new_bool_var(f"w{min(bits(mask))}") for mask in facts.windows.values()
        }

    def _first(self, opening: int) -> int:
        return min(bits(self.facts.window_of(opening)))

    def _at_most(self, terms: Iterable[Any], most: int, n_pinned: int) -> None:
        """What pins break among themselves is not asked."""
        self.model.add(sum(terms) <= max(most, n_pinned))

    def state_rules(self) -> None:
        """The hard rules, from the same facts as `feasible`."""
        facts, model, pinned_windows = (
            self.facts,
            self.model,
            {self._first(opening) for _, opening in self.pinned},
        )
        for pair in self.pinned:
            model.add(self.meets[pair] == 1)
        for (_, opening), is_met in self.meets.items():
            model.add(is_met <= self.used[self._first(opening)])
        for opening in range(len(facts.openings)):
            self._at_most((met for (_, other), met in self.meets.items() if other == opening), 1, 1)
        for guest in range(len(facts.guests)):
            self._state_guest(guest)
        for host in range(len(facts.hosts)):
            self._state_host(host, pinned_windows)
        for mask, n_rooms in zip(facts.cell_masks, facts.cell_rooms, strict=True):
            windows = {self._first(opening) for opening in bits(mask)}
            self._at_most((self.used[one] for one in sorted(windows)), n_rooms, len(windows & pinned_windows))

    def _state_guest(self, guest: int) -> None:
        facts, limits = self.facts, self.facts.guests[guest]
        mine = {opening: met for (who, opening), met in self.meets.items() if who == guest}
        pinned = {opening for who, opening in self.pinned if who == guest}
        self._at_most(mine.values(), len(limits.steps), len(pinned))
        for day in facts.of_day.values():
            own = [opening for opening in mine if day >> opening & 1]
            self._at_most((mine[one] for one in own), limits.most_a_day, len(pinned & set(own)))
        for host in {facts.host_of[opening] for opening in mine}:
            own = [opening for opening in mine if facts.host_of[opening] == host]
            self._at_most((mine[one] for one in own), 1, len(pinned & set(own)))
        for one, other in combinations(sorted(mine), 2):
            if facts.guest_clash[one] >> other & 1:
                self._at_most((mine[one], mine[other]), 1, len(pinned & {one, other}))

    def _state_host(self, host: int, pinned: set[int]) -> None:
        facts, limits = self.facts, self.facts.hosts[host]
        mine = [window for window in self.used if facts.host_of[window] == host]
        for one, other in combinations(mine, 2):
            if facts.host_clash[one] >> other & 1:
                self._at_most((self.used[one], self.used[other]), 1, len(pinned & {one, other}))
        for day in facts.of_day.values():
            own = [window for window in mine if day >> window & 1]
            self._at_most((self.used[one] for one in own), limits.most_a_day, len(pinned & set(own)))
        rows = [[window] for window in mine]
        for _ in range(min(limits.most_in_a_row, len(mine))):
            rows = [
                [*row, later]
                for row in rows
                for later in mine
                if later > row[-1] and facts.linked[row[-1]] >> later & 1
            ]
        for row in rows:
            self._at_most((self.used[one] for one in row), limits.most_in_a_row, len(pinned & set(row)))

    def state_points(self, plan: Plan) -> None:
        """The objective, as `worth_of` adds it up, and the plan to begin with."""
        facts, problem, model = self.facts, self.facts.problem, self.model
        wishes = {(facts.guest_at[one.guest_id], facts.host_at[one.host_id]): one for one in problem.wishes}
        offered, terms = set(problem.offers), []
        for (guest, opening), is_met in self.meets.items():
            here = facts.openings[opening]
            wish = wishes.get((guest, facts.host_of[opening]))
            points = here.points + (
                wish.points + problem.must_points * wish.is_must if wish is not None else 0
            )
            kept = problem.keep_points if Pairing(here.id, facts.guests[guest].id) in offered else 0
            terms.append((points + kept) * is_met)
        for guest, one in enumerate(facts.guests):
            own = [met for (who, _), met in self.meets.items() if who == guest]
            taken = [model.new_bool_var(f"s{guest}_{n}") for n in range(len(one.steps))]
            n_pinned = sum(1 for who, _ in self.pinned if who == guest)
            # As many steps as meetings; only pins may be more than there are steps.
            model.add(sum(taken) == (sum(own) if n_pinned <= len(taken) else len(taken)))
            terms += [step * is_taken for step, is_taken in zip(one.steps, taken, strict=True)]
        base = -problem.must_points * sum(one.is_must for one in problem.wishes)
        model.maximize(sum(terms) + base - sum(one.steps[0] for one in facts.guests if one.steps))
        begun = {(facts.guest_at[one.guest_id], facts.opening_at[one.opening_id]) for one in plan.pairings}
        for pair, is_met in self.meets.items():
            model.add_hint(is_met, pair in begun)
