"""Writes of outreach, by noun: touches and asks, stopped contacts, rules and texts, letters."""

from app.outreach.operations_bounces import lift_bounces, note_report
from app.outreach.operations_changes import write_changes
from app.outreach.operations_collisions import (
    ask_owner,
    join_other,
    refuse_collision,
    release_collision,
    try_again,
    try_touch,
    wait_for_window,
)
from app.outreach.operations_corrections import correct_touch
from app.outreach.operations_holds import hold_letter, take_off_hold
from app.outreach.operations_inbox import assign_message, drop_message, take_in, tell_when_calendar_comes
from app.outreach.operations_letters import (
    discard_letter,
    discard_mail,
    note_stopped_letter,
    release_batch,
    release_letter,
    release_mail,
    rewrite_mail,
    tell_when_released,
    write_letter,
    write_own_words,
)
from app.outreach.operations_mail import mail_helper, mail_person
from app.outreach.operations_mailbox import read_mailbox
from app.outreach.operations_reminders import remind_waiting
from app.outreach.operations_rhythm import (
    cancel_plan,
    choose_reminders,
    make_planned,
    plan_touch,
    set_cadence_rule,
    set_person_cadence,
    snooze,
)
from app.outreach.operations_rules import (
    render_letter,
    restore_letter_template,
    set_contact_rule,
    write_letter_template,
)
from app.outreach.operations_sharing import renew_logging_address, set_sharing_level, share_less
from app.outreach.operations_touches import answer_ask, note_collision, record_touch
from app.outreach.operations_wishes import opt_out_by_letter, set_contact_wishes

__all__ = [
    "answer_ask",
    "ask_owner",
    "assign_message",
    "cancel_plan",
    "choose_reminders",
    "correct_touch",
    "discard_letter",
    "discard_mail",
    "drop_message",
    "hold_letter",
    "join_other",
    "lift_bounces",
    "mail_helper",
    "mail_person",
    "make_planned",
    "note_collision",
    "note_report",
    "note_stopped_letter",
    "opt_out_by_letter",
    "plan_touch",
    "read_mailbox",
    "record_touch",
    "refuse_collision",
    "release_batch",
    "release_collision",
    "release_letter",
    "release_mail",
    "remind_waiting",
    "render_letter",
    "renew_logging_address",
    "restore_letter_template",
    "rewrite_mail",
    "set_cadence_rule",
    "set_contact_rule",
    "set_contact_wishes",
    "set_person_cadence",
    "set_sharing_level",
    "share_less",
    "snooze",
    "take_in",
    "take_off_hold",
    "tell_when_calendar_comes",
    "tell_when_released",
    "try_again",
    "try_touch",
    "wait_for_window",
    "write_changes",
    "write_letter",
    "write_letter_template",
    "write_own_words",
]
