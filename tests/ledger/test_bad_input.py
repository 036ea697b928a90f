"""The table of what the entry form refuses: 422, a message at the field, everything typed kept, nothing written."""

import html
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import db, transaction
from app.ledger import operations
from app.ledger.details import TreasuryRateDetails
from app.ledger.models import Entry, EntryFile
from tests.factories import ledger, people, programs

SignIn = Callable[..., FlaskClient]

TYPED = {
    "category": "lodging", "form": "in_kind_vendor", "basis": "actual_cost", "value_on": "2026-10-16", "amount": "2,080.00",
    "currency": "GBP", "unit": "night", "quantity": "4", "place": "London, GB", "provider": "Hotel Aurora",
    "external_ref": "INV-9", "context": "Typed with care", "intermediary": "Agency Nord", "on_behalf": "Their assistant",
}  # fmt: skip
GIFT = {"category": "gift", "unit": "item", "quantity": "1", "place": ""}

#: What is typed, the field that says it, and what it says.
BAD = {
    "amount 0": ({"amount": "0"}, "amount", "an amount, or the basis"),
    "no amount": ({"amount": ""}, "amount", "an amount, or the basis"),
    "a negative amount": ({"amount": "-5"}, "amount", "An amount is not negative"),
    "not a number": ({"amount": "NaN"}, "amount", "Write the amount with digits"),
    "infinity": ({"amount": "Infinity"}, "amount", "Write the amount with digits"),
    "1e400": ({"amount": "1e400"}, "amount", "Write the amount with digits"),
    "a word as amount": ({"amount": "a lot"}, "amount", "Write the amount with digits"),
    "far too much": ({"amount": "99999999999999999"}, "amount", "too large to be true"),
    "three decimals in pounds": ({"amount": "1.005"}, "amount", "GBP has 2 decimal places"),
    "three decimals in yen": ({"amount": "520.125", "currency": "JPY"}, "amount", "JPY has 0 decimal places"),
    "one decimal in yen": ({"amount": "520.0", "currency": "JPY", "external_ref": "INV-J"}, None, ""),
    "four decimals in dinars": ({"amount": "52.1250", "currency": "KWD", "external_ref": "INV-K"}, None, ""),
    "a part of a fils": ({"amount": "52.1255", "currency": "KWD"}, "amount", "KWD has 3 decimal places"),
    "an unknown currency": ({"currency": "GBX"}, "currency", "This is not a currency code"),
    "no currency": ({"currency": ""}, "currency", "This is needed"),
    "a currency without a rate": ({"currency": "AED"}, "currency", "Enter a treasury rate from AED to GBP"),
    "no such day": ({"value_on": "2026-02-30"}, "value_on", "Not a valid date value"),
    "a day long ago": ({"value_on": "1066-10-14"}, "value_on", "Give a date between 1990 and 2100"),
    "a day of a locked period": ({"value_on": "2026-07-01"}, "late_reason", "lies in Q3 2026, which is locked"),
    "a late one without a reference": (
        {"value_on": "2026-07-01", "late_reason": "The bill came in October.", "external_ref": ""}, "external_ref",
        "An adjustment needs a reference",
    ),
    "no person": ({"person_id": ""}, "person_id", "This is needed"),
    "nobody's number": ({"person_id": "424242"}, "person_id", "Not a valid choice"),
    "no category (c1)": ({"category": ""}, "category", "This is needed"),
    "an unknown category": ({"category": "bribe"}, "category", "Not a valid choice"),
    "no form (c1)": ({"form": ""}, "form", "This is needed"),
    "no basis (c1)": ({"basis": ""}, "basis", "This is needed"),
    "no day (c1)": ({"value_on": ""}, "value_on", "This is needed"),
    "lodging nowhere (c2)": ({"place": " "}, "place", "the destination (city and country)"),
    "lodging without a country (c2)": ({"place": "London"}, "place", "the country of the destination"),
    "lodging without nights (c2)": ({"unit": "item"}, "unit", "the number of nights"),
    "a flight without a class (c2)": (
        {"category": "travel_air", "unit": "item"}, "travel_class", "the class flown",
    ),
    "cash without a receipt (c3)": (
        GIFT | {"form": "cash_equivalent", "context": "", "external_ref": ""}, "external_ref", "a receipt or contract",
    ),
    "equity (c3)": ({"form": "equity"}, "form", "Not a valid choice"),
    "not valued without a reason (c4)": (
        GIFT | {"amount": "", "basis": "not_valued", "reason": "no"}, "reason", "a reason of at least 10 characters",
    ),
    "an amount that is not valued (c4)": ({"basis": "not_valued"}, "basis", "another basis"),
    "zero nights": ({"quantity": "0"}, "quantity", "Give a whole number from 1"),
    "a loan without a day (c14)": (
        GIFT | {"category": "product_loan", "form": "loan"}, "due_on", "the day it is due back",
    ),
    "a control character": ({"provider": "Hotel\x07"}, "provider", "characters that cannot be printed"),
}  # fmt: skip
#: Currencies with other decimals than two are taken as they are written, and stored exactly.
EXACT = {"one decimal in yen": 520, "four decimals in dinars": 52125, "no decimals in dinars": 52000}
BAD["no decimals in dinars"] = ({"amount": "52", "currency": "KWD", "external_ref": "INV-N"}, None, "")


