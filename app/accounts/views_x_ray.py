"""The permission X-ray: which role may use which route, and which role sees which guarded field by which way."""

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts import guarded, permissions, x_ray
from app.accounts.access import requires
from app.accounts.models import Role
from app.accounts.views import bp
from app.core.forms import words_of


@bp.get("/settings/x-ray")
@requires("audit:read")
def x_ray_page() -> ResponseReturnValue:
    """Routes and fields, as the program itself decides about them; nothing here is written down a second time."""
    routes = x_ray.list_routes(current_app)
    asked = {name: request.args.get(name, "").strip()[:80] for name in ("room", "role", "permission")}
    fields = [one for one in guarded.list_fields() if asked["room"] in ("", one.room)]
    return render_template(
        "accounts/x_ray.html", asked=asked, lines=x_ray.count_by_room(routes), n_routes=len(routes),
        found=x_ray.narrow(routes, **asked) if any(asked.values()) else [], fields=fields,
        room_choices=_choices({one.room for one in routes}), right_choices=[(one, one) for one in sorted(permissions.ALL)],
        roles=list(Role), role_choices=words_of(Role),
    )  # fmt: skip


def _choices(rooms: set[str]) -> list[tuple[str, str]]:
    return [(room, room.capitalize()) for room in sorted(rooms)]
