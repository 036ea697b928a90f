"""Which links may be a publication (D4): open to everybody on the web. Nothing is looked up or opened to tell; pure."""

import ipaddress
import unicodedata
from typing import Final
from urllib.parse import urlsplit

from app.core.fetching import is_public
from app.disclosures.policies import is_web_address

#: Names that mean something only inside one house or one machine (RFC 6761, 6762, 7686, 8375, and names in common use).
_INSIDE: Final = (
    "localhost", "localdomain", "local", "internal", "intranet", "private", "lan", "home", "corp", "home.arpa", "invalid",
    "test", "onion", "alt",
)  # fmt: skip


def is_open_to_all(url: str) -> bool:
    """Whether a web address is one that everybody can open: a site's public name, or a public number.

    What a name leads to is not asked: that would already be a call to a place somebody else chose.
    """
    if not is_web_address(url):
        return False
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 -- a port that is none raises
        host = unicodedata.normalize("NFKC", parts.hostname or "").replace("。", ".").rstrip(".").lower()
    except ValueError:
        return False
    last = host.rpartition(".")[2]
    if ":" in host or last.isdigit() or last.startswith("0x"):
        return _is_public_number(host)
    parts_of_name = host.split(".")
    is_name = len(parts_of_name) > 1 and all(part and len(part) <= 63 for part in parts_of_name)
    is_name = is_name and all(sign.isalnum() or sign in "-_." for sign in host)
    return is_name and not any(host == end or host.endswith(f".{end}") for end in _INSIDE)


def _is_public_number(host: str) -> bool:
    """Only as it is usually written: 2130706433, 0x7f.1 and 127.1 are ways to hide where a link leads."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return is_public(host)
