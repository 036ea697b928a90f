"""The addresses a rule of the route map may have in the demo, so that a new page is found without being named."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

from werkzeug.routing import Rule

from app.core import clock

#: Where the numbers in addresses are looked for.
NUMBERS = {1: [(n,) for n in range(1, 21)], 2: list(product(range(1, 3), range(1, 20)))}
#: What was lent was entered by hand, after all the demo has in its book.
LENT = {
    f"ledger.{what}": [(n,) for n in range(110, 140)]
    for what in ("return_loan", "convert_loan", "ask_write_off", "decide_write_off")
} | {"ledger.correct": [(n,) for n in range(140, 109, -1)]}
#: Engagements and affiliate shares at the step their page is for, as `factories/paid.py` leaves them.
AT_STEP = {
    "advisory.show": [(6,)], "advisory.clear": [(2,)], "advisory.refuse": [(2,)], "advisory.move_service": [(2,)],
    "advisory.end": [(2,)], "advisory.contract": [(3,)], "advisory.deliver": [(4,)], "advisory.pay": [(5,)],
    "advisory.add_file": [(6,)], "advisory.answer_advice": [(4,)], "advisory.share.show": [(3,)],
    "advisory.share.approve": [(1,)], "advisory.share.refuse": [(1,)], "advisory.share.contract": [(2,)],
    "advisory.share.new_statement": [(3,)], "advisory.share.pay": [(3,)], "advisory.share.end": [(3,)],
    "advisory.share.reverse_statement": [(4,)],
}  # fmt: skip
#: Pages that want to be asked for something.
QUERIES = {
    "outreach.batch": ["?name=hand-over-1"],
    "lists.bulk": ["?ids=1"],
    "outreach.assign_message": ["?q=amal"],
    "outreach.new_touch": ["?person=1"],
    "outreach.several": ["?person=1&person=2"],
    "reports.saved.new": ["?report=exceptions&days=last-month"],
    "reports.runs.compare": ["?before=2&after=3"],
    "handovers.plan": [
        f"?to_user={number}&from_on={clock.today() + timedelta(days=30)}" for number in range(1, 21)
    ],
}
KINDS = {"kind": "leg", "how": "decline", "format": "pdf", "key": "people", "action": "deputy"}
OTHER_KINDS = {
    "privacy.retention.rule": {"kind": "trips"},
    "travel.send_document": {"kind": "arrivals"},
    "reports.export_proximity": {"format": "csv"},
    "reports.show": {"key": "exceptions"},
    "reports.export": {"key": "exceptions", "format": "csv"},
    "reports.runs.export": {"format": "csv"},
    "reports.runs.export_difference": {"format": "csv"},
}
#: Pages whose address another page gives: who reads it there, and what it looks like.
LED_TO = {
    "people.restore": ("mei", "/people/1/history", r'href="(/people/changes/[^"]+/restore)"'),
    "events.end_offer": ("ruth", "/events/3/waitlist", r'href="(/events/invitations/\d+/offer/end)"'),
}


def addresses_of(rule: Rule) -> Iterator[str]:
    """The addresses a rule may have: one, or one per number, until somebody finds a page there."""
    parts = re.findall(r"<([^>]+)>", rule.rule)
    kinds = KINDS | OTHER_KINDS.get(rule.endpoint, {})
    for given in (LENT | AT_STEP).get(rule.endpoint) or NUMBERS.get(
        sum(part.startswith("int") for part in parts), [()]
    ):
        values, address = iter(given), rule.rule
        for part in parts:
            value = str(next(values)) if part.startswith("int") else kinds[part.rpartition(":")[2]]
            address = address.replace(f"<{part}>", value, 1)
        yield from (address + query for query in QUERIES.get(rule.endpoint, [""]))
