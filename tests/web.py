"""A real server with TLS and a certificate of its own, and the door that leads to it."""

import gzip
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core.fetching import MOST_BYTES, Door

NAME = "calendar.example.org"


#: What stands at /a.ics, with its tag.
SHELF: dict[str, tuple[bytes, str]] = {}


class _Shelf(BaseHTTPRequestHandler):
    """A server with one calendar, and several ways of not giving it."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        content, tag = SHELF.get(path, (b"BEGIN:VCALENDAR", '"one"'))
        if path == "/a.ics" and self.headers.get("If-None-Match") == tag:
            self._say(304, b"", ETag=tag)
        elif path == "/a.ics":
            self._say(200, content, ETag=tag)
        elif path == "/gone.ics":
            self._say(410, b"")
        elif path == "/large.ics":
            self._say(200, gzip.compress(b"x" * (MOST_BYTES + 1)), **{"Content-Encoding": "gzip"})
        elif path == "/moved.ics":
            self._say(302, b"", Location="/a.ics")
        elif path == "/round.ics":
            self._say(302, b"", Location="/round.ics")
        elif path == "/down.ics":
            self._say(302, b"", Location=f"http://{NAME}/a.ics")
        else:
            self._say(302, b"", Location="https://127.0.0.1/a.ics")

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Quiet."""


@contextmanager
def calendar_server(folder: Path) -> Iterator[tuple[str, Door]]:
    """The address of the server, and the door that leads to it; keys lie in the folder."""
    SHELF.clear()
    cert, key = _certificate(folder)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Shelf)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    port = int(httpd.server_address[1])
    yield (
        f"https://{NAME}:{port}",
        Door(
            resolve=lambda _host, _port: ["127.0.0.1"], is_allowed=lambda _ip: True, ca_file=str(cert),
            ports=frozenset({port}),
        ),
    )  # fmt: skip
    httpd.shutdown()
    httpd.server_close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths
