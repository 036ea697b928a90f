"""Writes of the ledger, by noun: entries, evidence and loans, books, caps, exceptions, shared costs, rates."""

from app.ledger.operations_books import BookPosting, post_many
from app.ledger.operations_caps import close_breach, end_cap, plan_value, release_value, set_cap
from app.ledger.operations_entries import Posting, post_entry, reverse_entry
from app.ledger.operations_evidence import (
    add_evidence,
    ask_write_off,
    convert_loan,
    decide_write_off,
    note_opening,
    return_loan,
)
from app.ledger.operations_exceptions import (
    ask_exception,
    decide_exception,
    hold_to_terms,
    record_register_export,
    withdraw_exception,
)
from app.ledger.operations_locks import close_days
from app.ledger.operations_rates import set_treasury_rate
from app.ledger.operations_shared import mark_absent, record_shared_cost
from app.ledger.operations_verification import check_book, export_book

__all__ = [
    "BookPosting",
    "Posting",
    "add_evidence",
    "ask_exception",
    "ask_write_off",
    "check_book",
    "close_breach",
    "close_days",
    "convert_loan",
    "decide_exception",
    "decide_write_off",
    "end_cap",
    "export_book",
    "hold_to_terms",
    "mark_absent",
    "note_opening",
    "plan_value",
    "post_entry",
    "post_many",
    "record_register_export",
    "record_shared_cost",
    "release_value",
    "return_loan",
    "reverse_entry",
    "set_cap",
    "set_treasury_rate",
    "withdraw_exception",
]
