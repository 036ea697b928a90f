"""What counts as work before it is public: it has no place here, and every attempt is counted (D4, c31); pure."""

import re
from typing import Final
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError
from app.disclosures.details import PublicationDetails
from app.disclosures.models import DraftRequestHow

#: Sites whose links lead to documents of a few, never to a publication.
_DOCUMENT_SITES: Final = (
    "docs.google.com", "drive.google.com", "dropbox.com", "onedrive.live.com", "1drv.ms", "sharepoint.com", "notion.so",
    "wetransfer.com", "we.tl", "icloud.com", "box.com", "pan.baidu.com", "docs.qq.com", "feishu.cn", "larksuite.com", "mega.nz",
)  # fmt: skip
_DRAFT_WORDS: Final = re.compile(
    r"(^|[/?&=_.-])(drafts?|preview|unpublished|unlisted)([/?&=_.-]|$)", re.IGNORECASE
)


class DraftRefused(DomainError):
    """Somebody tried to file work that is not public; it is refused, and that it happened is counted."""


def draft_in(details: PublicationDetails, *, has_file: bool = False) -> DraftRequestHow | None:
    """In which way this is work before it is public, if it is."""
    if has_file:
        return DraftRequestHow.FILE
    try:
        parts = urlsplit(details.url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    is_document = any(host == site or host.endswith(f".{site}") for site in _DOCUMENT_SITES)
    if is_document or _DRAFT_WORDS.search(f"{parts.path}?{parts.query}"):
        return DraftRequestHow.LINK
    return None


WHY: Final = {
    DraftRequestHow.FILE: _l(
        "We take no files of anybody's work, only the public link. This attempt was counted as a draft "
        "asked for."
    ),
    DraftRequestHow.LINK: _l(
        "This leads to a document or a draft, not to something public. We do not look at work before "
        "it is public. This attempt was counted as a draft asked for."
    ),
}
