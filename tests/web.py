"""A real server with TLS and a certificate of its own, and the door that leads to it."""

import gzip
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core.fetching import MOST_BYTES, WEB, Door

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
    with _served(folder, _Shelf) as found:
        yield found


@dataclass
class Receiver:
    """A program elsewhere that takes webhooks: what it is to answer, and what came."""

    address: str = ""
    door: Door = WEB
    ca_file: str = ""
    #: Answers in this order, the last one again and again: status, headers.
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(204, {})])
    #: Seconds it takes to think before it answers.
    pause: float = 0.0
    #: Seconds between two letters of its answer.
    drip: float = 0.0
    #: Headers (names in lower case) and body of each message.
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    n_at_once: int = 0
    most_at_once: int = 0

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _body in self.taken]


@contextmanager
def webhook_server(folder: Path) -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    receiver, lock = Receiver(), threading.Lock()

    class Handler(_Shelf):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                receiver.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
                receiver.paths.append(self.path)
                receiver.n_at_once += 1
                receiver.most_at_once = max(receiver.most_at_once, receiver.n_at_once)
                status, headers = receiver.answers[0]
                if len(receiver.answers) > 1:
                    receiver.answers.pop(0)
            time.sleep(receiver.pause)
            try:
                self._drip() if receiver.drip else self._say(
                    status, b"x" * 100_000 if status < 204 else b"", **headers
                )
            except OSError:
                pass  # the other side hung up
            finally:
                with lock:
                    receiver.n_at_once -= 1

        def _drip(self) -> None:
            for letter in b"HTTP/1.1 200 OK\r\n" + b"x" * 10_000:
                self.wfile.write(bytes([letter]))
                self.wfile.flush()
                time.sleep(receiver.drip)

    with _served(folder, Handler) as (base, door):
        receiver.address, receiver.door, receiver.ca_file = f"{base}/in?key=s3cret", door, door.ca_file
        yield receiver


@contextmanager
def _served(folder: Path, handler: type[BaseHTTPRequestHandler]) -> Iterator[tuple[str, Door]]:
    cert, key = _certificate(folder)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler)
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
