"""The export bundle: one zip that a stranger can verify with nothing but Python."""

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.ledger.chain import Prover, Row, leaf_hash
from app.ledger.checkpoint import fingerprint, parse_checkpoint, public_pem

_SCRIPT = Path(__file__).with_name("verify_ledger.py")
# A fixed time: the same book gives the same bundle, byte for byte.
_TIME = (1980, 1, 1, 0, 0, 0)

_README = """\
This is an export of a ledger. Anybody can check it:

    python3 verify_ledger.py bundle.zip

(or give the folder, if you have unpacked it; Python 3.9 or newer, nothing to install.)

entries.jsonl      one entry per line, byte for byte as it was hashed
checkpoint.txt     the signed head: name, number of entries, Merkle root, signature (c2sp.org/tlog-checkpoint)
public_key.pem     the key that signed, SHA-256 {fingerprint}
verify_ledger.py   the program that checks all this; read it, it is short
proofs.jsonl       only in an excerpt: for each entry the proof that it stands in the signed book
lines.csv          only in an excerpt: the same entries in words, for reading; what is proved is entries.jsonl

The key in this bundle proves nothing about who signed. Compare its fingerprint with the one the keeper of the
ledger has published, or give your own copy: --key public_key.pem
To learn whether history was changed since an earlier export, keep its checkpoint and add: --old checkpoint.txt
"""


def write_bundle(
    target: Path | IO[bytes],
    bodies: Iterable[bytes],
    note: str,
    public_key: Ed25519PublicKey,
    *,
    proofs: Mapping[int, list[bytes]] | None = None,
    beside: Mapping[str, bytes] | None = None,
) -> int:
    """Write entries, signed checkpoint, key and verifier into a zip; returns the number of entries written.

    `bodies` are stored bytes in the order of `seq`: the whole book up to the checkpoint, or, with `proofs` (seq to
    inclusion path), an excerpt. `beside` are further files, for reading. ValueError when the number of entries is not the
    one that was signed.
    """
    size = parse_checkpoint(note).checkpoint.size
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle:
        n_entries = 0
        with bundle.open(_member("entries.jsonl"), "w", force_zip64=True) as entries:
            for body in bodies:
                entries.write(body + b"\n")
                n_entries += 1
        if proofs is None and n_entries != size:
            raise ValueError(f"the checkpoint covers {size} entries, but {n_entries} were given")
        if proofs is not None:
            lines = (
                {"seq": seq, "proof": [step.hex() for step in path]} for seq, path in sorted(proofs.items())
            )
            bundle.writestr(_member("proofs.jsonl"), "".join(json.dumps(line) + "\n" for line in lines))
        for name, content in (beside or {}).items():
            bundle.writestr(_member(name), content)
        bundle.writestr(_member("checkpoint.txt"), note.encode())
        bundle.writestr(_member("public_key.pem"), public_pem(public_key))
        bundle.writestr(_member("verify_ledger.py"), _SCRIPT.read_bytes())
        bundle.writestr(_member("README.txt"), _README.format(fingerprint=fingerprint(public_key)))
    return n_entries


def proofs_for(seqs: Iterable[int], rows: Iterable[Row]) -> dict[int, list[bytes]]:
    """Inclusion paths for some entries of the book, from one walk over all rows up to the checkpoint."""
    prover = Prover(leaf_hash(body) for _, _, _, body in rows)
    return {seq: prover.inclusion(seq - 1) for seq in seqs}


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _TIME)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    return member
