"""Which instant a person means by "as of" (L14)."""

from datetime import UTC, datetime

import pytest

from app.periods.policies_as_of import AsOfRefused, parse_as_of

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("", "UTC", None),
        ("2026-10-31", "UTC", datetime(2026, 10, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2026-07-31", "Europe/London", datetime(2026, 7, 31, 22, 59, 59, 999999, tzinfo=UTC)),
        ("2026-11-22", "UTC", NOW),  # today is not over: as of now
        ("2026-10-14T10:30", "Europe/London", datetime(2026, 10, 14, 9, 30, tzinfo=UTC)),
        ("2026-10-14T10:30:00Z", "Asia/Tokyo", datetime(2026, 10, 14, 10, 30, tzinfo=UTC)),
        ("2026-10-14T10:30:00+02:00", "UTC", datetime(2026, 10, 14, 8, 30, tzinfo=UTC)),
        (
            "2024-04-25",
            "Africa/Cairo",
            datetime(2024, 4, 25, 21, 59, 59, 999999, tzinfo=UTC),
        ),  # the next midnight is skipped
    ],
)
def test_dates_mean_their_end_and_times_the_clock_of_the_reader(
    text: str, zone: str, instant: datetime | None
) -> None:
    assert parse_as_of(text, zone, NOW) == instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23",
        "2026-11-22T09:01:00Z",
        "soon",
        "31.10.2026",
        "2026-02-30",
        "9999-12-31",
        "2026-03-29T01:30",
        "\0",
        "0001-01-01",
    ],
)
def test_what_cannot_be_read_or_lies_ahead_is_refused(text: str) -> None:
    with pytest.raises(AsOfRefused):
        parse_as_of(text, "Europe/London", NOW)
