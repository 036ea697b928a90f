"""The ground floor: everything a room builds on that knows no business word."""

import zoneinfo

# Times on screens and times in calendars must come from the same rules: those of the `tzdata` package, which is
# pinned, and not those of the operating system, which differ from machine to machine.
zoneinfo.reset_tzpath(to=())
