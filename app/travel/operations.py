"""Writes of travel, by noun: trips, legs, stays, transfers, rules."""

from app.travel.operations_legs import book_leg, cancel_leg, decline_leg, edit_leg, settle_leg, turn_down_leg
from app.travel.operations_outcomes import note_missed, note_taken
from app.travel.operations_rules import end_travel_rule, record_simulation_export, set_travel_rule
from app.travel.operations_stays import (
    book_stay,
    cancel_stay,
    decline_stay,
    edit_stay,
    settle_stay,
    turn_down_stay,
)
from app.travel.operations_timings import set_timings
from app.travel.operations_transfers import (
    book_transfer,
    cancel_transfer,
    decline_transfer,
    edit_transfer,
    settle_transfer,
    turn_down_transfer,
)
from app.travel.operations_trips import (
    ask_exception,
    cancel_trip,
    edit_trip,
    finish_trip,
    note_visa,
    open_trip,
)

__all__ = [
    "ask_exception",
    "book_leg",
    "book_stay",
    "book_transfer",
    "cancel_leg",
    "cancel_stay",
    "cancel_transfer",
    "cancel_trip",
    "decline_leg",
    "decline_stay",
    "decline_transfer",
    "edit_leg",
    "edit_stay",
    "edit_transfer",
    "edit_trip",
    "end_travel_rule",
    "finish_trip",
    "note_missed",
    "note_taken",
    "note_visa",
    "open_trip",
    "record_simulation_export",
    "set_timings",
    "set_travel_rule",
    "settle_leg",
    "settle_stay",
    "settle_transfer",
    "turn_down_leg",
    "turn_down_stay",
    "turn_down_transfer",
]
