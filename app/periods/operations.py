"""Writes of periods, by noun: their steps, and what people say about their lines."""

from app.periods.operations_disputes import (
    change_lines,
    confirm_line,
    dispute_line,
    keep_line,
    withdraw_dispute,
)
from app.periods.operations_periods import (
    ReviewOpened,
    attest,
    lock_period,
    open_due_reviews,
    open_period,
    open_review,
    publish_issue,
    reissue,
)
from app.periods.operations_reading import record_export, record_reading

__all__ = [
    "ReviewOpened",
    "attest",
    "change_lines",
    "confirm_line",
    "dispute_line",
    "keep_line",
    "lock_period",
    "open_due_reviews",
    "open_period",
    "open_review",
    "publish_issue",
    "record_export",
    "record_reading",
    "reissue",
    "withdraw_dispute",
]
