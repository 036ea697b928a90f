"""The table of what people and programs type wrongly, by the kind of field it is typed into."""

LONG = "x" * 200_000

#: Never acceptable in a field of this kind: the answer must be a refusal that names the field.
WRONG: dict[str, list[str]] = {
    "date": ["31/31", "2026-02-30", "0000-01-01", "9999-12-31", "10000-01-01", "1989-12-31", "today", "2026-10-12T10:00", "-1",
             "2026-10-12\x00", "٢٠٢٦-١٠-١٢x", "1e400", LONG],
    "datetime-local": ["2026-10-12", "2026-10-12T25:00", "0001-01-01T00:00", "9999-12-31T23:59", "10000-01-01T00:00", "now",
                       "2026-10-12T18:30+25:00", "\x00", LONG],
    "decimal": ["1e400", "1e5", "NaN", "Infinity", "-Infinity", "-1", "-0.01", "12,345.6789", "0x10", "ten", "1 2 3,4,5", "1.2.3",
                "--1", "\x00", "9" * 39, "9" * 4000, "$5", "½", "１e２", LONG],
    "number": ["-1", "1.5", "1e3", "NaN", "ten", "9" * 25, "9" * 5000, "-" + "9" * 25, str(2**31), str(2**63), "0x10", "\x00", "½", LONG],
    "currency": ["XX", "ZZZ", "GBPX", "£", "gb p", "\x00", "١٢٣", "<b>", LONG],
    "zone": ["Mars/Olympus", "../../etc/passwd", "Europe/London\x00", "/etc/localtime", "+01:00", "localtime", LONG],
    "select": ["no such choice", "-1", "0x1", str(2**63), "9" * 40, "1.0", "\x00", "\ud800", "' OR 1=1 --", LONG],
    "radio": ["no such choice", "\x00", LONG],
    "email": ["nobody", "a@b", "a b@example.org", "a@example.org\nBcc: x@example.org", "@", "a@" + "x" * 300 + ".org", "\x00", LONG],
    "url": ["javascript:alert(1)", "data:text/html,x", "example", "http://", "https://[::1", "https://exa mple.org/\x00", LONG],
    "text": ["\x00", "a\x00b\x1b[2J", LONG],
    "textarea": ["\x00", "a\x00b\x1b[2J", LONG],
}  # fmt: skip

#: Odd, and for the field to judge: whatever it says, it is said with a page, and what was typed comes back.
ODD: list[str] = [
    "", "   ", "\u202egnp.exe", "<script>alert(1)</script>", "{{ 7*7 }}", "%00", "\ud800", "\udfff\ud800", "\ufeff", "🦊" * 50, "é" * 400,
    "-1", "0", str(2**63), "1e400", "NaN", "'; DROP TABLE person; --", "../../../etc/passwd", "=HYPERLINK(1)", "\u0000\u0001", "a\r\nb",
    "2027-03-28T01:30",
]  # fmt: skip

#: For the query string: each is given to each name a page may read.
QUERY: list[str] = [
    "", "\x00", "-1", "0", str(2**31), str(2**63), "9" * 40, "9" * 5000, "nan", "1e400", "1.5", "x" * 10_000, "\ud800", "%", "_", "\\",
    "'\"<b>", "\u202e", "0000-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "2026-13", "-seq", "--", "٣", "½",
]  # fmt: skip

#: For the version a form carries: a hidden field, so nobody typed it and no message is owed.
VERSIONS: list[str] = ["", "garbage", "-1", "0", "1e3", "9" * 40, "\x00", "½", "٣", "\ud800", "x" * 5000]

#: What a number in a path may be instead.
NUMBERS: list[str] = [
    "0",
    "-1",
    str(2**31),
    str(2**63 - 1),
    str(2**63),
    "9" * 40,
    "9" * 5000,
    "99999999",
    "x",
    "1.0",
    "%00",
    "٣",
    "½",
]
