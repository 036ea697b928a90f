"""Templates as they run: compiled once and kept, looked up in one mapping."""

import hashlib
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import jinja2
from flask.templating import Environment
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

#: Git-ignored and safe to delete. Where nobody may write here, each process compiles what it shows.
_BUILD = Path(__file__).resolve().parents[2] / "build" / "templates"


class Page(jinja2.Template):
    """Half of what a template writes is markup already; what to make of it takes as long as writing the rest."""

    @classmethod
    def from_code(cls, *args: Any, **kwargs: Any) -> jinja2.Template:
        made = super().from_code(*args, **kwargs)
        made.root_render_func.__globals__["escape"] = escaped
        return made


def escaped(value: Any) -> Markup:
    """`escape`, which would make markup of markup anew."""
    return value if type(value) is Markup else escape(value)


class Templates(Environment):
    """Templates share the globals there are, which nobody changes once pages are made.

    Jinja lays an empty mapping of each template over them, and then every import on a page looks them through key by key.
    """

    template_class = Page

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


class Kept(jinja2.FileSystemBytecodeCache):
    """Compiled templates on disk, so that a process that is started again shows its first pages at once."""

    def __init__(self, folder: Path = _BUILD) -> None:
        super().__init__(str(folder), "%s.cache")

    def get_bucket(
        self, environment: jinja2.Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        # The source is only asked whether it is the one that was compiled.
        return super().get_bucket(environment, name, filename, _way_of_compiling(environment) + source)

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # what cannot be read is compiled
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # a program that nobody may write to, or a full disk
            Path(self.directory).mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)
            # Whoever builds the image is not who runs it.
            Path(self.directory, self.pattern % bucket.key).chmod(0o644)


def _way_of_compiling(environment: jinja2.Environment) -> str:
    """Changes with whatever code is made differently for: Jinja itself, what a filter or a test wants to be given."""
    wants = (
        f"{kind} {name} {getattr(one, 'jinja_pass_arg', '')}"
        for kind, named in (("filter", environment.filters), ("test", environment.tests))
        for name, one in sorted(named.items())
    )
    parts = [jinja2.__version__, *sorted(environment.extensions), *wants]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def compile_all(environment: jinja2.Environment) -> int:
    """Compile every template there is, for a place where nobody may write later. How many."""
    names = environment.list_templates()
    for name in names:
        environment.get_template(name)
    return len(names)
