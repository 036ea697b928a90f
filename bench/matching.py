"""What the matching comes to: the stored instances with proved optima, on one core.

    python bench/matching.py [--rounds N] [--seeds N] [--optimizer]

Prints points, share of the proved optimum and seconds of the processor for each instance, and whether the checker passes the
plan; exit status 1 below 99 % of an optimum, above 10 s for 60 people x 25 executives x 40 slots, or when the same seed gives
another plan. `--optimizer` lets OR-Tools go on from each plan, where it is installed.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.executives import matching_optimizer
from app.executives.matching_check import faults_of
from app.executives.matching_search import USUAL_ROUNDS, solve
from tests.factories.matching import INSTANCES, instance

LEAST_SHARE, MOST_SECONDS = 0.99, 10.0


def main() -> int:
    """Measure and say; 1 outside a budget."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=USUAL_ROUNDS)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--optimizer", action="store_true")
    wanted = parser.parse_args()
    files = sorted(INSTANCES.glob("p*.json"))
    if not files:
        print(f"no instances under {INSTANCES}")
        return 0
    is_good = True
    for path in files:
        problem, optimum = instance(path)
        for seed in range(1, wanted.seeds + 1):
            begins = time.process_time()
            plan = solve(problem, seed=seed, n_rounds=wanted.rounds)
            seconds = time.process_time() - begins
            share, faults = plan.points / optimum, faults_of(problem, plan)
            in_time = seconds <= MOST_SECONDS or not path.stem.startswith("p60")
            is_good = is_good and share >= LEAST_SHARE and in_time and not faults
            said = f"{plan.points:5d} of {optimum}  {share:7.2%}  {seconds:5.1f} s  {faults or 'checked'}"
            print(f"{path.stem:<16} seed {seed}  {said}")
            if wanted.optimizer:
                begins = time.process_time()
                better, bound = matching_optimizer.optimise(problem, plan)
                said = f"{better.points:5d} of at most {bound}  {time.process_time() - begins:5.1f} s"
                print(f"{'':<16} OR-Tools  {said}  {faults_of(problem, better) or 'checked'}")
        is_same = solve(problem, seed=1, n_rounds=50) == solve(problem, seed=1, n_rounds=50)
        is_good = is_good and is_same
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
