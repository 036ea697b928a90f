"""Story point 6, continued: a yearly cap run over 126,084 genuine records says whom it would have warned."""

import subprocess
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from app.ledger import queries
from app.ledger.details import CapDetails
from tests.journeys.test_j11_genuine_books import NAME, run


@pytest.mark.slow
def test_recipient_years_over_a_cap_of_the_genuine_books(app: Flask, shared_data: Path) -> None:
    """O5: in kind over 1,000.00 USD in a calendar year 1,177 times, over 5,000.00 USD 114 times."""
    file = str(shared_data / "open_payments_general_iowa_2013_2015.csv.gz")
    read: subprocess.CompletedProcess[str] = run(
        app, "import", "value", file, "--profile", "open-payments", "--program", NAME
    )
    assert read.returncode == 0, read.stderr
    both = CapDetails(
        name="In kind",
        currency="USD",
        soft_minor=100_000,
        hard_minor=500_000,
        effective_from_on=date(2013, 1, 1),
    )
    found = queries.simulate(both)
    assert (len(found.rows), found.n_blocked, found.n_unpriced) == (1_177, 114, 0)
