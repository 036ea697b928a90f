"""When the age of a backup is a worry; values in, verdict out."""

from datetime import datetime, timedelta

#: A backup is made every night; two missed nights are a worry.
OLD = timedelta(hours=48)


def is_old(last: datetime | None, now: datetime) -> bool:
    """Whether the last backup is too old, or there is none."""
    return last is None or now - last > OLD


def is_worrying(
    last: datetime | None, lived_in_since: datetime | None, now: datetime, *, is_wanted: bool
) -> bool:
    """Whether somebody should be told: backups were made or are wanted, and none has come for long."""
    if last is None:
        return is_wanted and lived_in_since is not None and now - lived_in_since > OLD
    return now - last > OLD
