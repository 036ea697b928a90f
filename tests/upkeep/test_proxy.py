"""The proxy, really started with its file before the production server: names, addresses, limits, and what stays inside."""

import gzip
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher

from app.accounts import policies
from app.accounts.models import Role, SignInAttempt
from app.core import clock
from app.core.db import db, transaction
from app.imports.operations_runs import MAX_BYTES
from tests.databases import Databases, free_port
from tests.factories import accounts as make
from tests.upkeep.test_server import REPOSITORY, ask, served, until_ready

pytestmark = pytest.mark.slow

NAME = "rapport.test"
TOKEN = "figures-only-4e1c9b7a"
EMAIL = "proxy.tester@lumen.example"
#: Has tried too many passwords already.
GUESSER = "127.0.0.4"
#: What whoever wants to be somebody else sends along.
FORGED = {
    "X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example", "X-Real-IP": "198.51.100.7",
    "Forwarded": "for=198.51.100.7;host=evil.example;proto=http", "X_Forwarded_For": "198.51.100.7",
}  # fmt: skip
#: Certificates of its own, ports that nobody has, and no door for commands; all else is the file of production.
_AROUND = """{
	admin off
	local_certs
	skip_install_trust
	http_port %d
	https_port %d
	storage file_system %s
}
import %s
"""


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Outside:
    """Whoever comes through the proxy, from one of this machine's addresses; keeps cookies that are fit for https."""

    port: int
    trust: ssl.SSLContext
    address: str = "127.0.0.2"
    cookies: dict[str, str] = field(default_factory=dict)

    def line(self, name: str = NAME) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), 30, source_address=(self.address, 0))
        return self.trust.wrap_socket(plain, server_hostname=name)

    def ask(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None = None, **headers: str
    ) -> Answer:
        connection = http.client.HTTPSConnection(NAME, self.port)
        connection.sock = self.line()
        try:
            jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            sent = {"Cookie": jar, "Referer": f"https://{NAME}:{self.port}{path}"} | headers
            connection.request(
                method, path, body, sent, encode_chunked=body is not None and not isinstance(body, bytes)
            )
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def page(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def send(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        form = urlencode({"csrf_token": self._token(path), **fields}).encode()
        return self.ask(
            "POST", path, form, **{"Content-Type": "application/x-www-form-urlencoded", **headers}
        )

    def upload(self, path: str, n_bytes: int, *, in_pieces: bool = False) -> Answer:
        """A form with a file that is no list, `n_bytes` long altogether; `in_pieces`: without saying so before."""
        start = (
            f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{self._token(path)}\r\n--x\r\n'
            'Content-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
        ).encode()
        end = b"\r\n--x--\r\n"
        form = start + b"%PDF-1.7".ljust(n_bytes - len(start) - len(end), b"a") + end
        body = (form[at : at + 65536] for at in range(0, n_bytes, 65536)) if in_pieces else form
        return self.ask("POST", path, body, **{"Content-Type": "multipart/form-data; boundary=x"})

    def _token(self, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page(path).text)
        assert found is not None
        return found[1]

    def sign_in(self, password: str = make.PASSWORD, **headers: str) -> Answer:
        return self.send("/sign-in", {"email": EMAIL, "password": password}, **headers)


@dataclass
class Front:
    """A proxy before a server: the ports of each, and what the proxy's certificates are signed with."""

    inside: int
    plain: int
    port: int
    trust: ssl.SSLContext

    def visitor(self, address: str = "127.0.0.2") -> Outside:
        return Outside(self.port, self.trust, address)


def _caddy() -> str:
    found = shutil.which("caddy")
    if found is None:
        message = "no Caddy here: apt-get install caddy"
        if os.environ.get("RAPPORT_TEST_REQUIRE_ALL"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="module")
def front(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """One for all tests here: none of them leaves anything that disturbs another."""
    caddy, folder = _caddy(), tmp_path_factory.mktemp("caddy")
    assert databases.app is not None
    databases.reset()
    with databases.app.app_context():
        user = make.user(role=Role.COORDINATOR, name="Proxy Tester", email=EMAIL)
        with transaction():
            user.password_hash = PasswordHasher(memory_cost=1024).hash(make.PASSWORD)
            for n in range(policies.MOST_PER_ADDRESS):
                db.session.add(SignInAttempt(email_hash=str(n), address=GUESSER, made_at=clock.now()))
        db.session.remove()
    plain, port = free_port(), free_port()
    about = {
        "RAPPORT_PROXIES": "1", "RAPPORT_BASE_URL": f"https://{NAME}:{port}", "RAPPORT_METRICS_TOKEN": TOKEN,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path_factory.mktemp("figures")),
    }  # fmt: skip
    wrapped = folder / "Caddyfile"
    wrapped.write_text(_AROUND % (plain, port, folder / "store", REPOSITORY / "packaging" / "Caddyfile"))
    with served(databases, **about) as (_server, inside):
        environment = os.environ | {
            "RAPPORT_HOST": NAME, "RAPPORT_UPSTREAM": f"127.0.0.1:{inside}", "HOME": str(folder), "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }  # fmt: skip
        command = [caddy, "run", "--config", str(wrapped), "--adapter", "caddyfile"]
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(command, env=environment, stderr=log) as proxy,
        ):
            try:
                until_ready(inside)
                yield Front(inside, plain, port, _trusting(folder, port))
            finally:
                proxy.kill()


def _trusting(folder: Path, port: int) -> ssl.SSLContext:
    """Believes the certificates of this proxy alone, once it has made them and answers."""
    root, end = folder / "store" / "pki" / "authorities" / "local" / "root.crt", time.monotonic() + 30
    while time.monotonic() < end:
        try:
            trust = ssl.create_default_context(cafile=str(root))
            with Outside(port, trust).line():
                return trust
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the proxy does not answer:\n{(folder / 'log').read_text()}")


def test_people_sign_in_over_https_with_a_cookie_for_https_alone(front: Front) -> None:
    visitor = front.visitor()
    answer = visitor.sign_in()
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert re.fullmatch(
        r"__Host-rapport=[^;]+; Secure; HttpOnly; Path=/; SameSite=Lax", answer.headers["Set-Cookie"]
    )
    home = visitor.page("/")
    assert (home.status, home.headers["Strict-Transport-Security"]) == (
        200,
        "max-age=31536000; includeSubDomains",
    )
    with socket.create_connection(("127.0.0.1", front.plain), 30) as plain:
        plain.sendall(f"GET /people?x=1 HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
        said = plain.recv(4096).decode()
    assert said.startswith("HTTP/1.1 308 ")
    assert f"\r\nLocation: https://{NAME}/people?x=1\r\n" in said


def test_the_address_is_the_visitors_own_whatever_they_say(front: Front) -> None:
    visitor = front.visitor("127.0.0.3")
    assert visitor.sign_in(**FORGED).status == 303
    seen = visitor.page("/account/", **FORGED)
    assert seen.status == 200
    assert [word in seen.text for word in ("127.0.0.3", "198.51.100.7", "evil.example")] == [
        True,
        False,
        False,
    ]


def test_guesses_are_counted_by_the_visitors_own_address(front: Front) -> None:
    assert front.visitor(GUESSER).sign_in(**FORGED).status == 429
    assert front.visitor("127.0.0.5").sign_in(**FORGED | {"X-Forwarded-For": GUESSER}).status == 303


def test_other_names_are_refused(front: Front) -> None:
    visitor = front.visitor()
    for host in ("evil.example", "127.0.0.1", "localhost", f"evil.example:{front.port}"):
        assert visitor.page("/sign-in", Host=host).status == 421, host
    with pytest.raises(ssl.SSLError):
        visitor.line("evil.example")


@pytest.mark.parametrize(
    "path",
    [
        "/health/live", "/health/ready", "/metrics", "/Health/Ready", "/METRICS", "//health/ready", "/%68ealth/ready",
        "/health%2Fready", "/x/../health/ready", "/./metrics", "/metrics/", "/metrics;x", "/metrics%2e", "/metrics?x=1", "/health/",
    ],
)  # fmt: skip
def test_health_and_figures_stay_inside(front: Front, path: str) -> None:
    answer = front.visitor().page(path, Authorization=f"Bearer {TOKEN}")
    assert [answer.status, b"rapport_" in answer.body, b"ready" in answer.body] == [404, False, False]


def test_health_and_figures_are_told_inside(front: Front) -> None:
    assert ask(front.inside, "/health/live")[0] == 200
    assert ask(front.inside, "/health/ready")[0] == 200
    assert ask(front.inside, "/metrics", Authorization=f"Bearer {TOKEN}")[0] == 200


def test_what_is_just_small_enough_gets_in(front: Front) -> None:
    visitor = front.visitor("127.0.0.6")
    visitor.sign_in()
    for in_pieces in (False, True):
        # Looked into, and found to be no list of people.
        assert visitor.upload("/imports/new", MAX_BYTES - 1, in_pieces=in_pieces).status in {400, 422}


def test_whoever_sends_too_much_reads_why(front: Front) -> None:
    visitor = front.visitor("127.0.0.7")
    visitor.sign_in()
    for in_pieces in (False, True) * 3:
        answer = visitor.upload("/imports/new", MAX_BYTES + 9_000_000, in_pieces=in_pieces)
        assert answer.status == 413
        assert "This is too large" in answer.text
        assert answer.text.rstrip().endswith("</html>")
    stranger = front.visitor("127.0.0.8")
    stranger.page("/sign-in")
    assert stranger.ask("POST", "/imports/new", b"a" * 9_000_000).status in {303, 400, 413}
    assert stranger.ask("POST", "/nowhere", b"a" * 9_000_000).status in {400, 404, 413}


def test_the_proxy_lets_no_more_than_its_limit_through(front: Front) -> None:
    with front.visitor().line() as line:
        line.sendall(f"POST /sign-in HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 60000001\r\n\r\n".encode())
        said = line.recv(65536).decode()
    assert said.startswith("HTTP/1.1 413 ")
    assert "Server: gunicorn" not in said


def test_what_is_compressed_is_handed_on_as_it_is(front: Front) -> None:
    visitor = front.visitor()
    sheet = re.search(r'href="(/assets/app\.[^"]+\.css)"', visitor.page("/sign-in").text)
    assert sheet is not None
    plain, packed = visitor.page(sheet[1]), visitor.page(sheet[1], **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert "immutable" in plain.headers["Cache-Control"]
    head = visitor.ask("HEAD", sheet[1])
    assert (head.status, int(head.headers["Content-Length"]), head.body) == (200, len(plain.body), b"")
    part = visitor.page(sheet[1], Range="bytes=0-9")
    assert (part.status, part.body) == (206, plain.body[:10])
