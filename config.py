"""Settings, read from the environment; everything has a default that is right for one machine."""

import contextlib
import os
import secrets
import time
from pathlib import Path
from typing import Any


def _secret(instance: Path, name: str, n_bytes: int = 32) -> bytes:
    """A key file of this installation, made on first use, readable by its owner only; ValueError when it is no whole key."""
    path = instance / name
    # Two who start at once: the first makes it, the other one waits until it is whole.
    with contextlib.suppress(FileExistsError):
        instance.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(n_bytes))
    until = time.monotonic() + 2
    while len(found := path.read_bytes()) != n_bytes and time.monotonic() < until:
        time.sleep(0.05)
    if len(found) != n_bytes:
        raise ValueError(
            f"{path} is no whole key: it has {len(found)} bytes instead of {n_bytes}. Take it from the backup of the keys."
        )
    return found


def database_url(instance: Path) -> str:
    """Where the database is, for SQLAlchemy."""
    url = os.environ.get("DATABASE_URL", f"sqlite:///{instance / 'rapport.db'}")
    # `postgres://` is what hosting companies hand out; the driver is psycopg 3.
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url[len(short) :]
    return url


def load() -> dict[str, Any]:
    """The configuration as Flask keys."""
    root = Path(__file__).parent
    instance = Path(os.environ.get("RAPPORT_INSTANCE", root / "instance")).absolute()
    instance.mkdir(parents=True, exist_ok=True)
    base_url = os.environ.get("RAPPORT_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    is_https = base_url.startswith("https://")
    hosts, backups = os.environ.get("RAPPORT_HOSTS", ""), os.environ.get("RAPPORT_BACKUP_DIR", "")
    return {
        "INSTANCE": instance,
        "SECRET_KEY": _secret(instance, "secret.key").hex(),
        "MASTER_KEY": _secret(instance, "master.key"),
        "SIGNING_KEY_PATH": instance / "ledger-signing.key",
        # Outside the database, so that a database put back does not bring its own.
        "CHECKPOINTS_PATH": instance / "checkpoints",
        "ERASURES_PATH": instance / "erasures.jsonl",
        "FILES_PATH": instance / "files",
        "SQLALCHEMY_DATABASE_URI": database_url(instance),
        "BASE_URL": base_url,
        # Links in mails use BASE_URL only; a request for another host is refused.
        "TRUSTED_HOSTS": [
            "127.0.0.1",
            "localhost",
            "[::1]",
            _host(base_url),
            *hosts.replace(",", " ").split(),
        ],
        "SESSION_COOKIE_NAME": "__Host-rapport" if is_https else "rapport",
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "IS_HTTPS": is_https,
        "N_PROXIES": _number("RAPPORT_PROXIES"),
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "MAX_FORM_PARTS": 2000,
        "WTF_CSRF_TIME_LIMIT": None,
        "REPORTING_CURRENCY": os.environ.get("RAPPORT_CURRENCY", "GBP"),
        "COMPANY": os.environ.get("RAPPORT_COMPANY", "Lumen Networks"),
        # Without SMTP_URL nothing leaves the machine: mail ends up in the local mailbox page, which says so.
        "SMTP_URL": os.environ.get("SMTP_URL", ""),
        # smtp:// is spoken in clear with this machine only, unless somebody says that mail may be read on the way.
        "SMTP_NEEDS_TLS": _one_of("RAPPORT_SMTP_TLS", "required", "offered") == "required",
        "MAIL_FROM": os.environ.get("RAPPORT_MAIL_FROM", "rapport@localhost"),
        # The mailbox that is read for blind copies, answers and reports about delivery; holds a password.
        "INBOX_URL": os.environ.get("RAPPORT_INBOX_URL", ""),
        # Where mail must be sent to end up there; each user has an address of their own behind a plus.
        "INBOX_ADDRESS": os.environ.get(
            "RAPPORT_INBOX_ADDRESS", os.environ.get("RAPPORT_MAIL_FROM", "rapport@localhost")
        ),
        "JOBS_URL": os.environ.get("RAPPORT_JOBS_URL", f"sqlite:///{instance / 'jobs.db'}"),
        # A folder for a backup every night, and how many of them stay; apart from the disk of the database.
        "BACKUP_PATH": Path(backups).absolute() if backups else None,
        "BACKUP_KEEP": _number("RAPPORT_BACKUP_KEEP", "14"),
        "IS_PDF_ON": os.environ.get("RAPPORT_PDF", "on") != "off",
        "IS_DEMO": False,
        # What a monitor must bring to read /metrics; without it there is no such page.
        "METRICS_TOKEN": _given("RAPPORT_METRICS_TOKEN"),
        **bucket(),
        # How many requests to the interface one token may make in a minute; 0: as many as it likes.
        "API_PER_MINUTE": _number("RAPPORT_API_PER_MINUTE", "600", n_digits=6),
        **_oidc(),
    }


def _number(name: str, default: str = "0", n_digits: int = 3) -> int:
    text = os.environ.get(name, default)
    if not (text.isascii() and text.isdecimal() and len(text) <= n_digits):
        raise ValueError(f"{name} must be a whole number such as 1, not {text!r}.")
    return int(text)


def _given(name: str) -> str:
    """A secret from the environment, or from the file that a name with _FILE behind it names, as containers hand it out."""
    said, file = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    return said or (Path(file).read_text().strip() if file else "")


def _one_of(name: str, *known: str) -> str:
    """A setting that knows few words; the first is the one that holds where nothing is set."""
    found = os.environ.get(name, known[0])
    if found not in known:
        raise ValueError(f"{name} must be one of: {', '.join(known)}.")
    return found


def bucket() -> dict[str, str]:
    """Object storage for the content of files; without a bucket it lies on the disk."""
    name = os.environ.get("RAPPORT_FILES_BUCKET", "")
    prefix = os.environ.get("RAPPORT_FILES_PREFIX", "").strip("/")
    return {
        "FILES_BUCKET": name,
        # Empty: Amazon's. Others say an address.
        "FILES_ENDPOINT": os.environ.get("RAPPORT_FILES_ENDPOINT", "").rstrip("/"),
        "FILES_REGION": os.environ.get("RAPPORT_FILES_REGION", "us-east-1"),
        "FILES_PREFIX": f"{prefix}/" if prefix else "",
        # Both empty: the machine's own role, where the storage knows such.
        "FILES_KEY_ID": _given("RAPPORT_FILES_KEY_ID"),
        "FILES_SECRET": _given("RAPPORT_FILES_SECRET"),
        # With a bucket, `disk` is the way back: new files go to the disk, and those in the bucket are still read.
        "FILES_PLACE": _one_of("RAPPORT_FILES_PLACE", "bucket", "disk") if name else "disk",
    }


def _oidc() -> dict[str, str]:
    """The provider through which people of the company sign in."""
    return {
        "OIDC_ISSUER": os.environ.get("RAPPORT_OIDC_ISSUER", ""),
        "OIDC_CLIENT_ID": os.environ.get("RAPPORT_OIDC_CLIENT_ID", ""),
        "OIDC_CLIENT_SECRET": _given("RAPPORT_OIDC_CLIENT_SECRET"),
        # In which claim the groups stand, and what must be asked for so that they are there.
        "OIDC_GROUPS_CLAIM": os.environ.get("RAPPORT_OIDC_GROUPS_CLAIM", "groups"),
        "OIDC_SCOPES": os.environ.get("RAPPORT_OIDC_SCOPES", "openid email profile"),
    }


def _host(url: str) -> str:
    return url.rpartition("://")[2].split("/", 1)[0].rsplit(":", 1)[0]
