"""Addresses within the house: what a number in them may be, and how they are written quickly."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, cast

from flask import Flask, has_request_context, request
from flask_babel import gettext as _
from werkzeug.routing import BuildError, IntegerConverter, Map, Rule

#: Stands for numbers in the pattern of an address: none that a row can have, and none that an address holds otherwise.
_NO_ROW: Final = 9_007_199_254_740_001


class RowNumber(IntegerConverter):
    """`<int:id>`: a number a row can have; everything else is an address nobody has, not a question to the database."""

    #: Written out to the last number there is: one that is greater matches no address, whatever the method.
    regex = (
        "(?:[0-9]{1,9}|[01][0-9]{9}|20[0-9]{8}|21[0-3][0-9]{7}|214[0-6][0-9]{6}|2147[0-3][0-9]{5}|21474[0-7][0-9]{4}"
        "|214748[0-2][0-9]{3}|2147483[0-5][0-9]{2}|21474836[0-3][0-9]|214748364[0-7])"
    )

    def __init__(self, map: Map, max: int = 2**31 - 1) -> None:
        super().__init__(map, max=max)


class Address(Rule):
    """A rule that makes the function which writes its addresses when the first one is wanted.

    There are two for each of some nine hundred rules, and most are never asked for in the life of a process.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        kept = "_build_unknown" if append_unknown else "_build"

        def write(_rule: Rule, **values: Any) -> tuple[str, str]:
            made = super(Address, self)._compile_builder(append_unknown).__get__(self, None)
            setattr(self, kept, made)
            return cast(tuple[str, str], made(**values))

        return write


class WithAddresses(Flask):
    """Flask that writes addresses of rows by a pattern."""

    url_rule_class = Address

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url_map.converters["int"] = RowNumber
        self._pattern = lru_cache(maxsize=4096)(self._write_pattern)

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """As Flask does it; addresses that differ by numbers alone are written by a pattern, for a page has dozens of them."""
        if endpoint[:1] == "." or not has_request_context():
            return super().url_for(endpoint, **values)
        for value in values.values():
            if type(value) is not int:
                return super().url_for(endpoint, **values)
        pattern = self._pattern(request.script_root, endpoint, tuple(values))
        return pattern % values if pattern else super().url_for(endpoint, **values)

    def _write_pattern(self, _mounted_at: str, endpoint: str, names: tuple[str, ...]) -> str:
        """The address of an endpoint with a place for each number; empty where there is none within this house."""
        numbers: dict[str, Any] = {name: _NO_ROW + place for place, name in enumerate(names)}
        try:
            address = super().url_for(endpoint, **numbers)
        except BuildError:  # who asked is told, with what they asked
            return ""
        address = address.replace("%", "%%")
        for name, number in numbers.items():
            address = address.replace(str(number), f"%({name})d")
        return address if address.startswith("/") else ""


def unknown_in(label: str) -> str:
    """What a list says of a filter in its address, by the filter's label, that cannot be read or names what is not there."""
    return str(
        _(
            "“%(label)s” in this address names something that does not exist (any more). The list is shown without it.",
            label=label,
        )
    )
