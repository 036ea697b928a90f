"""Style sheets, scripts and icons: taken from installed wheels and `static/`, hashed, compressed, served at /assets/."""

import hashlib
import importlib.util
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from flask import Flask, current_app, has_request_context, request
from markupsafe import Markup
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

_SELF = Path(__file__).resolve()
_ROOT = _SELF.parents[2]
STATIC = _ROOT / "static"
#: Git-ignored and safe to delete: `make assets`, or the next start, makes it again.
BUILD = _ROOT / "build" / "assets"

MANIFEST = "manifest.json"
SPRITE = "icons.svg"
_PREFIX = "/assets/"

#: Asset name -> (package, file inside it). The packages are located, never imported: django_htmx would want Django.
_FROM_WHEELS = {
    "bootstrap.min.css": ("flask_bootstrap", "static/bootstrap5/css/bootstrap.min.css"),
    "bootstrap.min.js": ("flask_bootstrap", "static/bootstrap5/js/bootstrap.min.js"),
    "popper.min.js": ("flask_bootstrap", "static/bootstrap5/umd/popper.min.js"),
    "htmx.min.js": ("django_htmx", "static/django_htmx/htmx-2.min.js"),
}
_ICONS = ("flask_bootstrap", "static/bootstrap5/icons/bootstrap-icons.svg")

_SYMBOL = re.compile(r'<symbol\b[^>]*?viewBox="([^"]+)"[^>]*? id="([^"]+)"[^>]*>(.*?)</symbol>', re.DOTALL)
_ICON_CALL = re.compile(r"""(?<![\w.-])icon\(\s*["']([^"']*)["']""")
_JINJA_BLOCK = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
_QUOTED = re.compile(r"""["']([a-z0-9]+(?:-[a-z0-9]+)*)["']""")
# The map files are not shipped; with the comment left in, every open developer console would ask for them.
_SOURCE_MAP = re.compile(rb"(?:/\*|//)[#@] ?sourceMappingURL=.*$", re.MULTILINE)
_CSS_URL = re.compile(r"""url\(\s*["']?(?!data:|https?:|#|/)([^"')]+)["']?\s*\)""")


class AssetError(Exception):
    """A template names an icon or a file that does not exist."""


@dataclass(frozen=True)
class Assets:
    """What one build offers: asset name -> hashed file name, and the icons in the sprite."""

    files: dict[str, str]
    icons: frozenset[str]

    def url(self, name: str) -> str:
        """The address of an asset, for example `asset_url("app.css")`."""
        try:
            file = self.files[name]
        except KeyError:
            raise AssetError(f"There is no asset called {name!r}; put it into static/.") from None
        mounted_at = request.script_root if has_request_context() else ""
        return f"{mounted_at}{_PREFIX}{file}"

    def icon(self, name: str) -> Markup:
        """A decorative Bootstrap icon; the words beside it carry the meaning."""
        if name not in self.icons:
            raise AssetError(
                f"The sprite has no icon {name!r}: not a Bootstrap icon, or its name is nowhere written in full."
            )
        return _drawn(self.url(SPRITE), name)


def build_assets(target: Path = BUILD) -> Assets:
    """Fill `target`. Files of earlier builds stay, so that pages already open keep working."""
    contents = _sources()
    icons = _used_icons()
    contents[SPRITE] = _sprite(icons)
    target.mkdir(parents=True, exist_ok=True)
    # Files appear whole or not at all: several processes may build at the same time.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="assets-") as scratch:
        compressor = Compressor(quiet=True)
        files: dict[str, str] = {}
        for name in sorted(contents, key=lambda name: (name.endswith(".css"), name)):
            content = _with_hashed_urls(name, contents[name], files)
            files[name] = _hashed(name, content)
            _publish(target / files[name], content, Path(scratch), compressor)
        manifest = {"fingerprint": _fingerprint(), "files": files, "icons": sorted(icons)}
        draft = Path(scratch) / MANIFEST
        draft.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        draft.replace(target / MANIFEST)
    return Assets(files, frozenset(icons))


def load_assets(target: Path = BUILD) -> Assets:
    """The build in `target`, made again when it is missing or anything it was made from has changed."""
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return build_assets(target)
    if manifest["fingerprint"] != _fingerprint():
        return build_assets(target)
    return Assets(manifest["files"], frozenset(manifest["icons"]))


def init_app(app: Flask) -> None:
    """Serve the build at /assets/ and give templates `asset_url` and `icon`."""
    assets = app.extensions["assets"] = load_assets()
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=BUILD,
        prefix=_PREFIX,
        immutable_file_test=r"\.[0-9a-f]{12}\.[a-z0-9]+$",
        allow_all_origins=False,
        add_headers_function=_add_headers,
    )
    # Of this application's own build: a page has dozens of them, and asking each time which application it is takes longer.
    app.add_template_global(assets.url, "asset_url")
    app.add_template_global(assets.icon, "icon")


def asset_bytes(name: str) -> bytes:
    """An asset to serve at another address than its own, which decides what a worker may reach."""
    assets: Assets = current_app.extensions["assets"]
    return (BUILD / assets.files[name]).read_bytes()


