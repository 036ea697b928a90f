"""Decisions about letters in the outbox: what stays behind, and what to do about it (G5)."""

from app.outreach.policies import NotOpen


class LetterGone(NotOpen):
    """A letter that was sent or discarded before, perhaps by somebody else a moment ago."""


class LetterOnHold(NotOpen):
    """A letter that somebody holds back."""
