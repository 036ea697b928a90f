"""Rapport: standing relationships with outside experts, openly."""

import warnings
from importlib import import_module
from typing import Any

from flask import Flask

import config
from app.accounts import access, frame, signing_in
from app.core import assets, door, extensions, i18n, jobs, logs, settings, spoken
from app.core.db import db, engine_options, prepare_engine, writing_connections

#: Rooms with pages, in the order of the navigation; each has `views.bp`.
ROOMS = (
    "accounts",
    "lists",
    "notices",
    "people",
    "programs",
    "outreach",
    "events",
    "travel",
    "executives",
    "disclosures",
    "ledger",
    "periods",
    "advisory",
    "calendars",
    "reports",
    "imports",
    "webhooks",
    "handovers",
    "privacy",
    "portal",
    "api",
    "upkeep",
)
#: Rooms with fields that some roles may not see; `guarded.py` says which.
_WITH_GUARDS = ("people", "programs", "outreach", "events", "travel", "executives", "ledger", "advisory")
#: Rooms that keep nothing in tables of their own.
_WITHOUT_TABLES = frozenset({"upkeep"})


def create_app(**overrides: Any) -> Flask:
    """Build the application; `overrides` are configuration keys (tests use them)."""
    app = door.App(__name__, template_folder="../templates", static_folder=None)
    app.config.from_mapping(config.load() | overrides)
    settings.check(app.config)
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", engine_options(app.config["SQLALCHEMY_DATABASE_URI"]))
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    logs.init_app(app)
    door.init_app(app)
    extensions.init_app(app)
    i18n.init_app(app)
    spoken.init_app(app)
    assets.init_app(app)
    jobs.init_app(app)
    signing_in.init_app(app)
    access.init_app(app)
    # All tables before any question about them: the ORM links what it knows whenever it is asked, and once is faster than often.
    for room in ROOMS:
        import_module(f"app.{room}.models") if room not in _WITHOUT_TABLES else None
    for room in ROOMS:
        app.register_blueprint(import_module(f"app.{room}.views").bp)
    for room in _WITH_GUARDS:
        import_module(f"app.{room}.guarded")
    frame.init_app(app)
    import_module("app.upkeep.metrics").init_app(app)
    return app


def migrate(app: Flask) -> None:
    """Bring the database to the newest shape; each migration is one transaction."""
    with app.app_context(), writing_connections(), warnings.catch_warnings():
        # These indexes are made by migrations alone; that they cannot be read back tells whoever runs this nothing.
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
        extensions.alembic.upgrade()
