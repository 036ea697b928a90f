"""How the house looks: a colour nobody could read and a file that is no picture are refused; what is kept is our own."""

import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from app.accounts import logos
from app.accounts.logos import LogoRefused
from app.accounts.models import AuditEvent, Role
from app.core import branding, colours, outbox
from app.core.db import db, transaction
from app.core.mail import parts_of
from app.core.models import OutboxMail

SignIn = Callable[..., FlaskClient]
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.fixture
def ada(signed_in: SignIn) -> FlaskClient:
    return signed_in(Role.ADMIN)


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 100), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#884422").save(out, kind, **more)
    return out.getvalue()


def send(browser: FlaskClient, **fields: object) -> int:
    return browser.post("/settings/branding", data=fields, content_type="multipart/form-data").status_code


# -- colours ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48), ("#767676", "#ffffff", 4.54)],
)  # fmt: skip
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    """The last two are the best known pair around 4.5."""
    assert round(colours.contrast(one, other), 2) == ratio
    assert colours.contrast(one, other) == colours.contrast(other, one)


@given(COLOURS)
def test_a_lighter_shade_can_always_be_read_in_the_dark(colour: str) -> None:
    assert colours.is_readable_dark(colours.lightened(colour))


@given(COLOURS)
def test_what_is_allowed_on_light_pages_can_be_read_on_both_papers(colour: str) -> None:
    if colours.is_readable_light(colour):
        assert colours.contrast(colour, "#ffffff") >= 4.5
        assert colours.contrast(colour, colours.soft_light(colour)) >= 4.5


# -- the setting -----------------------------------------------------------------------------------


def test_name_and_colour_are_on_every_page_of_the_house(ada: FlaskClient, app: Flask) -> None:
    assert send(ada, name="Harbour Labs", light="#7A1F5C") == 303
    page = ada.get("/people/").text
    sheet = re.search(r'href="(/brand/[^"]+\.css)"', page)
    assert sheet is not None
    assert "Harbour Labs" in page
    css = app.test_client().get(sheet[1])
    assert (css.status_code, css.mimetype, "#7a1f5c" in css.text) == (200, "text/css", True)
    for address in ("/sign-in", "/p/verify"):
        door = app.test_client().get(address).text
        assert ("Harbour Labs" in door, sheet[1] in door) == (True, True), address
    assert "Lumen Networks" not in app.test_client().get("/sign-in").text


def test_mails_say_the_name(ada: FlaskClient) -> None:
    send(ada, name="Harbour Labs")
    with transaction():
        outbox.queue_mail(
            recipient="mei@lumen.example", subject="Hello", text="Words.", dedup_key="a", kind="test"
        )
    row = db.session.scalars(sa.select(OutboxMail)).one()
    assert b"From: Harbour Labs <" in row.raw
    assert parts_of(row.raw).text.strip() == "Words."


def test_what_is_left_empty_is_as_rapport_comes(ada: FlaskClient) -> None:
    send(ada, name="Harbour Labs", light="#7a1f5c")
    send(ada, name="", light="", dark="")
    page = ada.get("/settings/branding").text
    assert ("/brand/" in page, "Lumen Networks" in page) == (False, True)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"light": "#ffff00"}, "Nobody could read words"),
        ({"light": "#00ff00"}, "Nobody could read words"),
        ({"light": "#777777"}, "Nobody could read words"),
        ({"light": "#7a1f5c", "dark": "#7a1f5c"}, "Nobody could read words"),
        ({"dark": "#55bdb4"}, "light pages first"),
        ({"light": "red"}, "six digits"),
        ({"light": "#12345"}, "six digits"),
        ({"light": "#12345g"}, "six digits"),
        ({"light": "}a{b:c"}, "six digits"),
        ({"light": "#7a1f5c", "dark": "url(x)"}, "six digits"),
        ({"light": "#7a1f5c" * 3}, "At most 7"),
        ({"name": "x" * 81}, "At most 80"),
        ({"name": "a\x00b"}, "cannot be"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    ada: FlaskClient, fields: dict[str, str], message: str
) -> None:
    answer = ada.post("/settings/branding", data=fields)
    assert (answer.status_code, message in answer.text) == (422, True), re.findall(r'class="err[^>]*>[^<]*<', answer.text)  # fmt: skip
    assert not branding.brand().is_own


def test_every_choice_is_written_down(ada: FlaskClient) -> None:
    send(ada, name="Harbour Labs")
    send(ada, name="Harbour Works")
    lines = sa.select(sa.func.count()).where(AuditEvent.action == "accounts.branding_set")
    assert db.session.scalar(lines) == 2


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.ADMIN])
def test_only_administrators_choose(signed_in: SignIn, role: Role) -> None:
    assert send(signed_in(role), name="Mine") == 403


# -- logo ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_is_drawn_anew_and_shown(ada: FlaskClient, app: Flask, kind: str) -> None:
    assert send(ada, logo=(io.BytesIO(picture(kind, (3000, 1000))), "logo.png")) == 303
    found = branding.brand().logo
    assert found is not None
    assert (found.width, found.height) == (384, 128)
    answer = app.test_client().get(f"/brand/{found.sha}.png")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(answer.data)) as shown:
        assert (shown.format, shown.size) == ("PNG", (384, 128))
    for address in ("/sign-in", "/p/verify"):
        assert f"/brand/{found.sha}.png" in app.test_client().get(address).text
    assert app.test_client().get("/brand/000000000000.png").status_code == 404
    assert send(ada, is_logo_dropped="y") == 303
    assert app.test_client().get(f"/brand/{found.sha}.png").status_code == 404


def test_nothing_else_of_the_file_is_kept() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "zq-somebody")
    _logo, png = logos.redrawn(picture(pnginfo=info) + b"zq-trailer")
    assert b"zq-" not in png


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"GIF89a" + b"\x00" * 40, "GIF"),
        (b"%PDF-1.7\n%%EOF", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "only the beginning of a PNG"),
        (picture()[:60], "cut off"),
        (picture(size=(8, 8)), "too small"),
        (picture(size=(5000, 5000)), "too many points"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 1_000_001, "too many bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_files_that_are_no_logo_are_refused(app: Flask, data: bytes, why: str) -> None:
    with pytest.raises(LogoRefused):
        logos.redrawn(data)


def test_a_refused_logo_changes_nothing_and_says_so_at_its_field(ada: FlaskClient) -> None:
    sent = {"name": "Harbour Labs", "logo": (io.BytesIO(b"<svg/>"), "logo.svg")}
    answer = ada.post("/settings/branding", data=sent, content_type="multipart/form-data")
    assert (answer.status_code, "Drawings (SVG) are not taken" in answer.text) == (422, True)
    assert 'value="Harbour Labs"' in answer.text
    assert not branding.brand().is_own
