"""Third-party Flask extensions, in one place so that leaving one is a day's work."""

from pathlib import Path

from flask import Flask
from flask_alembic import Alembic
from flask_wtf.csrf import CSRFProtect

alembic = Alembic(run_mkdir=False, command_name="db")
csrf = CSRFProtect()

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def init_app(app: Flask) -> None:
    """Bind the extensions to an app."""
    app.config.setdefault(
        "ALEMBIC", {"script_location": str(MIGRATIONS), "version_locations": [str(MIGRATIONS / "versions")]}
    )
    # SQLite can roll DDL back when the driver leaves BEGIN to us, so a failed migration leaves nothing behind.
    app.config.setdefault(
        "ALEMBIC_CONTEXT",
        {
            "render_as_batch": True, "transactional_ddl": True, "compare_type": True,
            "include_name": _is_known_to_models,
        },
    )  # fmt: skip
    alembic.init_app(app)
    csrf.init_app(app)


def _is_known_to_models(name: str | None, kind: str, _parents: object) -> bool:
    """Whether models and database are compared by this name: what finds words (`core.fulltext`) and orders by an
    expression is made by migrations alone, as its shape differs from engine to engine.
    """
    plain = name or ""
    return not (kind == "table" and "_search" in plain) and not (kind == "index" and plain.startswith("x_"))


def head() -> str:
    """The version of the database this program works with."""
    return (MIGRATIONS / "HEAD").read_text().strip()


def known_versions() -> frozenset[str]:
    """The versions this program has migrations for; their files are named NNNN_what_changed.py."""
    return frozenset(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
