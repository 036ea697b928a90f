"""Fetches ical.js, the calendar reader of Thunderbird and Nextcloud, for the tests to ask: exactly this archive, or none.

    python tests/fetch_ical_js.py build/ical.js

It is Mozilla's (MPL 2.0), stays in the build folder and is no part of Rapport.
"""

import base64
import hashlib
import io
import sys
import tarfile
import urllib.request
from pathlib import Path

ARCHIVE = "https://registry.npmjs.org/ical.js/-/ical.js-2.2.1.tgz"
#: As the registry states it ("integrity").
SHA512 = "yK/UlPbEs316igb/tjRgbFA8ZV75rCsBJp/hWOatpyaPNlgw0dGDmU+FoicOcwX4xXkeXOkYiOmCqNPFpNPkQg=="
SCRIPT = "package/dist/ical.es5.cjs"


def main(target: Path) -> None:
    """Fetch, check, take the one file out; SystemExit with the reason when that cannot be done."""
    try:
        with urllib.request.urlopen(ARCHIVE, timeout=60) as answer:
            content = answer.read()
    except OSError as trouble:
        raise SystemExit(f"{ARCHIVE} cannot be fetched: {trouble}") from None
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != SHA512:
        raise SystemExit(f"{ARCHIVE} is not the archive that was looked at; nothing is kept.")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        script = archive.extractfile(SCRIPT)
        assert script is not None
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(script.read())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
