"""Charts: geometry, words for every reader, odd data, and markup that obeys the content policy."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from app.core.charts import (
    CHART_CSS,
    DARK,
    LIGHT,
    PAGE,
    PRINT,
    Bar,
    BarChart,
    CapMeter,
    Chart,
    DistributionStrip,
    Dot,
    Funnel,
    Kind,
    Lane,
    LineChart,
    LineSeries,
    Mark,
    Palette,
    Series,
    Span,
    Sparkline,
    StackedBarChart,
    Step,
    Table,
    Tick,
    Timeline,
    TimeTick,
    nice_ticks,
)
from app.core.charts.lines import spread
from app.core.charts.text import clean, cut, isolated, width_of, wrap

BARS = (
    Bar("Lodging", Decimal("480.50"), "480.50", Kind.NON_CASH, "6 people"),
    Bar("Fees", 120, "120.00", Kind.CASH),
)
STACK = StackedBarChart(
    title="Stack",
    labels=("UK", "DE"),
    series=(
        Series("Non-cash", Kind.NON_CASH, (3, 0), ("3.00", "0.00")),
        Series("Cash", Kind.CASH, (1, 2), ("1.00", "2.00")),
    ),
    totals=("4.00", "2.00"),
    label_header="Market",
    total_header="Total",
)
LINES = LineChart(
    title="Lines",
    labels=("Q1", "Q2", "Q3"),
    series=(
        LineSeries("A", Kind.NON_CASH, (1, 2, 3), ("1 d", "2 d", "3 d")),
        LineSeries("B", Kind.NON_CASH, (3, None, 1), ("3 d", "–", "1 d")),
    ),
    label_header="Quarter",
)
METER = CapMeter(
    title="Meter",
    value=760,
    text="GBP 760",
    soft=800,
    soft_text="warn at 800",
    hard=1000,
    hard_text="cap 1,000",
    state="240 left",
)
FUNNEL = Funnel(
    title="Funnel",
    steps=(Step("Invited", 120, "120", lost="36 lost"), Step("Accepted", 84, "84", note="70 %")),
    headers=("Step", "People", "Share", "Lost"),
)
STRIP = DistributionStrip(
    title="Strip",
    dots=(Dot("A", 10, "10", Kind.NON_CASH), Dot("B", 90, "90", Kind.CASH, is_highlighted=True)),
    marks=(Mark(50, "median 50"),),
    headers=("Person", "Value"),
)
TIMELINE = Timeline(
    title="Timeline",
    lanes=(
        Lane(
            "Ana",
            (
                Span("Trip", date(2026, 11, 10), date(2026, 11, 14), "10–13 Nov", Kind.NON_CASH),
                Span("Due", date(2026, 11, 20), None, "20 Nov"),
            ),
        ),
    ),
    ticks=(TimeTick(date(2026, 11, 9), "9 Nov"), TimeTick(date(2026, 11, 22), "today", is_strong=True)),
    headers=("Person", "What", "When"),
)
SPARK = Sparkline(title="Ana", values=(1, None, 2, 3), text="3", kind=Kind.UNITS)
CHARTS: list[Chart] = [
    BarChart(title="Lying", bars=BARS, headers=("Category", "Value")),
    BarChart(title="Standing", bars=BARS, orientation="vertical"),
    STACK,
    LINES,
    METER,
    FUNNEL,
    STRIP,
    TIMELINE,
]
EMPTY: list[Chart] = [
    BarChart(title="E", bars=()),
    StackedBarChart(title="E", labels=(), series=()),
    LineChart(title="E", labels=(), series=()),
    LineChart(title="E", labels=("Q1",), series=(LineSeries("A", Kind.CASH, (None,), ("",)),)),
    Funnel(title="E", steps=()),
    DistributionStrip(title="E", dots=()),
    Timeline(title="E", lanes=(Lane("Ana", ()),), ticks=()),
]
SVG = "{http://www.w3.org/2000/svg}"


def parsed(markup: str) -> ET.Element:
    return ET.fromstring(markup)


def texts_of(chart: Chart, width: int = 640) -> list[str]:
    return [
        (item.text or "").strip("\u2068\u2069") for item in parsed(chart.svg(width=width)).iter(SVG + "text")
    ]


def rects_of(markup: str) -> list[tuple[float, float, float, str]]:
    """x, y, width and class of every rectangle."""
    return [
        (float(item.attrib["x"]), float(item.attrib["y"]), float(item.attrib["width"]), item.attrib["class"])
        for item in parsed(markup).iter(SVG + "rect")
    ]


# Markup


def test_small_chart_is_this_markup() -> None:
    chart = BarChart(title="One <bar>", description="A & B", bars=(Bar("A", 10, "10 %", Kind.NON_CASH),))
    drawn = chart.svg(width=300, palette=LIGHT)
    name = parsed(drawn).attrib["aria-labelledby"].partition("-t ")[0]
    assert drawn.replace(name, "c") == Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 300 62" width="300" height="62" role="img" '
        'direction="ltr" aria-labelledby="c-t c-d"><title id="c-t">One &lt;bar&gt;</title><desc id="c-d">A &amp; B</desc>'
        '<text x="0" y="16" font-size="15" font-weight="600" class="c-ink" fill="#111827">One &lt;bar&gt;</text>'
        '<text x="8.28" y="48" font-size="12" text-anchor="end" class="c-ink" fill="#111827">A</text>'
        '<g><title>A: 10 %</title><rect x="20.28" y="36" width="238.81" height="16" rx="2" '
        'class="c-non-cash" fill="#0f766e"/></g>'
        '<text x="265.09" y="48" font-size="12" font-weight="600" class="c-ink" fill="#111827">10 %</text>'
        '<line x1="20.28" y1="30" x2="20.28" y2="58" class="c-muted s" stroke="#64748b" stroke-width="1"/></svg>'
    )


@pytest.mark.parametrize(
    "chart", [*CHARTS, *EMPTY, SPARK], ids=lambda chart: f"{type(chart).__name__}-{chart.title}"
)
@pytest.mark.parametrize("palette", [PAGE, LIGHT, DARK, PRINT], ids=["page", "light", "dark", "print"])
def test_markup_is_xml_without_style_or_script(chart: Chart, palette: Palette) -> None:
    svg = chart.svg(palette=palette)
    assert type(svg) is Markup
    root = parsed(svg)
    assert {item.tag.removeprefix(SVG) for item in root.iter()} <= {
        "svg", "title", "desc", "g", "rect", "line", "text", "polyline", "polygon", "circle"
    }  # fmt: skip
    names = {name for item in root.iter() for name in item.attrib}
    assert [name for name in names if name == "style" or name.startswith("on") or "href" in name] == []
    assert "url(" not in svg
    assert re.findall(r"[\", ](?:nan|-?inf)[\", ]", svg) == []


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title)
def test_names_for_screen_readers_point_to_what_is_there(chart: Chart) -> None:
    described = replace(chart, description="What is seen")
    root = parsed(described.svg())
    title, desc = root.findall(SVG + "title")[0], root.findall(SVG + "desc")[0]
    assert (root.attrib["role"], root.attrib["aria-labelledby"]) == (
        "img",
        f"{title.attrib['id']} {desc.attrib['id']}",
    )
    assert (title.text, desc.text) == (chart.title, "What is seen")
    assert parsed(chart.svg()).attrib["aria-labelledby"].count(" ") == 0


def test_ids_differ_between_drawings_and_stay_the_same_between_calls() -> None:
    """Also when a chart stands on a page twice, once for wide screens and once for phones."""

    def ids(**how: Any) -> list[str]:
        return [parsed(chart.svg(**how)).findall(SVG + "title")[0].attrib["id"] for chart in CHARTS]

    assert len({*ids(), *ids(width=320)}) == 2 * len(CHARTS)
    assert ids() == ids(palette=PRINT)


def test_same_chart_is_the_same_text() -> None:
    assert [chart.svg() for chart in CHARTS] == [replace(chart).svg() for chart in CHARTS]


def test_title_can_be_left_to_the_page() -> None:
    assert texts_of(STACK)[0] == "Stack"
    hidden = parsed(STACK.svg(show_title=False))
    assert hidden.findall(SVG + "title")[0].text == "Stack"
    assert next(item.text for item in hidden.iter(SVG + "text")) == "Non-cash"


@pytest.mark.parametrize("chart", EMPTY, ids=lambda chart: type(chart).__name__)
def test_no_data_is_said(chart: Chart) -> None:
    assert texts_of(chart) == ["E", "Nothing to show yet"]
    assert texts_of(replace(chart, empty="Nobody was invited")) == ["E", "Nobody was invited"]


def test_markup_cannot_be_smuggled_in() -> None:
    evil = "</text><script>alert(1)</script>\"'&\x00\x1b\u202e"
    chart = BarChart(title=evil, description=evil, subtitle=evil, bars=(Bar(evil, 1, evil, note=evil),))
    root = parsed(chart.svg())
    assert root.findall(SVG + "title")[0].text == "</text><script>alert(1)</script>\"'&"
    assert [item for item in root.iter() if item.tag.endswith("script")] == []


# Every palette and the style sheet


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("palette", "ground"),
    [(LIGHT, "#ffffff"), (PRINT, "#ffffff"), (DARK, "#14191f"), (PAGE, "#ffffff"), (PAGE, "#14191f")],
)
def test_marks_have_contrast_3_and_texts_4_5(palette: Palette, ground: str) -> None:
    marks = {
        kind.value: round(contrast(palette.of(kind), ground), 2) for kind in Kind if kind is not Kind.NEUTRAL
    }
    assert {name: ratio for name, ratio in marks.items() if ratio < 3} == {}
    if palette is not PAGE:
        written = {
            name: contrast(getattr(palette, name), ground)
            for name in ("ink", "muted", "ok", "warn", "block", "non_cash", "cash", "units")
        }
        assert {name: round(ratio, 2) for name, ratio in written.items() if ratio < 4.5} == {}
        on = {
            kind.value: round(contrast(palette.on, palette.of(kind)), 2)
            for kind in Kind
            if kind is not Kind.NEUTRAL
        }
        assert {name: ratio for name, ratio in on.items() if ratio < 4.5} == {}


def test_style_sheet_knows_every_class() -> None:
    used = {
        name
        for chart in [*CHARTS, *EMPTY, SPARK]
        for names in re.findall(r'class="([^"]+)"', chart.svg())
        for name in names.split()
    }
    assert (
        sorted(
            name for name in used - {"s"} if f".{name}{{" not in CHART_CSS and f".{name}.s{{" not in CHART_CSS
        )
        == []
    )
    assert "--c-non-cash:#0f766e;" in CHART_CSS


# Bars


def test_bars_are_as_long_as_their_values() -> None:
    chart = BarChart(
        title="T", bars=(Bar("a", 100, "100"), Bar("b", 25, "25"), Bar("c", 0, "0"), Bar("d", -50, "(50)"))
    )
    (x1, _, w1, _), (x2, _, w2, _), (x3, _, w3, _), (x4, _, w4, _) = rects_of(chart.svg())
    assert x1 == x2 == x3
    assert (round(w2 / w1, 3), w3, round(w4 / w1, 3)) == (0.25, 0.0, 0.5)
    assert round(x4 + w4, 1) == round(x1, 1)


def test_standing_bars_grow_from_the_zero_line_both_ways() -> None:
    chart = BarChart(title="T", orientation="vertical", bars=(Bar("a", 100, "100"), Bar("b", -50, "(50)")))
    (_, y1, _, _), (_, y2, _, _) = rects_of(chart.svg())
    heights = [float(item.attrib["height"]) for item in parsed(chart.svg()).iter(SVG + "rect")]
    assert (round(heights[1] / heights[0], 3), round(y1 + heights[0], 1)) == (0.5, round(y2, 1))


@pytest.mark.parametrize("values", [(0, 0), (-5, -3), (5,), (0.0000001, 1e15)])
@pytest.mark.parametrize("orientation", ["horizontal", "vertical"])
def test_any_values_stay_inside_the_drawing(values: tuple[float, ...], orientation: str) -> None:
    bars = tuple(Bar(f"label {value}", value, f"{value:,.2f}") for value in values)
    chart = BarChart(title="T", bars=bars, orientation=orientation)  # type: ignore[arg-type]
    for width in (200, 340, 640):
        root = parsed(chart.svg(width=width))
        for x, _, breadth, _ in rects_of(chart.svg(width=width)):
            assert x >= 0
            assert x + breadth <= float(root.attrib["width"]) + 0.01


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("-Infinity")])
def test_values_that_are_no_numbers_are_refused(value: float) -> None:
    with pytest.raises(ValueError) as caught:
        BarChart(title="T", bars=(Bar("a", value, "?"),)).svg()
    assert str(caught.value) == f"{value} cannot be drawn"


def test_phone_puts_long_labels_above_their_bars() -> None:
    chart = BarChart(title="T", bars=(Bar("A category with a long name", 5, "5"),))
    ((x, _, _, _),) = rects_of(chart.svg(width=340))
    assert x == 0
    assert texts_of(chart, width=340) == ["T", "A category with a long name", "5"]


def test_stack_parts_follow_each_other() -> None:
    parts = [rect for rect in rects_of(STACK.svg()) if rect[2] > 10]
    (x1, y1, w1, _), (x2, y2, _, _), (x3, _, w3, _) = parts
    assert (y1, round(x1 + w1 + 1, 1)) == (y2, round(x2, 1))
    assert (x3, round((w3 + 1) / (w1 + 1), 2)) == (x1, 0.67)
    assert texts_of(STACK) == [
        "Stack",
        "Non-cash",
        "Cash",
        "UK",
        "3.00",
        "1.00",
        "4.00",
        "DE",
        "2.00",
        "2.00",
    ]


def test_stack_refuses_a_series_of_another_length() -> None:
    with pytest.raises(ValueError) as caught:
        StackedBarChart(title="T", labels=("a",), series=(Series("S", Kind.CASH, (1, 2), ("1", "2")),))
    assert str(caught.value) == "Series 'S' needs one value and one text for each of the 1 labels."


# Lines


def test_line_breaks_at_a_gap_and_ends_with_its_name() -> None:
    root = parsed(LINES.svg())
    assert len(list(root.iter(SVG + "polyline"))) == 1
    assert len(list(root.iter(SVG + "circle"))) == 4
    assert texts_of(LINES) == ["Lines", "0", "1", "2", "3", "Q1", "Q2", "Q3", "A 3 d", "B 1 d"]


def test_lines_of_one_kind_differ_by_dashes() -> None:
    chart = replace(
        LINES, series=tuple(LineSeries(name, Kind.CASH, (1, 2, 3), ("1", "2", "3")) for name in "AB")
    )
    assert [item.attrib.get("stroke-dasharray") for item in parsed(chart.svg()).iter(SVG + "polyline")] == [
        None,
        "6 4",
    ]


def test_axis_takes_the_texts_it_is_given() -> None:
    chart = replace(LINES, ticks=(Tick(0, "null"), Tick(4, "vier Tage")))
    assert texts_of(chart)[1:3] == ["null", "vier Tage"]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 100, [0, 25, 50, 75, 100]),
        (0, 0, [0, 0.25, 0.5, 0.75, 1]),
        (-3, 7, [-5, -2.5, 0, 2.5, 5, 7.5]),
        (0, 0.3, [0, 0.1, 0.2, 0.3]),
        (0, 48_210.5, [0, 20_000, 40_000, 60_000]),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high) == ticks


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_ticks_cover_the_range(one: float, other: float) -> None:
    low, high = sorted((one, other))
    ticks = nice_ticks(low, high)
    assert 2 <= len(ticks) <= 8
    assert ticks == sorted(set(ticks))


def test_end_labels_keep_their_distance() -> None:
    assert spread([10, 11, 50], 16, 0, 100) == [10, 26, 50]
    assert spread([95, 96, 97], 16, 0, 100) == [68, 84, 100]
    assert spread([97, 95, 96], 16, 0, 100) == [100, 68, 84]


def test_sparkline_has_a_label_and_no_id() -> None:
    root = parsed(SPARK.svg())
    assert (root.attrib["aria-label"], root.attrib["role"]) == ("Ana: 3", "img")
    assert [item for item in root.iter() if "id" in item.attrib] == []
    assert (
        parsed(Sparkline(title="Ana", values=(), empty="no visits").svg()).attrib["aria-label"]
        == "Ana: no visits"
    )
    assert [
        item.attrib["points"]
        for item in parsed(Sparkline(title="A", values=(2, 2)).svg()).iter(SVG + "polyline")
    ] == ["4,11 92,11"]


# Meters, strips, timelines


@pytest.mark.parametrize(
    ("value", "level"),
    [(0, Kind.OK), (799, Kind.OK), (800, Kind.WARN), (1000, Kind.WARN), (1000.01, Kind.BLOCK), (-5, Kind.OK)],
)
def test_meter_knows_its_level(value: float, level: Kind) -> None:
    assert replace(METER, value=value).level is level


def test_meter_draws_what_is_over_the_cap_in_the_block_colour() -> None:
    within = rects_of(METER.svg())
    assert [name for _, _, _, name in within] == ["c-track", "c-non-cash"]
    square, track, value, beyond = rects_of(replace(METER, value=1250).svg())
    assert [square[3], track[3], value[3], beyond[3]] == ["c-block", "c-track", "c-non-cash", "c-block"]
    assert (round(value[0] + value[2], 1), round(beyond[2] / value[2], 2)) == (round(beyond[0], 1), 0.25)


def test_meter_without_limits_or_value_is_a_track() -> None:
    assert [name for _, _, _, name in rects_of(CapMeter(title="T", value=0, text="0").svg())] == ["c-track"]


def test_funnel_steps_share_one_scale() -> None:
    (x1, _, w1, _), (x2, _, w2, _) = rects_of(FUNNEL.svg())
    assert (x1, round(w2 / w1, 3)) == (x2, 0.7)
    assert texts_of(FUNNEL) == ["Funnel", "Invited", "120", "36 lost", "Accepted", "84", "70 %"]


def test_strip_piles_no_higher_than_fourteen() -> None:
    chart = DistributionStrip(
        title="T",
        dots=(*(Dot(f"P{n}", 5, "5") for n in range(1_000)), Dot("A", 5, "5", is_highlighted=True)),
    )
    circles = [item.attrib for item in parsed(chart.svg()).iter(SVG + "circle")]
    assert (len(circles), circles[-1]["r"]) == (14, "5")
    assert "A: 5" in texts_of(chart)


def test_timeline_puts_overlaps_below_each_other() -> None:
    spans = tuple(
        Span(name, date(2026, 1, day), date(2026, 1, day + 5), "")
        for name, day in (("a", 1), ("b", 3), ("c", 6))
    )
    (_, y1, _, _), (_, y2, _, _), (_, y3, _, _) = sorted(
        rects_of(Timeline(title="T", lanes=(Lane("L", spans),), ticks=()).svg()), key=lambda rect: rect[0]
    )
    assert (y1, y2) == (y3, y1 + 24)


def test_timeline_refuses_to_mix_dates_and_instants() -> None:
    mixed = replace(TIMELINE, ticks=(TimeTick(datetime(2026, 1, 1, tzinfo=UTC), "x"),))
    with pytest.raises(ValueError, match=r"^A timeline holds dates or instants, not both\.$"):
        mixed.svg()
    naive = Timeline(title="T", lanes=(Lane("L", (Span("s", datetime(2026, 1, 1), None, ""),)),), ticks=())
    with pytest.raises(ValueError, match=r"^A timeline needs times with a zone\.$"):
        naive.svg()


def test_strong_tick_wins_over_a_near_one() -> None:
    ticks = (
        TimeTick(date(2026, 11, 9), "9 Nov"),
        TimeTick(date(2026, 11, 21), "21 Nov"),
        TimeTick(date(2026, 11, 22), "today", True),
    )
    assert [
        text for text in texts_of(replace(TIMELINE, ticks=ticks)) if text in ("9 Nov", "21 Nov", "today")
    ] == ["today", "9 Nov"]


# The tables behind


@pytest.mark.parametrize(
    ("chart", "table"),
    [
        (
            CHARTS[0],
            Table(("Category", "Value", ""), (("Lodging", "480.50", "6 people"), ("Fees", "120.00", ""))),
        ),
        (
            STACK,
            Table(
                ("Market", "Non-cash", "Cash", "Total"),
                (("UK", "3.00", "1.00", "4.00"), ("DE", "0.00", "2.00", "2.00")),
            ),
        ),
        (
            LINES,
            Table(("Quarter", "A", "B"), (("Q1", "1 d", "3 d"), ("Q2", "2 d", "–"), ("Q3", "3 d", "1 d"))),
        ),
        (
            METER,
            Table(("", ""), (("Meter", "GBP 760"), ("", "warn at 800"), ("", "cap 1,000"), ("", "240 left"))),
        ),
        (
            FUNNEL,
            Table(
                ("Step", "People", "Share", "Lost"),
                (("Invited", "120", "", "36 lost"), ("Accepted", "84", "70 %", "")),
            ),
        ),
        (STRIP, Table(("Person", "Value"), (("A", "10"), ("B", "90"), ("", "median 50")))),
        (
            TIMELINE,
            Table(("Person", "What", "When"), (("Ana", "Trip", "10–13 Nov"), ("Ana", "Due", "20 Nov"))),
        ),
        (SPARK, Table(("", ""), (("Ana", "3"),))),
    ],
    ids=lambda value: value.title if isinstance(value, Chart) else "",
)
def test_table_behind(chart: Chart, table: Table) -> None:
    assert chart.table == table


# Texts


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("Lodging", 200, "Lodging"),
        ("International travel and lodging", 100, "International t…"),
        ("東京大学医学部附属病院", 60, "東京大学…"),
        ("المملكة العربية السعودية", 70, "المملكة ا…"),
        ("Zoe\u0301 Mu\u0308ller", 33, "Zoe\u0301…"),
        ("👩\u200d👩\u200d👧 family", 20, "👩…"),
        ("W", 1, "W…"),
    ],
)
def test_long_labels_are_cut_between_letters(text: str, room: float, expected: str) -> None:
    assert cut(text, room, 12) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Meals and receptions at the venue", ["Meals and", "reception…"]),
        ("東京大学医学部附属病院分院", ["東京大学医", "学部附属…"]),
        ("Donaudampfschifffahrtsgesellschaft", ["Donauda…"]),
        ("", [""]),
    ],
)
def test_long_labels_are_wrapped(text: str, expected: list[str]) -> None:
    assert wrap(text, 70, 12) == expected


@given(st.text(max_size=60), st.floats(20, 200))
def test_cut_text_fits(text: str, room: float) -> None:
    short = cut(clean(text), room, 12)
    assert width_of(short, 12) <= room or len(short) <= 2


def test_direction_is_kept_to_itself() -> None:
    assert isolated("שלום (3)") == "\u2068שלום (3)\u2069"
    assert isolated("Zoë (3)") == "Zoë (3)"


def _bar(label: str, value: float) -> Chart:
    return BarChart(title=label, bars=(Bar(label, value, f"{value:g}"), Bar("b", 1, "1")))


def _stack(label: str, value: float) -> Chart:
    return StackedBarChart(
        title=label,
        labels=(label,),
        series=(Series("s", Kind.CASH, (value,), ("x",)), Series("t", Kind.UNITS, (-value,), ("y",))),
    )


def _meter(label: str, value: float) -> Chart:
    return CapMeter(
        title=label, value=value, text=label, soft=3, soft_text=label, hard=4, hard_text=label, state=label
    )


def _strip(label: str, value: float) -> Chart:
    return DistributionStrip(
        title=label,
        dots=(Dot(label, value, "x", is_highlighted=True), Dot("b", 1, "1")),
        marks=(Mark(value, label),),
    )


def _line(label: str, value: float) -> Chart:
    return LineChart(
        title=label, labels=(label, "b"), series=(LineSeries(label, Kind.WARN, (value, 0), ("x", label)),)
    )


@settings(max_examples=60, deadline=None)
@example("A", 5e-324, _line, 200)
@example("A", -5e-324, _bar, 200)
@example("A", 5e-324, _bar, 200)
@example("A", 5e-324, _stack, 200)
@example("A", 5e-324, _meter, 200)
@example("A", 5e-324, _strip, 200)
@given(
    st.text(max_size=40),
    st.floats(-1e9, 1e9),
    st.sampled_from([_bar, _stack, _meter, _strip, _line]),
    st.sampled_from([200, 390, 900]),
)
def test_any_label_and_value_gives_xml(
    label: str, value: float, make: Callable[[str, float], Chart], width: int
) -> None:
    svg = make(label, value).svg(width=width)
    root = parsed(svg)
    assert float(root.attrib["height"]) > 0
    assert [item for item in root.iter(SVG + "rect") if float(item.attrib["width"]) < 0] == []
