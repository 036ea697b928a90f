"""The sentences of every language: `app/translations/*.po`, compiled when they changed since the last start.

French has all of them, the other languages at least what people outside the company meet; a sentence without a translation
stays English. `make words` reads the templates and the code again (`core/extracting.py`) and puts new sentences into them.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

_ROOT = Path(__file__).resolve().parents[2]
SOURCES = _ROOT / "app" / "translations"
#: Git-ignored and safe to delete: `make assets`, or the next start where it may write here, makes it again.
_BUILD = _ROOT / "build" / "translations"
_DOMAIN = "messages"


def catalogue_of(language: str) -> Path:
    """The catalogue of a language, as translators edit it."""
    return SOURCES / language / "LC_MESSAGES" / f"{_DOMAIN}.po"


def compiled(target: Path = _BUILD) -> Path:
    """The folder of compiled catalogues, named after what they were made from, so that it never goes stale.

    It appears whole or not at all: several processes may start at the same time.
    """
    sources = sorted(SOURCES.glob(f"*/LC_MESSAGES/{_DOMAIN}.po"))
    mark = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    made = target / mark
    if made.is_dir():
        return made
    target.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=target, prefix=".draft-"))
    for source in sources:
        _compile(source, draft / source.parent.relative_to(SOURCES))
    draft.chmod(0o755)
    try:
        draft.rename(made)
    except OSError:  # another process was first
        shutil.rmtree(draft)
    return made


def _compile(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    with source.open("rb") as words, (folder / f"{_DOMAIN}.mo").open("wb") as file:
        write_mo(file, read_po(words))


if __name__ == "__main__":
    compiled()
