"""Lists what a server installs as CycloneDX JSON, from the lock file alone: `python3 packaging/sbom.py requirements/server.txt`.

The same lock gives the same bytes: no time and no random number are in it.
"""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def components(lock: str) -> list[dict[str, Any]]:
    """One entry for each package of a lock, with the hashes of the files that may be installed for it."""
    found = []
    starts = [*_PINNED.finditer(lock)]
    for place, pinned in enumerate(starts):
        end = starts[place + 1].start() if place + 1 < len(starts) else len(lock)
        name, version = pinned[1].lower().replace("_", "-"), pinned[2]
        address = f"pkg:pypi/{name}@{version}"
        hashes = sorted(_HASH.findall(lock, pinned.start(), end))
        found.append(
            {
                "type": "library", "bom-ref": address, "name": name, "version": version, "purl": address,
                # A package has several files (per platform); which one is installed, the platform decides.
                "properties": [{"name": "rapport:sha256-of-a-file", "value": digest} for digest in hashes],
            }
        )  # fmt: skip
    return found


def bill(lock: str, version: str) -> dict[str, Any]:
    """The whole document."""
    root = {"type": "application", "bom-ref": f"rapport@{version}", "name": "rapport", "version": version}
    listed = components(lock)
    depends = {"ref": root["bom-ref"], "dependsOn": [one["bom-ref"] for one in listed]}
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component": root},
        "components": listed, "dependencies": [depends],
    }  # fmt: skip


if __name__ == "__main__":
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    json.dump(bill(Path(sys.argv[1]).read_text(), project["version"]), sys.stdout, indent=1)
    sys.stdout.write("\n")
