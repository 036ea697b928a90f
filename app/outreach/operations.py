"""Writes of outreach, by noun: touches and asks, stopped contacts, rules and texts, letters."""

from app.outreach.operations_collisions import (
    ask_owner,
    join_other,
    refuse_collision,
    release_collision,
    try_touch,
    wait_for_window,
)
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
)
from app.outreach.operations_rules import render_letter, set_contact_rule, write_letter_template
from app.outreach.operations_touches import answer_ask, note_collision, record_touch

__all__ = [
    "answer_ask",
    "ask_owner",
    "discard_letter",
    "discard_mail",
    "join_other",
    "note_collision",
    "note_stopped_letter",
    "record_touch",
    "refuse_collision",
    "release_batch",
    "release_collision",
    "release_letter",
    "release_mail",
    "render_letter",
    "rewrite_mail",
    "set_contact_rule",
    "tell_when_released",
    "try_touch",
    "wait_for_window",
    "write_letter",
    "write_letter_template",
]
