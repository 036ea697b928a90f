"""Templates as they run: compiled once and kept, looked up in one mapping."""

import hashlib
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from keyword import iskeyword
from pathlib import Path
from typing import Any

import jinja2
import markupsafe
from flask.templating import Environment
from jinja2 import nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, escape
from werkzeug.local import LocalProxy

#: Git-ignored and safe to delete. Where nobody may write here, each process compiles what it shows.
_BUILD = Path(__file__).resolve().parents[2] / "build" / "templates"
#: This file says how code is made too.
_ITSELF = Path(__file__).read_text(encoding="utf-8")
#: What `escape` makes markup of.
_escaped: Callable[[str], str] = markupsafe._escape_inner  # type: ignore[attr-defined]


class Code(CodeGenerator):
    """A page makes hundreds of calls, and with each Jinja would ask what the function wants to be handed beside its values.

    Of a function that templates share it is known beforehand; whether a name stands for a macro is seen when it is called.
    """

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802 -- Jinja's name
        for child in node.nodes:
            # What is left out without "else" is written as nothing; Jinja makes an undefined value, and nothing of that.
            if isinstance(child, nodes.CondExpr) and child.expr2 is None:
                child.expr2 = nodes.Const("")
        super().visit_Output(node, frame)

    def visit_Call(  # noqa: N802 -- Jinja's name
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        shared = self.environment.globals.get(name)
        first = {"": (), "eval_context": ("context.eval_ctx",), "environment": ("environment",)}.get(
            _wants(shared)
        )
        is_plain = not (node.dyn_args or node.dyn_kwargs or any(iskeyword(one.key) for one in node.kwargs))
        if not name or first is None or not is_plain:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        if shared is None:
            self.write("call(context, ")
        self.visit(node.node, frame)
        self.write(", " if shared is None else "(")
        for words in first:
            self.write(f"{words}, ")
        for one in (*node.args, *node.kwargs):
            self.visit(one, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")


def _wants(called: Any) -> str:
    """What Jinja hands to a function before its values: "context", "eval_context", "environment", or nothing."""
    if type(called) is LocalProxy:  # it would ask what stands behind it, which is nothing outside a request
        return ""
    if not hasattr(called, "jinja_pass_arg"):
        called = getattr(called, "__call__", None)  # noqa: B004 -- an object may be called too
    wanted = getattr(called, "jinja_pass_arg", None)
    return str(wanted.name) if wanted else ""


class Page(jinja2.Template):
    """What the code of a template finds in place of what Jinja would give it."""

    @classmethod
    def from_code(cls, *args: Any, **kwargs: Any) -> jinja2.Template:
        made = super().from_code(*args, **kwargs)
        made.root_render_func.__globals__.update(escape=escaped, call=call)
        return made


def escaped(value: Any) -> str:
    """`escape` for what is written at once: half of it is markup already, and nobody will ask of the rest whether it is."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]
    return _escaped(value) if kind is str else escape(value)


def call(context: Context, called: Any, /, *given: Any, **named: Any) -> Any:
    """What `context.call` does, and shorter for a macro, which is what a name mostly stands for."""
    if type(called) is not Macro or called.catch_kwargs or called.catch_varargs or called.explicit_caller:
        return context.call(called, *given, **named)
    values = [*given, *[named.pop(name, missing) for name in called.arguments[len(given) :]]]
    if called.caller:
        values.append(
            named.pop("caller", None) or context.environment.undefined("No caller defined", name="caller")
        )
    if named or len(given) > len(called.arguments):
        return called(*given, **named)  # it says what is wrong with them
    text = called._func(*values)
    return Markup(text) if context.eval_ctx.autoescape else text  # noqa: S704 -- made by a template


class Templates(Environment):
    """Templates share the globals there are, which nobody changes once pages are made.

    Jinja lays an empty mapping of each template over them, and then every import on a page looks them through key by key.
    """

    template_class = Page
    code_generator_class = Code

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
    """Changes with whatever code is made differently for: Jinja itself, this file, what filters, tests and functions want."""
    wants = (
        f"{kind} {name} {_wants(one)}"
        for kind, named in (
            ("filter", environment.filters),
            ("test", environment.tests),
            ("global", environment.globals),
        )
        for name, one in sorted(named.items())
    )
    parts = [jinja2.__version__, _ITSELF, *sorted(environment.extensions), *wants]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def compile_all(environment: jinja2.Environment) -> int:
    """Compile every template there is, for a place where nobody may write later. How many."""
    names = environment.list_templates()
    for name in names:
        environment.get_template(name)
    return len(names)
