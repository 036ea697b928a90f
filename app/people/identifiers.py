"""What other systems call a person, kept only as a keyed hash: enough to recognise, not to reveal."""

import hmac
from hashlib import sha256

from flask import current_app


def hash_identifier(scheme: str, value: str) -> str:
    """HMAC-SHA256 of an outside id under the installation's master key, in hex."""
    message = f"person_identifier\0{scheme}\0{value}".encode()
    return hmac.new(current_app.config["MASTER_KEY"], message, sha256).hexdigest()
