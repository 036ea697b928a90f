## feed.py: the feed of an event with 500 sessions
Ours from the database to bytes and ETag, against the icalendar library alone with the same values already in memory (no
time zones, no database). Budget: 1.5 times; measured 0.30 to 0.39 on a busy machine of two cores. An unchanged feed is read again (eight
queries: the feed with its reader, the event, and one per kind of item) but not rendered: a 304 and an unchanged 200 render nothing, which the script
checks. `python bench/feed.py [--sessions N] [--rounds N]`; exit status 1 above the budget.
