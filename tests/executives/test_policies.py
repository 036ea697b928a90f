"""Decisions about executive time as pure functions: windows, buffers, words."""

from datetime import UTC, datetime, timedelta

import pytest

from app.executives import policies
from app.executives.policies import SlotRefused, Span
from app.executives.queries_minutes import MarketMinutes, fair_hint, markets

TEN = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)


def span(start: int, end: int, what: str = "") -> Span:
    """Minutes after ten."""
    return Span(TEN + timedelta(minutes=start), TEN + timedelta(minutes=end), what)


CUTS = [
    ((0, 180, 30, 10), [(0, 30), (40, 70), (80, 110), (120, 150)]),
    ((0, 30, 30, 10), [(0, 30)]),
    ((0, 69, 30, 10), [(0, 30)]),
    ((0, 70, 30, 10), [(0, 30), (40, 70)]),
    ((0, 60, 20, 0), [(0, 20), (20, 40), (40, 60)]),
]


@pytest.mark.parametrize(("given", "wanted"), CUTS)
def test_a_stretch_is_cut_into_windows(
    given: tuple[int, int, int, int], wanted: list[tuple[int, int]]
) -> None:
    """X1: as many as fit, with the break between."""
    start, end, length, pause = given
    found = policies.cut(TEN + timedelta(minutes=start), TEN + timedelta(minutes=end), length, pause)
    assert found == [span(*one) for one in wanted]


BAD_CUTS = [(0, 29, 30, 10), (30, 0, 30, 10), (0, 24 * 60, 5, 0)]


@pytest.mark.parametrize("given", BAD_CUTS)
def test_a_stretch_that_gives_none_or_too_many_is_refused(given: tuple[int, int, int, int]) -> None:
    start, end, length, pause = given
    with pytest.raises(SlotRefused):
        policies.cut(TEN + timedelta(minutes=start), TEN + timedelta(minutes=end), length, pause)


OVERLAPS = [
    (span(0, 30), 0, True),
    (span(30, 60), 0, False),
    (span(-30, 0), 0, False),
    (span(29, 60), 0, True),
    (span(-30, 1), 0, True),
    (span(5, 10), 0, True),
    (span(-60, 90), 0, True),
    (span(40, 70), 10, False),
    (span(39, 70), 10, True),
    (span(-40, -10), 10, False),
    (span(-40, -9), 10, True),
]


@pytest.mark.parametrize(("other", "buffer", "taken"), OVERLAPS)
def test_spans_overlap_within_the_buffer(other: Span, buffer: int, taken: bool) -> None:
    """X1: half an hour from ten; touching is free, the buffer counts on both sides."""
    assert (policies.overlapping(span(0, 30), [other], buffer) is not None) is taken


BAD_SPANS = [
    (TEN, TEN, "ends_at"),
    (TEN, TEN + timedelta(hours=9), "ends_at"),
    (TEN - timedelta(days=9), TEN - timedelta(days=9, minutes=-30), "starts_at"),
]


@pytest.mark.parametrize(("starts", "ends", "field"), BAD_SPANS)
def test_a_window_that_cannot_be_is_refused(starts: datetime, ends: datetime, field: str) -> None:
    with pytest.raises(SlotRefused) as refused:
        policies.check_span(starts, ends, TEN - timedelta(days=1))
    assert refused.value.field == field


def test_a_window_in_words_names_its_zone() -> None:
    assert policies.span_words(span(30, 60), "Europe/London") == "14 Oct, 10:30–11:00 London"
    assert policies.span_words(span(30, 60), "Australia/Sydney") == "14 Oct, 20:30–21:00 Sydney"


def test_minutes_are_fair_per_market() -> None:
    """X3: markets and minutes only; the least per head first."""
    rows = markets([("GB", 30), ("GB", 0), ("NG", 0), ("AU", 60), ("KR", 0)])
    assert rows == [
        MarketMinutes("KR", 1, 0, 1), MarketMinutes("NG", 1, 0, 1), MarketMinutes("GB", 2, 30, 1), MarketMinutes("AU", 1, 60, 0),
    ]  # fmt: skip
    assert fair_hint(rows, {"KR": "South Korea", "NG": "Nigeria"}) == (
        "Nobody from Nigeria, South Korea has been given a minute yet."
    )


def test_no_hint_when_nobody_or_everybody_was_met() -> None:
    assert fair_hint(markets([("GB", 0), ("NG", 0)]), {}) == ""
    assert fair_hint(markets([("GB", 5), ("NG", 5)]), {}) == ""
