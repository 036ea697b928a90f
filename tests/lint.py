"""A test client that looks at every page it fetches: parses, one h1, unique ids, CSRF token on forms."""

import re
from collections import Counter
from contextvars import copy_context
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask import has_app_context
from flask.globals import _cv_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.db import db
from tests.databases import wants_postgresql

_XHTML = "{http://www.w3.org/1999/xhtml}"


class LintingClient(FlaskClient):
    """Fails the test that fetches a broken page.

    Each request gets an application context of its own, as on a server: within the test's context it would find
    the user, the nonce and the database session of the request before it.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = copy_context().run(self._open_apart, *args, **kwargs)
        if has_app_context():
            db.session.rollback()  # the test sees what the request left
        if response.mimetype == "text/html" and response.status_code < 500 and not wants_postgresql():
            problems = look_at(response.get_data(as_text=True))
            assert not problems, f"{response.request.path}: {problems}"
        return response

    def _open_apart(self, *args: Any, **kwargs: Any) -> TestResponse:
        _cv_app.set(None)  # type: ignore[arg-type]
        response = super().open(*args, **kwargs)
        # What was sent has been read. Large uploads lie in a temporary file, and the collector would blame a later test for it.
        response.request.input_stream.close()
        return response


#: What pages are made of, without their words and values, as far as they were found to be right in this run.
_KNOWN: set[int] = set()


def look_at(page: str) -> list[str]:
    """`lint`, but a page that differs from one that was right in words and values alone is not parsed again, only looked at for ids.

    Parsing takes longer than making the page. A value that broke out of its quotes, or a word that became a tag, changes what the page is
    made of. Over PostgreSQL pages are the same, so none is looked at there.
    """
    frame = hash(re.sub(r">[^<>]+<", "><", re.sub(r'="[^"<>]*"', "=", page)))
    if frame in _KNOWN:
        ids = Counter(re.findall(r'\sid="([^"]*)"', page))
        return [f"id {name!r} is there {n} times" for name, n in ids.items() if n > 1]
    problems = lint(page)
    if not problems:
        _KNOWN.add(frame)
    return problems


def lint(page: str) -> list[str]:
    """What is wrong with a page; a fragment (no <html>) may lack the h1."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=True)
    tree = parser.parse(page)
    problems = [f"line {line}: {code}" for (line, _), code, _ in parser.errors if code not in _HARMLESS]
    is_whole = "<html" in page[:500].lower()
    if not is_whole:
        return [problem for problem in problems if "doctype" not in problem]
    n_h1 = len(list(tree.iter(f"{_XHTML}h1")))
    if n_h1 != 1:
        problems.append(f"{n_h1} h1 elements")
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    problems += [f"id {name!r} is there {n} times" for name, n in ids.items() if n > 1]
    problems += [
        f"form without CSRF token: {form.get('action')}"
        for form in _unsafe_forms(tree)
        if not _has_token(form)
    ]
    problems += ["inline style" for element in tree.iter() if element.get("style")]
    return problems


_HARMLESS = frozenset({"expected-doctype-but-got-start-tag"})


def _unsafe_forms(tree: Element) -> list[Element]:
    return [form for form in tree.iter(f"{_XHTML}form") if (form.get("method") or "get").lower() == "post"]


def _has_token(form: Element) -> bool:
    return any(field.get("name") == "csrf_token" for field in form.iter(f"{_XHTML}input"))
