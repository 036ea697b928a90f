"""Writes of the ledger, by noun: entries, evidence and loans, books, caps, exceptions, offers, shared costs, rates."""

from app.ledger.operations_books import BookPosting, post_many
from app.ledger.operations_caps import bear_cost, close_breach, end_cap, plan_value, release_value, set_cap
from app.ledger.operations_corrections import correct_entry
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
    hold_to_terms,
    record_register_export,
    record_simulation_export,
)
from app.ledger.operations_general import record_general, set_general_size, take_back
from app.ledger.operations_loans import remind_loans
from app.ledger.operations_locks import close_days
from app.ledger.operations_offers import (
    decide_exception,
    decline_offer,
    give_offer,
    plan_offer,
    withdraw_exception,
    withdraw_offer,
)
from app.ledger.operations_rates import set_treasury_rate
from app.ledger.operations_shared import mark_absent, record_shared_cost
from app.ledger.operations_verification import check_book, export_book

__all__ = [
    "BookPosting",
    "Posting",
    "add_evidence",
    "ask_exception",
    "ask_write_off",
    "bear_cost",
    "check_book",
    "close_breach",
    "close_days",
    "convert_loan",
    "correct_entry",
    "decide_exception",
    "decide_write_off",
    "decline_offer",
    "end_cap",
    "export_book",
    "give_offer",
    "hold_to_terms",
    "mark_absent",
    "note_opening",
    "plan_offer",
    "plan_value",
    "post_entry",
    "post_many",
    "record_general",
    "record_register_export",
    "record_shared_cost",
    "record_simulation_export",
    "release_value",
    "remind_loans",
    "return_loan",
    "reverse_entry",
    "set_cap",
    "set_general_size",
    "set_treasury_rate",
    "take_back",
    "withdraw_exception",
    "withdraw_offer",
]
