"""Writes of executive access, by noun: executives, windows, requests, meetings."""

from app.executives.operations_executives import add_executive, edit_executive
from app.executives.operations_meetings import cancel_meeting, hold_meeting, miss_meeting, move_meeting
from app.executives.operations_requests import (
    accept_request,
    decline_request,
    request_access,
    withdraw_request,
)
from app.executives.operations_slots import publish_slot, publish_slots, withdraw_slot

__all__ = [
    "accept_request",
    "add_executive",
    "cancel_meeting",
    "decline_request",
    "edit_executive",
    "hold_meeting",
    "miss_meeting",
    "move_meeting",
    "publish_slot",
    "publish_slots",
    "request_access",
    "withdraw_request",
    "withdraw_slot",
]
