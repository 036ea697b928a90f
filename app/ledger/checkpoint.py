"""Signed heads of the book: C2SP checkpoints, the keys that sign them, and the book held against heads once signed.

Formats: https://c2sp.org/tlog-checkpoint and https://c2sp.org/signed-note with Ed25519 (signature type 0x01), so
that any witness or transparency log tool can read and co-sign them. Rule L1, facts-reliability 2.3.5 and 2.3.7.
"""

import base64
import binascii
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask_babel import gettext as _
from msgspec import Struct

from app.ledger.chain import EMPTY_ROOT, ColumnCheck, Fault, Row, Tree, verify_chain

_ED25519: Final = b"\x01"
_DASH: Final = "\N{EM DASH} "
_MAX_NOTE = 1_000_000  # characters; the format asks readers to have a limit
_KEY_NAME = re.compile(r"[^\s+\x00-\x1f]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class CheckpointError(ValueError):
    """The text is not a checkpoint, or no signature of a known key holds; the message is a sentence."""


class KeyFileError(ValueError):
    """A key file cannot be used; the message says what to do."""


class Checkpoint(Struct, frozen=True):
    """The head of the book at one moment: who keeps it, how many entries, and the Merkle root (32 bytes) over them."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not _KEY_NAME.fullmatch(self.origin):
            raise CheckpointError(
                _("An origin is a name such as example.com/ledger, without spaces or plus signs.")
            )
        if self.size < 0 or len(self.root) != 32:
            raise CheckpointError(_("A checkpoint holds a size of zero or more and a root of 32 bytes."))

    @property
    def text(self) -> str:
        """The signed part: origin, size, base64 root, each on its line."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @property
    def short(self) -> str:
        """For the foot of a page: size and the first 16 hex digits of the root."""
        return f"size {self.size:,} · root {self.root.hex()[:16]}"


class NoteSignature(Struct, frozen=True):
    """One signature line: the name of the key, its four-byte id, and the signature itself."""

    name: str
    key_id: bytes
    signature: bytes


class SignedCheckpoint(Struct, frozen=True):
    """A checkpoint as read, with the exact text that was signed; nothing is verified yet."""

    checkpoint: Checkpoint
    text: str
    signatures: tuple[NoteSignature, ...]


def raw_key(public_key: Ed25519PublicKey) -> bytes:
    """The 32 bytes of a public key (RFC 8032)."""
    return public_key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def key_id(name: str, public_key: Ed25519PublicKey) -> bytes:
    """The first four bytes of SHA-256(name, newline, 0x01, public key), as signed-note says."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + raw_key(public_key)).digest()[:4]


def verifier_key(name: str, public_key: Ed25519PublicKey) -> str:
    """The key in one line for publication, `name+id+base64`, as the tools of transparency logs take it."""
    encoded = base64.b64encode(_ED25519 + raw_key(public_key)).decode()
    return f"{name}+{key_id(name, public_key).hex()}+{encoded}"


def public_pem(public_key: Ed25519PublicKey) -> bytes:
    """The public key as PEM, for `openssl` and for the export bundle."""
    return public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def fingerprint(public_key: Ed25519PublicKey) -> str:
    """SHA-256 over the 32 key bytes in hex: what is printed on paper and compared by eye."""
    return hashlib.sha256(raw_key(public_key)).hexdigest()


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey, *, name: str | None = None) -> str:
    """The signed note. The key's name is the origin unless another is given."""
    name = checkpoint.origin if name is None else name
    if not _KEY_NAME.fullmatch(name):
        raise CheckpointError(_("A key name has no spaces and no plus signs."))
    signature = key_id(name, key.public_key()) + key.sign(checkpoint.text.encode())
    return f"{checkpoint.text}\n{_DASH}{name} {base64.b64encode(signature).decode()}\n"


def parse_checkpoint(note: str) -> SignedCheckpoint:
    """Read a note without trusting it; CheckpointError when it is not a checkpoint."""
    if len(note) > _MAX_NOTE:
        raise CheckpointError(_("This file is far too large for a checkpoint."))
    if any(ord(char) < 32 and char != "\n" for char in note):
        raise CheckpointError(_("A checkpoint has plain line ends and no control characters."))
    # The text ends at the last empty line; signature lines follow.
    text, gap, tail = note.rpartition("\n\n")
    lines = text.split("\n")
    if not gap or not tail.endswith("\n") or len(lines) < 3 or not all(lines):
        raise CheckpointError(
            _("This is not a checkpoint: it needs origin, size, root, an empty line and a signature.")
        )
    if not _SIZE.fullmatch(lines[1]):
        raise CheckpointError(_("The second line of a checkpoint is the number of entries."))
    checkpoint = Checkpoint(lines[0], int(lines[1]), _base64(lines[2]))
    signatures = tuple(_signature(line) for line in tail[:-1].split("\n"))
    return SignedCheckpoint(checkpoint, text + "\n", signatures)


def _signature(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    signature = _base64(encoded)
    if not line.startswith(_DASH) or not space or not _KEY_NAME.fullmatch(name) or len(signature) < 5:
        raise CheckpointError(_("A signature line of this checkpoint cannot be read."))
    return NoteSignature(name, signature[:4], signature[4:])


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise CheckpointError(_("A line of this checkpoint is not base64.")) from None


def verify_checkpoint(note: str, *public_keys: Ed25519PublicKey, name: str | None = None) -> Checkpoint:
    """The checkpoint, if a known key signed it; else CheckpointError.

    `name` is the name the keys are known under (default: the origin). Lines of unknown keys are ignored, such as
    those of witnesses; a wrong signature of a known key spoils the whole note (signed-note, "Signatures").
    """
    signed = parse_checkpoint(note)
    known_as = signed.checkpoint.origin if name is None else name
    known = {key_id(known_as, key): key for key in public_keys}
    n_good = 0
    for line in signed.signatures:
        if line.name != known_as or line.key_id not in known:
            continue
        try:
            known[line.key_id].verify(line.signature, signed.text.encode())
        except InvalidSignature:
            raise CheckpointError(
                _("The signature of %(line)s does not belong to this text.", line=line.name)
            ) from None
        n_good += 1
    if not n_good:
        raise CheckpointError(
            _("No known key signed this checkpoint of %(origin)s.", origin=signed.checkpoint.origin)
        )
    return signed.checkpoint


# Keys live in files beside the installation, never in the database: who copies the database cannot sign.


def load_or_create_key(path: Path) -> Ed25519PrivateKey:
    """The signing key at `path` (PKCS 8 PEM, mode 0600), made on first use; KeyFileError if it cannot be trusted."""
    fresh = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        key = serialization.load_pem_private_key(_load_or_create(path, fresh), password=None)
    except (ValueError, TypeError) as error:
        if isinstance(error, KeyFileError):
            raise
        raise KeyFileError(
            _("%(path)s holds no private key in PEM; restore it from the backup of the keys.", path=path)
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(
            _("%(path)s holds another kind of key; checkpoints are signed with Ed25519.", path=path)
        )
    return key


def load_or_create_master_key(path: Path) -> bytes:
    """The 32 bytes that wrap the subjects' keys, kept as hex in a file of mode 0600 and made on first use."""
    text = _load_or_create(path, os.urandom(32).hex().encode() + b"\n")
    try:
        key = bytes.fromhex(text.decode())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeyFileError(
            _("%(path)s does not hold 64 hex digits; restore it from the backup of the keys.", path=path)
        )
    return key


def _load_or_create(path: Path, fresh: bytes) -> bytes:
    """The file's bytes. Two processes that start at once agree on one key: the hard link is made or it is not."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mkstemp gives mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(fresh)
                file.flush()
                os.fsync(file.fileno())
            os.link(made, path)
        except FileExistsError:
            pass  # the other process was first; its key is read below
        finally:
            Path(made).unlink()
    if path.stat().st_mode & 0o077:
        raise KeyFileError(
            _("Other users of this machine can open %(path)s. Run: chmod 600 %(path)s", path=path)
        )
    return path.read_bytes()


class State(StrEnum):
    """The answer of a verification, in the order of alarm."""

    OK = "ok"
    BROKEN = "broken"
    ROLLED_BACK = "rolled_back"  # a known head is larger than the book
    REWRITTEN = "rewritten"  # a known head is not a prefix of the book


class Verdict(Struct, frozen=True):
    """What a walk over the whole book found. `root` is in hex; `faults` holds at most the first hundred."""

    state: State
    size: int
    root: str
    message: str
    faults: tuple[Fault, ...] = ()


def verify_book(
    rows: Iterable[Row],
    known: Iterable[tuple[int, bytes]] = (),
    check_columns: ColumnCheck | None = None,
) -> Verdict:
    """One walk over the book, held against heads (size, root) that were published earlier (facts-reliability 2.3.7)."""
    heads = sorted(set(known))
    tree, roots = Tree(), {0: EMPTY_ROOT}
    sizes = {size for size, _ in heads}

    def counted() -> Iterator[Row]:
        for row in rows:
            if tree.size in sizes:
                roots[tree.size] = tree.root()
            yield row

    faults: list[Fault] = []
    for fault in verify_chain(counted(), check_columns, tree=tree):
        if len(faults) < 100:
            faults.append(fault)
    roots[tree.size] = tree.root()
    state, message = _weigh(tree.size, roots, heads, faults)
    return Verdict(state, tree.size, tree.root().hex(), message, tuple(faults))


def _weigh(
    size: int, roots: dict[int, bytes], heads: list[tuple[int, bytes]], faults: list[Fault]
) -> tuple[State, str]:
    if faults:
        return State.BROKEN, f"The book is broken at entry {faults[0].seq}. {faults[0].message}"
    for known_size, known_root in heads:
        if known_size <= size and roots[known_size] != known_root:
            return (
                State.REWRITTEN,
                f"The book was rewritten: its first {known_size:,} entries are not those once signed.",
            )
    if heads and heads[-1][0] > size:
        return (
            State.ROLLED_BACK,
            f"The book was rolled back: {heads[-1][0]:,} entries were signed, {size:,} are here.",
        )
    return State.OK, f"All {size:,} entries are whole and in order."
