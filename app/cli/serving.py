"""Commands that stay: the web server, and the worker that sends mail and does long work."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import click
from flask import Flask
from waitress.server import create_server

from app import demo
from app.accounts import queries as accounts
from app.cli.house import sign_in_lines
from app.cli.opening import Unready, opened
from app.cli.talking import Talk
from app.core import jobs, outbox
from app.ledger import queries as ledger
from app.upkeep.doctor import ANOTHER_KEY

_RESTART_SECONDS = 5.0
#: Addresses that mean every network of the machine.
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104


@click.command("serve")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="0.0.0.0 lets other machines in; name them in RAPPORT_HOSTS.",
)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--no-worker", is_flag=True, help="Leave mail and long work to workers started elsewhere.")
def serve_command(host: str, port: int, no_worker: bool) -> None:
    """Serve the pages, with a worker beside; ends both on Ctrl-C."""
    # Links in mails lead here, unless the address people use was set.
    shown = "127.0.0.1" if host in _EVERYWHERE else host
    os.environ.setdefault("RAPPORT_BASE_URL", f"http://{shown}:{port}")
    talk = Talk()
    with opened(is_quiet=False) as app:
        _require_key()
        server = _server(app, host, port)
        talk.say(f"Rapport is at {app.config['BASE_URL']}", *_hints())
        sys.stdout.flush()
    stop = None if no_worker else _start_worker()
    signal.signal(signal.SIGTERM, _end)
    try:
        server.run()
    finally:
        server.close()
        if stop is not None:
            stop()
    talk.say("Stopped.")


def _require_key() -> None:
    """Nobody goes on under another key: what is sealed from then on would need both."""
    if not ledger.opens_words():
        raise Unready(f"master.key {ANOTHER_KEY}, then start again.")


def _server(app: Flask, host: str, port: int) -> Any:
    try:
        return create_server(
            app, host=host, port=port, threads=8, ident=None, clear_untrusted_proxy_headers=True
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise click.ClickException(
            f"Cannot listen on {host}:{port} ({reason}). Choose another: rapport serve --port {min(port + 1, 65535)}"
        ) from None
    except ValueError:  # what waitress makes of a name that leads nowhere
        raise click.ClickException(
            f"There is no host {host} to listen on. Give an address of this machine, or 0.0.0.0 for all of them."
        ) from None


def _hints() -> list[str]:
    """What somebody needs who starts it for the first time; sign-ins only where they are those of the demo."""
    hints = []
    logins = demo.sign_ins()
    if logins and all(accounts.find_user(email) is not None for _, email, _ in logins):
        hints += ["This is the demo. Sign in as:", *sign_in_lines()]
    elif not demo.is_loaded():
        hints.append(
            "Nobody can sign in yet. Add somebody: rapport users add EMAIL --name … --role admin --department …"
        )
    if outbox.is_local():
        hints.append("No SMTP server is set, so mail stays in the local mailbox.")
    return hints


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)  # waitress lets requests end and returns


# -- the worker ------------------------------------------------------------------------------------


@click.command("worker")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 32))
@click.option("--while-stdin-is-open", is_flag=True, hidden=True)
def worker_command(threads: int, while_stdin_is_open: bool) -> None:
    """Send mail and do long work, until told to stop."""
    with opened(is_quiet=False):
        _require_key()
        if while_stdin_is_open:
            threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
        jobs.work_forever(threads)


def _stop_at_end_of_input() -> None:
    """The server that started this worker holds the other end: when it is gone, however it went, so is the worker."""
    # Read below Python's buffer, whose lock a thread that still waits here would hold while the process ends.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _start_worker() -> Callable[[], None]:
    """Start a worker as a child process, again when it dies; gives what stops it."""
    is_over = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep_running() -> None:
        while not is_over.is_set():
            command = [sys.executable, "-m", "app.cli", "worker", "--while-stdin-is-open"]
            child = subprocess.Popen(command, stdin=subprocess.PIPE)
            running[:] = [child]
            status = child.wait()
            if not is_over.is_set():
                click.echo(f"The worker ended with status {status}; starting another.", err=True)
                is_over.wait(_RESTART_SECONDS)

    keeper = threading.Thread(target=keep_running, name="worker-keeper", daemon=True)
    keeper.start()

    def stop() -> None:
        is_over.set()
        for child in running:
            if child.stdin is not None:
                child.stdin.close()
        deadline = time.monotonic() + 30
        while keeper.is_alive() and time.monotonic() < deadline:
            keeper.join(0.1)
        for child in running:
            child.kill()

    return stop
