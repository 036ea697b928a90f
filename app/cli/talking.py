"""What commands say: sentences and a moving line on a terminal, plain lines in a pipe, JSON for scripts."""

import json
import sys
from collections.abc import Callable
from time import monotonic
from typing import Any

import click
from msgspec import Struct, field

_BAR = 28
_REDRAW_SECONDS = 0.1
#: Shorter work says nothing in a pipe before it is done.
_WORTH_TELLING = 5_000


class Talk(Struct):
    """The voice of one command: results on stdout, progress on stderr."""

    is_json: bool = False
    _drawn_at: float = 0.0
    _quarter: int = -1
    _is_line_open: bool = False
    _facts: dict[str, Any] = field(default_factory=dict)

    def say(self, *sentences: str) -> None:
        """A result in words; scripts that asked for JSON do not hear it."""
        self._close_line()
        if not self.is_json:
            for sentence in sentences:
                click.echo(sentence)

    def step(self, words: str) -> None:
        """What is being done now."""
        self._close_line()
        if not self.is_json:
            click.echo(f"  {words}", err=True)

    def give(self, facts: dict[str, Any]) -> None:
        """The result for scripts, one JSON object; people do not see it."""
        self._close_line()
        if self.is_json:
            click.echo(json.dumps(facts, ensure_ascii=False))

    def progress(self, doing: str, reading: str = "") -> Callable[[int, int], None]:
        """A listener for (done, total); the total is 0 as long as it is not known, then `reading` is said."""

        def hear(done: int, total: int) -> None:
            if sys.stderr.isatty():
                self._draw(doing if total else reading or doing, done, total)
            elif total >= _WORTH_TELLING:
                self._say_quarter(doing, done, total)

        return hear

    def _draw(self, doing: str, done: int, total: int) -> None:
        now = monotonic()
        if now - self._drawn_at < _REDRAW_SECONDS and done != total:
            return
        self._drawn_at, self._is_line_open = now, True
        filled = _BAR * done // total if total else 0
        bar = f"[{'#' * filled}{'.' * (_BAR - filled)}] {100 * done // total:3} %" if total else ""
        click.echo(f"\r\x1b[K  {doing} {bar} {done:,}", nl=False, err=True)

    def _say_quarter(self, doing: str, done: int, total: int) -> None:
        quarter = 4 * done // total
        if quarter != self._quarter:
            self._quarter = quarter
            if not self.is_json and quarter:
                click.echo(f"  {doing} {25 * quarter} %: {done:,} of {total:,}", err=True)

    def _close_line(self) -> None:
        if self._is_line_open:
            click.echo("\r\x1b[K", nl=False, err=True)
            self._is_line_open = False


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--json`: one JSON object on stdout instead of sentences."""
    return click.option("--json", "is_json", is_flag=True, help="Say the result as one JSON object.")(command)
