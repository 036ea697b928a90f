"""A feed as an HTTP answer: validators first, the same headers with 200 and 304, packed when asked."""

from datetime import datetime
from wsgiref.types import WSGIEnvironment

from flask import Request, Response
from werkzeug.datastructures import Headers

from app.calendars.shelf import Rendered
from app.core import ics

#: Clients that poll more often are asked to wait; shared caches never keep a private calendar.
MAX_AGE_SECONDS = 300


class _FeedResponse(Response):
    """What the libraries below would spoil is put right at the last moment.

    Werkzeug drops Last-Modified from a 304, and clients that know no ETag want it again. Flask-Login looks into the
    session at the end of every request, so Flask says that the answer varies by cookie, which it does not.
    """

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Vary"] = "Accept-Encoding"
        if "Last-Modified" in self.headers:
            headers["Last-Modified"] = self.headers["Last-Modified"]
        return headers


def feed_response(feed: Rendered, changed_at: datetime | None, request: Request) -> Response:
    """200 with the calendar, or 304 when the client has it: If-None-Match counts before If-Modified-Since.

    The ETag is strong: the SHA-256 of the calendar. The packed form is another sequence of bytes and has a tag of
    its own (RFC 9110, 8.8.3.3).
    """
    is_packed = request.accept_encodings["gzip"] > 0
    response = _FeedResponse(feed.packed if is_packed else feed.content, content_type=ics.CONTENT_TYPE)
    response.set_etag(f"{feed.digest}-gzip" if is_packed else feed.digest)
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    if changed_at is not None:
        response.last_modified = changed_at
    response.headers["Cache-Control"] = f"private, max-age={MAX_AGE_SECONDS}"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.make_conditional(request)
    return response


def nothing_here() -> Response:
    """The one answer to unknown, revoked and no longer allowed addresses: no page, no redirect to a sign-in."""
    response = Response(
        "There is no calendar at this address.\n", 404, content_type="text/plain; charset=utf-8"
    )
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
