"""Looks at the settings once, at the start: a wrong one is named at once, not at the first mail or amount."""

from collections.abc import Mapping
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


def _check_provider(config: Mapping[str, Any]) -> None:
    issuer = urlsplit(config["OIDC_ISSUER"])
    is_here = issuer.scheme == "http" and issuer.hostname in {"localhost", "127.0.0.1", "::1"}
    if (
        not (_is_web_address(config["OIDC_ISSUER"]) and (issuer.scheme == "https" or is_here))
        or issuer.query
        or issuer.fragment
    ):
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


def _is_web_address(address: str) -> bool:
    try:
        url = urlsplit(address)
        return url.scheme in {"http", "https"} and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:  # a port that is no number
        return False
