"""Writes of events, by noun: the event and its agenda, waves, invitations, answers, the waitlist, seats and attendance."""

from app.events.operations_agenda import put_on_stage, release_agenda, set_rules, take_off_stage
from app.events.operations_answers import (
    add_guest,
    decide_answer,
    decide_guest,
    keep_for_decision,
    move_on_waitlist,
    note_opened,
    promote,
    record_answer,
    withdraw,
)
from app.events.operations_approvals import ask_pre_approval
from app.events.operations_asking import ask_again, remind_silent
from app.events.operations_attendance import (
    add_seats,
    check_in,
    free_seat,
    seat_comer,
    seat_person,
    undo_check_in,
)
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
from app.events.operations_parity import reopen_gap, settle_gap
from app.events.operations_schedule import apply_run, discard_run, read_file, take_published
from app.events.operations_waitlist import (
    offer_place,
    refuse_offer,
    run_due,
    set_offer_hours,
    take_back_offer,
    take_offer,
)
from app.events.operations_waves import edit_wave, hold_invitation, plan_wave, release_wave

__all__ = [
    "add_guest",
    "add_seats",
    "add_session",
    "apply_run",
    "ask_again",
    "ask_pre_approval",
    "cancel_event",
    "cancel_session",
    "check_in",
    "decide_answer",
    "decide_guest",
    "discard_run",
    "edit_event",
    "edit_invitation",
    "edit_session",
    "edit_wave",
    "free_seat",
    "hold_invitation",
    "invite",
    "invite_by_hand",
    "keep_for_decision",
    "move_on_waitlist",
    "note_opened",
    "offer_place",
    "plan_event",
    "plan_wave",
    "promote",
    "put_on_stage",
    "read_file",
    "record_answer",
    "refuse_offer",
    "release_agenda",
    "release_wave",
    "remind_silent",
    "reopen_gap",
    "run_due",
    "seat_comer",
    "seat_person",
    "send_invitations",
    "send_thanks",
    "set_offer_hours",
    "set_rules",
    "settle_gap",
    "take_back_offer",
    "take_off_stage",
    "take_offer",
    "take_published",
    "undo_check_in",
    "withdraw",
]
