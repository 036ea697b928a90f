"""Writes of executive access, by noun: executives, windows, requests, meetings."""

from app.executives.operations_briefing import make_book, note_told, promise, release_book
from app.executives.operations_executives import add_executive, edit_executive
from app.executives.operations_holds import hold_slot, release_hold
from app.executives.operations_matching import (
    apply_run,
    leave_out,
    pin_meeting,
    place_meeting,
    roll_back,
    start_run,
)
from app.executives.operations_meetings import cancel_meeting, hold_meeting, miss_meeting, move_meeting
from app.executives.operations_replacing import call_off, replace_executive
from app.executives.operations_requests import (
    accept_request,
    decline_request,
    request_access,
    withdraw_request,
)
from app.executives.operations_rules import (
    add_break,
    drop_wish,
    end_apart,
    keep_apart,
    record_signature,
    record_wish,
    remove_break,
    revoke_signature,
    set_terms,
)
from app.executives.operations_slots import publish_slot, publish_slots, withdraw_slot
from app.executives.operations_windows import add_room, offer_stretch, retire_room, withdraw_stretch

__all__ = [
    "accept_request",
    "add_break",
    "add_executive",
    "add_room",
    "apply_run",
    "call_off",
    "cancel_meeting",
    "decline_request",
    "drop_wish",
    "edit_executive",
    "end_apart",
    "hold_meeting",
    "hold_slot",
    "keep_apart",
    "leave_out",
    "make_book",
    "miss_meeting",
    "move_meeting",
    "note_told",
    "offer_stretch",
    "pin_meeting",
    "place_meeting",
    "promise",
    "publish_slot",
    "publish_slots",
    "record_signature",
    "record_wish",
    "release_book",
    "release_hold",
    "remove_break",
    "replace_executive",
    "request_access",
    "retire_room",
    "revoke_signature",
    "roll_back",
    "set_terms",
    "start_run",
    "withdraw_request",
    "withdraw_slot",
    "withdraw_stretch",
]
