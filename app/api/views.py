"""The interface under /api/v1, and the page that explains it."""

from functools import cache, partial
from typing import Any

from flask import Response, current_app, render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import public, requires
from app.api import idempotency
from app.api.describing import describe
from app.api.docs import REFUSALS, WEBHOOK_CHECK, WEBHOOK_EXAMPLE, example_of, groups_of
from app.api.layer import bp
from app.core.extensions import csrf
from app.webhooks.catalogue import KINDS

VERSION = "1.0.0"

# A token is sent on purpose, never by a browser on its own: there is nothing to forge.
csrf.exempt(bp)
bp.before_request(idempotency.claim)
bp.after_request(idempotency.release)


@bp.get("/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    """The description of the interface, for programs; it holds no data."""
    response = current_app.json.response(_description(current_app.config["BASE_URL"]))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@cache
def _description(base_url: str) -> dict[str, Any]:
    return describe("Rapport", VERSION, f"{base_url}/api/v1")


@requires("accounts:self")
def docs() -> ResponseReturnValue:
    """The description of the interface, for people."""
    found = _description(current_app.config["BASE_URL"])
    page = render_template(
        "api/docs.html", found=found, schemas=found["components"]["schemas"], groups=groups_of(found), refusals=REFUSALS,
        example_of=partial(example_of, found), event_kinds=KINDS.values(), webhook_example=WEBHOOK_EXAMPLE,
        webhook_check=WEBHOOK_CHECK, per_minute=current_app.config["API_PER_MINUTE"],
    )  # fmt: skip
    return Response(page)


# Under /api only tokens open a door; this page is for people who are signed in.
bp.record_once(lambda state: state.app.add_url_rule("/developers", "api.docs", docs))


# The addresses declare themselves, in the order the description shows them.
from app.api import (  # noqa: E402
    views_advisory,  # noqa: F401
    views_calendars,  # noqa: F401
    views_disclosures,  # noqa: F401
    views_enrolments,  # noqa: F401
    views_events,  # noqa: F401
    views_executives,  # noqa: F401
    views_imports,  # noqa: F401
    views_invitations,  # noqa: F401
    views_ledger,  # noqa: F401
    views_organisations,  # noqa: F401
    views_outreach,  # noqa: F401
    views_people,  # noqa: F401
    views_programs,  # noqa: F401
    views_reports,  # noqa: F401
    views_runs,  # noqa: F401
    views_sessions,  # noqa: F401
    views_shares,  # noqa: F401
    views_travel,  # noqa: F401
    views_webhooks,  # noqa: F401
)
