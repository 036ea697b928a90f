"""Answers of other programs to invitations: what is read, and every kind of what is no answer (RFC 5546)."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import itip
from app.core.itip import NotAnAnswer, Reply, read_reply

UID = "0b6d9a52-8d53-4a2a-9a4c-6b6f1f1f1f1f"
PLAIN = {
    "UID": UID, "ATTENDEE;PARTSTAT=ACCEPTED": "mailto:amal@experts.example", "SEQUENCE": "2", "DTSTAMP": "20260901T090000Z",
    "ORGANIZER": "mailto:answers@lumen.example",
}  # fmt: skip


def reply(method: str = "REPLY", *, without: str = "", **more: str) -> str:
    lines = [f"{name}:{value}" for name, value in PLAIN.items() if not name.startswith(without or "-")]
    lines += list(more.values())
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    )  # fmt: skip


def test_a_plain_answer_is_read() -> None:
    assert read_reply(reply()) == Reply(
        method="REPLY", uid=UID, attendee="amal@experts.example", partstat="ACCEPTED", sequence=2,
        stamped_at=datetime(2026, 9, 1, 9, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "attendee", "partstat"),
    [
        ("ATTENDEE;PARTSTAT=DECLINED:MAILTO:Amal@Experts.example", "amal@experts.example", "DECLINED"),
        ("attendee;cn=\"A; B: C\";partstat=tentative:amal@experts.example", "amal@experts.example", "TENTATIVE"),
        ("ATTENDEE;CN=x;PARTSTAT=ACCEPTED;X-NUM-GUESTS=0:mailto:o'brien+x%25y@kol.example", "o'brien+x%y@kol.example",
         "ACCEPTED"),
        ("ATTENDEE;MEMBER=\"mailto:a@b.example\",\"mailto:c@d.example\";PARTSTAT=DELEGATED:mailto:\r\n amal@experts.example",
         "amal@experts.example", "DELEGATED"),
    ],
)  # fmt: skip
def test_every_way_of_writing_who_answers_is_read(line: str, attendee: str, partstat: str) -> None:
    found = read_reply(reply(without="ATTENDEE", attendee=line))
    assert (found.attendee, found.partstat) == (attendee, partstat)


def test_what_is_left_out_has_its_meaning_and_words_are_words() -> None:
    found = read_reply(reply(without="SEQUENCE", comment="COMMENT:Yes\\, but late\\nA\\;B \x07\x00"))
    assert (found.sequence, found.comment) == (0, "Yes, but late\nA;B")
    assert read_reply(reply(without="DTSTAMP")).stamped_at is None


@pytest.mark.parametrize(
    ("lines", "starts_at", "ends_at"),
    [
        (("DTSTART:20261013T100000Z", "DTEND:20261013T110000Z"), datetime(2026, 10, 13, 10), datetime(2026, 10, 13, 11)),
        (("DTSTART;TZID=Europe/London:20261013T100000", "DURATION:PT1H30M"), datetime(2026, 10, 13, 9),
         datetime(2026, 10, 13, 10, 30)),
        (("DTSTART;TZID=GMT Standard Time:20261013T100000", "DURATION:P1W"), datetime(2026, 10, 13, 9),
         datetime(2026, 10, 20, 9)),
        (("DTSTART;TZID=Customized Time Zone:20261013T100000",), None, None),
        (("DTSTART;VALUE=DATE:20261013",), None, None),
        (("DTSTART:20261399T990000Z", "DTEND:nonsense"), None, None),
    ],
)  # fmt: skip
def test_a_counter_says_what_it_proposes_as_far_as_it_can_be_read(
    lines: tuple[str, ...], starts_at: datetime | None, ends_at: datetime | None
) -> None:
    found = read_reply(reply("COUNTER", **{f"line{number}": line for number, line in enumerate(lines)}))
    expected = [when.replace(tzinfo=UTC) if when else None for when in (starts_at, ends_at)]
    assert [found.starts_at, found.ends_at] == expected


BROKEN = [
    ("two attendees", reply(more="ATTENDEE;PARTSTAT=ACCEPTED:mailto:ines@experts.example"), "It speaks for 2 people"),
    ("no attendee", reply(without="ATTENDEE"), "It speaks for no people"),
    ("no PARTSTAT", reply(without="ATTENDEE", more="ATTENDEE:mailto:amal@experts.example"), "It does not say yes or no"),
    ("not yet", reply(without="ATTENDEE", more="ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:a@b.example"),
     "It does not say yes or no"),
    ("another method", reply("REQUEST"), "It is no answer: its method is REQUEST"),
    ("no method", reply("").replace("METHOD:\r\n", ""), "It is no answer: its method is missing"),
    ("no UID", reply(without="UID"), "It does not say what it answers"),
    ("a huge UID", reply(without="UID", more="UID:" + "x" * 300), "It does not say what it answers"),
    ("no address", reply(without="ATTENDEE", more="ATTENDEE;PARTSTAT=ACCEPTED:urn:uuid:1"), "It does not say by an address"),
    ("a name for an address", reply(without="ATTENDEE", more="ATTENDEE;PARTSTAT=ACCEPTED:mailto:Amal <a@b.example>"),
     "It does not say by an address"),
    ("a sequence of letters", reply(without="SEQUENCE", more="SEQUENCE:two"), "It does not say which version"),
    ("a negative sequence", reply(without="SEQUENCE", more="SEQUENCE:-1"), "It does not say which version"),
    ("a sequence of a time stamp", reply(without="SEQUENCE", more="SEQUENCE:20260901090000"), "It does not say which version"),
    ("one day of a series", reply(more="RECURRENCE-ID:20260901T090000Z"), "It answers one day of a series"),
    ("two events", reply(more=f"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:{UID}"), "It answers several events at once"),
    ("no event", "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n", "It answers nothing"),
    ("a to-do", reply().replace("VEVENT", "VTODO"), "It answers nothing"),
    ("cut off", reply()[:-15], "It is broken: its end is missing"),
    ("crossed", reply().replace("END:VEVENT", "END:VTODO"), "It is broken: its parts do not end"),
    ("nested without end", "BEGIN:VCALENDAR\r\n" * 3000, "It is broken: its end is missing"),
    ("deep", "BEGIN:A\r\n" * 1900 + "END:A\r\n" * 1900, "It is no answer: its method is missing"),
    ("too many lines", "X:1\r\n" * 5000, "It is far too long"),
    ("huge", reply(more="COMMENT:" + "a" * 100_000), "It is far too long"),
    ("empty", "", "It is no answer"),
    ("HTML", "<html><body>Accepted</body></html>", "It is no answer"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_is_no_answer_says_why(text: str, reason: str) -> None:
    with pytest.raises(NotAnAnswer) as refused:
        read_reply(text)
    assert str(refused.value).startswith(reason)


@given(st.text(max_size=400), st.integers(0, 200))
def test_no_text_breaks_the_reading(junk: str, at: int) -> None:
    whole = reply()
    for text in (junk, whole[:at] + junk + whole[at:]):
        itip.method_of(text)
        try:
            read_reply(text)
        except NotAnAnswer:
            continue


def test_a_parameter_of_any_length_takes_no_time() -> None:
    """A line of 60,000 characters is read in one pass, whatever stands in it."""
    for filler in (";" * 60_000, ';A="' * 15_000, ";A=B," * 10_000, "\\" * 60_000):
        with pytest.raises(NotAnAnswer):
            read_reply(reply(without="ATTENDEE", more=f"ATTENDEE{filler}"))


def test_replies_of_the_standard_and_of_libical_are_read(shared_data: Path) -> None:
    text = (shared_data / "ics" / "itip_incoming.ics").read_text()
    found = []
    for part in text.split("BEGIN:VCALENDAR")[1:]:
        content = f"BEGIN:VCALENDAR{part}".strip()
        if itip.method_of(content) not in itip.METHODS:
            continue
        try:
            one = read_reply(content)
            found.append((one.method, one.attendee, one.partstat, one.sequence))
        except NotAnAnswer as reason:
            pytest.fail(f"{content}: {reason}")
    assert found == [
        ("REPLY", "b@example.com", "ACCEPTED", 1), ("REPLY", "b@example.com", "DELEGATED", 1),
        ("REPLY", "c@example.com", "DECLINED", 1), ("REPLY", "x@example.com", "ACCEPTED", 1),
        ("REPLY", "y@example.com", "DECLINED", 1), ("COUNTER", "c@example.com", "", 1),
    ]  # fmt: skip
    assert (one.starts_at, one.ends_at) == (
        datetime(1997, 7, 1, 19, tzinfo=UTC),
        datetime(1997, 7, 1, 21, tzinfo=UTC),
    )
