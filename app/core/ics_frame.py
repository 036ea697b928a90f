"""Whether bytes are a whole calendar of a size that is read: one answer for the reader of a whole one and the reader by line."""

from flask_babel import gettext as _

from app.core.i18n import number


def why_no_calendar(head: bytes, tail: bytes, n_items: int, most_items: int) -> str:
    """Why this is not read, for the person at the screen; empty when it may be. `head` and `tail` are some 4,096 bytes."""
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().upper().startswith(b"BEGIN:VCALENDAR"):
        return str(_("This is not a calendar: it does not begin with BEGIN:VCALENDAR."))
    if not tail.rstrip().upper().endswith(b"END:VCALENDAR"):
        return str(_("This calendar is cut off: it does not end with END:VCALENDAR."))
    if n_items > most_items:
        return str(_("This calendar holds more than %(most_items)s items.", most_items=number(most_items)))
    return ""
