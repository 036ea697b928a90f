"""Looks at the settings once, at the start: a wrong one is named at once, not at the first mail or amount."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from app.core import fx, mail


def check(config: Mapping[str, Any]) -> None:
    """ValueError with the name of the variable that cannot be used, and what it should look like; never its secret."""
    if config["SMTP_URL"]:
        mail.check_url(config["SMTP_URL"])
    if not _is_currency(config["REPORTING_CURRENCY"]):
        raise ValueError("RAPPORT_CURRENCY must be the three letters of a currency in use, such as GBP.")
    if not _is_web_address(config["BASE_URL"]):
        raise ValueError("RAPPORT_BASE_URL must be the address people use, such as https://rapport.example.")
    if "@" not in config["MAIL_FROM"].strip("@"):
        raise ValueError("RAPPORT_MAIL_FROM must be a mail address, such as rapport@company.example.")
    if 0 < len(config.get("METRICS_TOKEN", "")) < 16:
        raise ValueError(
            "RAPPORT_METRICS_TOKEN must have 16 characters or more; make one with: openssl rand -hex 32"
        )
    if config.get("OIDC_ISSUER") or config.get("OIDC_CLIENT_ID"):
        _check_provider(config)
    check_bucket(config)


def check_bucket(config: Mapping[str, Any]) -> None:
    """The same for object storage alone; a restore looks at nothing else before the house is there."""
    if not config.get("FILES_BUCKET"):
        return
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", config["FILES_BUCKET"]):
        raise ValueError("RAPPORT_FILES_BUCKET must be the name of a bucket, such as rapport-files.")
    if config["FILES_ENDPOINT"] and not _is_safe_address(config["FILES_ENDPOINT"]):
        raise ValueError(
            "RAPPORT_FILES_ENDPOINT must be the https:// address of the object storage, such as https://s3.company.example, "
            "without a key in it; http:// is for this machine only."
        )
    if not re.fullmatch(r"[a-z0-9-]{1,40}", config["FILES_REGION"]):
        raise ValueError("RAPPORT_FILES_REGION must be the name of a region, such as eu-central-1.")
    if not re.fullmatch(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,60}/){0,5}", config["FILES_PREFIX"]):
        raise ValueError(
            "RAPPORT_FILES_PREFIX must be a few plain words with / between them, such as rapport/files."
        )
    if bool(config["FILES_KEY_ID"]) != bool(config["FILES_SECRET"]):
        raise ValueError(
            "RAPPORT_FILES_KEY_ID and RAPPORT_FILES_SECRET go together; set both, or none for the machine's role."
        )
    if find_spec("boto3") is None:
        raise ValueError(
            "RAPPORT_FILES_BUCKET needs the package boto3. Install it with: pip install 'rapport[bucket]'"
        )


def _check_provider(config: Mapping[str, Any]) -> None:
    if not _is_safe_address(config["OIDC_ISSUER"]):
        raise ValueError(
            "RAPPORT_OIDC_ISSUER must be the address of the provider, such as https://login.company.example."
        )
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        if not config[f"OIDC_{name}"]:
            raise ValueError(
                f"RAPPORT_OIDC_{name} is missing: the provider gives it when Rapport is registered there."
            )
    if "openid" not in config["OIDC_SCOPES"].split():
        raise ValueError("RAPPORT_OIDC_SCOPES must hold openid, such as: openid email profile groups.")


def _is_currency(code: str) -> bool:
    try:
        fx.minor_digits(code)
    except ValueError:
        return False
    return True


def _is_safe_address(address: str) -> bool:
    """Encrypted, or this very machine; and nothing in it but a place."""
    if not _is_web_address(address):
        return False
    url = urlsplit(address)
    is_here = url.scheme == "http" and url.hostname in {"localhost", "127.0.0.1", "::1"}
    return (url.scheme == "https" or is_here) and not (
        url.query or url.fragment or url.username or url.password
    )


def _is_web_address(address: str) -> bool:
    try:
        url = urlsplit(address)
        return url.scheme in {"http", "https"} and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:  # a port that is no number
        return False
