"""What a server installs, listed from the lock file."""

import json
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_every_locked_package_is_listed_with_its_hashes() -> None:
    lock = REPOSITORY / "requirements" / "server.txt"
    command = [sys.executable, "-P", str(REPOSITORY / "packaging" / "sbom.py"), str(lock)]
    written = [subprocess.run(command, check=True, capture_output=True).stdout for _ in range(2)]
    assert written[0] == written[1]
    bill = json.loads(written[0])
    text = lock.read_text()
    pinned = re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", text, re.MULTILINE)
    assert [(one["name"], one["version"]) for one in bill["components"]] == pinned
    assert len(pinned) > 90
    n_hashes = sum(len(one["properties"]) for one in bill["components"])
    assert n_hashes == text.count("--hash=sha256:")
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert len(bill["dependencies"][0]["dependsOn"]) == len(pinned)