@lru_cache(maxsize=512)
def _drawn(sprite: str, name: str) -> Markup:
    """Kept, because a page has some dozens of them."""
    return Markup(
        '<svg class="icon" width="16" height="16" fill="currentColor" aria-hidden="true"><use href="{}#{}"/></svg>'
    ).format(sprite, name)


def _sources() -> dict[str, bytes]:
    """Everything but the sprite: asset name -> content."""
    contents = {
        name: _SOURCE_MAP.sub(b"", _packaged(*place).read_bytes()) for name, place in _FROM_WHEELS.items()
    }
    for path in map(Path, _files(STATIC)):
        contents[path.relative_to(STATIC).as_posix()] = path.read_bytes()
    return contents


def _packaged(package: str, inside: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise AssetError(f"The package {package} is not installed; run `make assets`.")
    return Path(spec.submodule_search_locations[0], inside)


def _files(folder: Path, suffixes: tuple[str, ...] = ()) -> Iterator[str]:
    """Files below a folder in a fixed order; editors' hidden files are passed over, and what Python keeps of its own.

    As plain words: whoever starts reads some two thousand of them, and paths cost as much as the reading.
    """
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            if not name.startswith(".") and (not suffixes or name.endswith(suffixes)):
                yield f"{place}{os.sep}{name}"


def _hashed(name: str, content: bytes) -> str:
    path = Path(name)
    digest = hashlib.sha256(content).hexdigest()[:12]
    return path.with_name(f"{path.stem}.{digest}{path.suffix}").as_posix()


def _with_hashed_urls(name: str, content: bytes, files: dict[str, str]) -> bytes:
    """Style sheets come last, so that the files they point to already have their hashed names."""
    if not name.endswith(".css"):
        return content

    def replace(found: re.Match[str]) -> str:
        wanted = found[1]
        if wanted not in files:
            raise AssetError(f"{name} points to {wanted!r}, which is not in static/.")
        return f"url({files[wanted]})"

    return _CSS_URL.sub(replace, content.decode()).encode()


def _publish(path: Path, content: bytes, scratch: Path, compressor: Compressor) -> None:
    """Put a file and its compressed twins in place, the plain file last: where it exists, all of them do."""
    if path.exists():
        return
    draft = scratch / path.name
    draft.write_bytes(content)
    if compressor.should_compress(path.name):
        compressor.compress(str(draft))
    path.parent.mkdir(parents=True, exist_ok=True)
    for twin in (draft.with_name(draft.name + ".gz"), draft.with_name(draft.name + ".br"), draft):
        if twin.exists():
            twin.replace(path.with_name(twin.name))


@cache
def _all_icons() -> dict[str, str]:
    """Every Bootstrap icon as a `<symbol>`, by name."""
    drawing = _packaged(*_ICONS).read_text(encoding="utf-8")
    return {
        name: f'<symbol id="{name}" viewBox="{view_box}">{shapes}</symbol>'
        for view_box, name, shapes in _SYMBOL.findall(drawing)
    }


def _used_icons() -> set[str]:
    """Icons named in templates and in the code; an `icon("...")` of an unknown name is an error.

    Names also travel through variables and tables, so any quoted word that is an icon's name counts:
    a few symbols too many cost less than a list kept by hand.
    """
    used: set[str] = set()
    for path, text in _naming_texts():
        for name in _ICON_CALL.findall(text):
            if name not in _all_icons():
                raise AssetError(f"{path.relative_to(_ROOT)}: Bootstrap has no icon called {name!r}.")
        used |= _all_icons().keys() & set(_QUOTED.findall(text))
    return used


def _naming_texts() -> Iterator[tuple[Path, str]]:
    for path in map(Path, _icon_users()):
        text = path.read_text(encoding="utf-8")
        yield path, "\n".join(_JINJA_BLOCK.findall(text)) if path.suffix == ".html" else text


def _icon_users() -> Iterable[str]:
    yield from _files(_ROOT / "templates", (".html",))
    itself = os.fspath(_SELF)
    yield from (path for path in _files(_ROOT / "app", (".py",)) if path != itself)


def _sprite(icons: set[str]) -> bytes:
    symbols = "\n".join(_all_icons()[name] for name in sorted(icons))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'.encode()


def _fingerprint() -> str:
    """Changes whenever a source does, by names and content: a copy, such as a layer of an image, loses parts of the times."""
    wheels = [_packaged(*place) for place in (*_FROM_WHEELS.values(), _ICONS)]
    digest = hashlib.sha256()
    for path in (*map(os.fspath, (*wheels, _SELF)), *_files(STATIC), *_icon_users()):
        with open(path, "rb") as file:  # noqa: PTH123 -- see `_files`
            content = file.read()
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _add_headers(headers: dict[str, str], _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # An SVG opened by itself is a document; it may do nothing.
    headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers["Referrer-Policy"] = "no-referrer"


if __name__ == "__main__":  # as a plain script it needs no settings, no database and none of the rooms
    built = build_assets()
    print(f"{len(built.files)} files and {len(built.icons)} icons in {BUILD}")  # noqa: T201
