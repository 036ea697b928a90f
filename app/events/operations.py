"""Writes of events, by noun: the event and its agenda, invitations, answers, seats and attendance."""

from app.events.operations_answers import (
    move_on_waitlist,
    promote,
    record_answer,
    withdraw,
)
from app.events.operations_approvals import ask_pre_approval
from app.events.operations_attendance import add_seats, check_in, free_seat, seat_person, undo_check_in
from app.events.operations_events import (
    add_session,
    cancel_event,
    cancel_session,
    edit_event,
    edit_session,
    plan_event,
)
from app.events.operations_invitations import (
    edit_invitation,
    invite,
    invite_by_hand,
    send_invitations,
    send_thanks,
)

__all__ = [
    "add_seats",
    "add_session",
    "ask_pre_approval",
    "cancel_event",
    "cancel_session",
    "check_in",
    "edit_event",
    "edit_invitation",
    "edit_session",
    "free_seat",
    "invite",
    "invite_by_hand",
    "move_on_waitlist",
    "plan_event",
    "promote",
    "record_answer",
    "seat_person",
    "send_invitations",
    "send_thanks",
    "undo_check_in",
    "withdraw",
]
