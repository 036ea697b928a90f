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