def test_the_form_refuses_with_a_message_at_the_field_and_keeps_all(signed_in: SignIn) -> None:
    """c1 to c4, c14, L4, L12: one form, one book, all cases; the few that are whole are stored to the last digit."""
    base = TYPED | {"person_id": str(people.person("Amal").id), "program_id": str(programs.program().id)}
    with transaction():
        by = db.session.merge(ledger.compliance())
        operations.close_days("Q3 2026", date(2026, 7, 1), date(2026, 9, 30), "0" * 64, by=by)
        for code in ("KWD", "JPY"):
            operations.set_treasury_rate(_rate(code), by=by)
    client, wrong, n_before = signed_in(Role.COORDINATOR), [], _n_entries()
    for case, (changes, field, said) in BAD.items():
        answer = client.post("/ledger/new", data=base | changes)
        if field is None:
            entry = db.session.get_one(Entry, int(answer.location.rsplit("/", 1)[1]))
            assert (case, entry.minor) == (case, EXACT[case])
            n_before += 1
            continue
        page = html.unescape(answer.text)
        wrong += [
            f"{case}: {fault}" for fault in _faults(page, answer.status_code, base | changes, field, said)
        ]
        wrong += [f"{case}: an entry was written"] if _n_entries() != n_before else []
    assert wrong == []


def _n_entries() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) or 0


def _rate(code: str) -> TreasuryRateDetails:
    return TreasuryRateDetails(
        from_currency=code, to_currency="GBP", valid_from_on=date(2026, 10, 1), valid_to_on=date(2026, 10, 31), rate="0.5",
        source="Treasury desk",
    )  # fmt: skip


def _faults(page: str, status: int, typed: dict[str, str], field: str, said: str) -> list[str]:
    """What is wrong with the answer: its status, the message at the field, and what was lost of what was typed."""
    faults = [] if status == 422 else [f"status {status}"]
    # A currency stands in the pair of its amount, so its message does too.
    place = "amount" if field == "currency" else field
    message = re.search(rf'id="{place}-err">(.*?)</p>', page, re.DOTALL)
    if message is None or said not in message[1]:
        faults.append(f"no “{said}” at {place}")
    for name, value in typed.items():
        kept = value.replace("\x07", "").strip()
        if (
            kept
            and name in _WRITTEN
            and f'value="{kept}"' not in page
            and f">\n{kept}</textarea>" not in page.replace("\r", "")
        ):
            faults.append(f"{name} was lost")
    return faults


#: Fields whose text stands in the page as it was typed.
_WRITTEN = frozenset(
    {
        "amount",
        "currency",
        "quantity",
        "place",
        "provider",
        "external_ref",
        "intermediary",
        "on_behalf",
        "context",
        "reason",
    }
)


def _zip(name: str, size: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr(name, b"0" * size)
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"MZ\x90\x00\x03" * 50, "receipt.pdf"), (_zip("word/document.xml", 201 * 1024 * 1024), "bomb.docx")],
    ids=["an executable", "a bomb"],
)
def test_what_runs_or_unpacks_is_refused_at_its_field(signed_in: SignIn, data: bytes, name: str) -> None:
    """422, the note is kept, no file is."""
    entry = ledger.post(ledger.stay()).entry
    answer = signed_in(Role.COORDINATOR).post(
        f"/ledger/{entry.seq}/evidence", data={"file": (io.BytesIO(data), name), "note": "The hotel's bill"}
    )
    assert answer.status_code == 422
    assert 'id="file-err"' in answer.text
    assert "The hotel's bill" in html.unescape(answer.text)
    assert db.session.scalars(sa.select(EntryFile)).all() == []
