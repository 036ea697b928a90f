"""The mathematics of the book: canonical bytes, hash chain, Merkle tree and proofs, commitments, sealed details.

Pure functions, no database and no Flask. Hashes inside this module are 32 raw bytes; in bodies and columns they
are 64 lower-case hex digits. The SHA-256 of an entry is at the same time its link in the chain and its leaf in a
Merkle tree of RFC 9162 section 2.1; entry `seq` (from 1) is leaf `seq - 1`. Rule L1, facts-reliability 2.3 and 2.5.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from app.core.sealing import SealBroken as SealBroken
from app.core.sealing import open_sealed as open_sealed
from app.core.sealing import seal as seal

#: What the first entry names as the hash of the one before it.
GENESIS: Final = "0" * 64
#: RFC 9162 2.1.1: the root of a tree without leaves.
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

_HASH_BYTES = 32
_INT_LIMIT = 2**63
_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_TEXT_OR_NULL = frozenset({str, type(None)})
_PLAIN = _TEXT_OR_NULL | {int}

Value: TypeAlias = str | int | None
Body: TypeAlias = dict[str, Value]
#: One stored entry: seq, prev (hex), hash (hex), body.
Row: TypeAlias = tuple[int, str, str, bytes]
#: Given seq and body, a sentence for each column that says something else.
ColumnCheck: TypeAlias = Callable[[int, Body], list[str]]


def canonical(body: Mapping[str, Value]) -> bytes:
    """The bytes that are stored and hashed: JSON, keys sorted by code point, no spaces, UTF-8.

    Only strings, integers of 64 bits and None: a float or a nested value would leave room for two spellings of one
    fact. Raises ValueError that names the field.
    """
    for key, value in body.items():
        if not isinstance(key, str):
            raise ValueError(f"the field name {key!r} is not text")
        if type(value) in _TEXT_OR_NULL:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise ValueError(
                f"{key} is {type(value).__name__}; a ledger body holds only text, integers and null"
            )
        if isinstance(value, int) and not -_INT_LIMIT <= value < _INT_LIMIT:
            raise ValueError(f"{key} does not fit into 64 bits")
    try:
        return _ENCODE(body).encode()
    except UnicodeEncodeError as error:
        raise ValueError("a ledger body holds a character that UTF-8 cannot write") from error


def parse(body: bytes) -> Body:
    """Read canonical bytes; ValueError when they are not one flat JSON object without repeated names."""
    found = _DECODE(body.decode())
    if not isinstance(found, dict):
        raise ValueError("the body is not a JSON object")
    return found


def _flat(pairs: list[tuple[str, Value]]) -> Body:
    parsed = dict(pairs)
    if len(parsed) != len(pairs) or not {*map(type, parsed.values())} <= _PLAIN:
        raise ValueError("a field is repeated, or is neither text nor an integer nor null")
    return parsed


_DECODE = json.JSONDecoder(object_pairs_hook=_flat).decode


def leaf_hash(body: bytes) -> bytes:
    """SHA-256(0x00 || body): the hash of an entry and of its leaf."""
    return hashlib.sha256(b"\x00" + body).digest()


def node(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right): the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing Merkle tree that keeps only its peaks: the roots of its complete subtrees, the largest first.

    There is one peak for each one-bit of the size, so 126,000 entries need ten hashes; they are kept beside the
    head of the book and taken up again with `from_peaks`.
    """

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    @classmethod
    def from_peaks(cls, size: int, peaks: Iterable[str]) -> "Tree":
        """Continue a tree of `size` leaves from its peaks in hex; ValueError if they do not fit the size."""
        tree = cls()
        tree.size, tree._peaks = size, [bytes.fromhex(peak) for peak in peaks]
        if (
            size < 0
            or len(tree._peaks) != size.bit_count()
            or any(len(peak) != _HASH_BYTES for peak in tree._peaks)
        ):
            raise ValueError(f"these are not the peaks of a tree of {size} leaves")
        return tree

    @property
    def peaks(self) -> list[str]:
        """The peaks in hex, the largest subtree first."""
        return [peak.hex() for peak in self._peaks]

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        bits = self.size
        while bits & 1:  # two subtrees of equal height become one, as in binary addition
            leaf = node(self._peaks.pop(), leaf)
            bits >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            root = node(peak, root)
        return root


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """The RFC 9162 root over leaf hashes, read once."""
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


class Prover:
    """All complete subtrees of a ledger in memory (64 bytes an entry): makes a proof in about a hundred hashes."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self._levels = [b"".join(leaves)]
        while (below := self._levels[-1]) and len(below) >= 2 * _HASH_BYTES:
            step = 2 * _HASH_BYTES
            pairs = range(0, len(below) - step + 1, step)
            # below[at:at+step] is left || right already
            self._levels.append(
                b"".join(hashlib.sha256(b"\x01" + below[at : at + step]).digest() for at in pairs)
            )
        self.size = len(self._levels[0]) // _HASH_BYTES

    def root(self, size: int | None = None) -> bytes:
        """The root when the ledger had `size` entries (default: all)."""
        size = self._checked(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """RFC 9162 2.1.3.1: the path from leaf `index` (from 0) to the root of the first `size` leaves."""
        end = self._checked(size)
        if not 0 <= index < end:
            raise ValueError(f"there is no leaf {index} among {end}")
        start, path = 0, []
        while end - start > 1:
            middle = start + _left_width(end - start)
            if index < middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, old_size: int, size: int | None = None) -> list[bytes]:
        """RFC 9162 2.1.4.1: proof that the first `old_size` leaves are a prefix; empty for 0 and for equal sizes."""
        end = self._checked(size)
        if not 0 <= old_size <= end:
            raise ValueError(f"{old_size} leaves cannot be a prefix of {end}")
        if old_size in (0, end):
            return []
        start, path, is_left_edge = 0, [], True
        while old_size != end:
            middle = start + _left_width(end - start)
            if old_size <= middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(start, middle))
                start, is_left_edge = middle, False
        if not is_left_edge:  # else the last subtree is the old tree itself, which the verifier knows
            path.append(self._subtree(start, end))
        return path[::-1]

    def _checked(self, size: int | None) -> int:
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ValueError(f"the ledger has {self.size} entries, not {size}")
        return size

    def _subtree(self, start: int, end: int) -> bytes:
        """The hash over leaves start..end-1; `start` is always a multiple of the next power of two."""
        width = end - start
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            at = (start >> level) * _HASH_BYTES
            return self._levels[level][at : at + _HASH_BYTES]
        middle = start + _left_width(width)
        return node(self._subtree(start, middle), self._subtree(middle, end))


def _left_width(width: int) -> int:
    """The largest power of two smaller than `width` (RFC 9162 2.1.1)."""
    return 1 << (width - 1).bit_length() - 1


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Iterable[bytes], root: bytes) -> bool:
    """RFC 9162 2.1.3.2: is the leaf hash at `index` (from 0) under this root of `size` leaves?"""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and hmac.compare_digest(found, root)


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, proof: list[bytes]) -> bool:
    """RFC 9162 2.1.4.2: is the old tree a prefix of the new one? Every tree continues the empty one."""
    if not 0 <= old_size <= size:
        return False
    if old_size in (0, size):
        return not proof and old_root == (root if old_size == size else EMPTY_ROOT)
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_found = found = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_found, found = node(sibling, old_found), node(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and hmac.compare_digest(old_found, old_root) and hmac.compare_digest(found, root)


class Reason(StrEnum):
    """Why an entry is broken."""

    CHANGED = "changed"  # the stored bytes do not have the stored hash, or cannot be read
    LINK = "link"  # it does not name the hash of the entry before it
    GAP = "gap"  # numbers are missing
    FORK = "fork"  # two entries claim the same place
    COLUMNS = "columns"  # the columns beside the bytes say something else


class Fault(Struct, frozen=True):
    """The entry where the book is broken, and a sentence for whoever reads the verification."""

    seq: int
    reason: Reason
    message: str


def verify_chain(
    rows: Iterable[Row], check_columns: ColumnCheck | None = None, *, tree: Tree | None = None
) -> Iterator[Fault]:
    """Walk stored entries in the order of `seq` and yield every fault; the first one is where the trouble begins.

    `tree` collects the leaf hashes of the stored bytes, so that one walk also gives the root. Memory does not grow.
    """
    last_seq, last_prev, last_hash = 0, "", GENESIS
    for seq, prev, stored_hash, body in rows:
        computed = leaf_hash(body)
        if tree is not None:
            tree.append(computed)
        if seq <= last_seq:
            yield Fault(seq, Reason.FORK, f"Entry {seq} comes again after entry {last_seq}.")
        elif seq > last_seq + 1:
            one, several = f"Entry {seq - 1} is", f"Entries {last_seq + 1} to {seq - 1} are"
            yield Fault(last_seq + 1, Reason.GAP, f"{one if seq == last_seq + 2 else several} missing.")
        elif prev == last_prev:
            yield Fault(
                seq, Reason.FORK, f"Entries {last_seq} and {seq} both claim to follow the same entry."
            )
        elif prev != last_hash:
            yield Fault(seq, Reason.LINK, f"Entry {seq} does not name the hash of the entry before it.")
        if computed.hex() != stored_hash:
            yield Fault(
                seq,
                Reason.CHANGED,
                f"The bytes of entry {seq} do not have its hash: one of them was changed.",
            )
        yield from _check_body(seq, prev, body, check_columns)
        last_seq, last_prev, last_hash = seq, prev, stored_hash


def _check_body(seq: int, prev: str, body: bytes, check_columns: ColumnCheck | None) -> Iterator[Fault]:
    try:
        parsed = parse(body)
    except ValueError as error:
        yield Fault(seq, Reason.CHANGED, f"The bytes of entry {seq} cannot be read: {error}.")
        return
    if (parsed.get("seq"), parsed.get("prev")) != (seq, prev):
        yield Fault(seq, Reason.COLUMNS, f"Number or link in the columns of entry {seq} are not its own.")
    for sentence in check_columns(seq, parsed) if check_columns else ():
        yield Fault(seq, Reason.COLUMNS, sentence)


# Details beside the body: committed to, sealed per subject, erasable (facts-reliability 2.5)

_KEY_BYTES = 32


def new_salt() -> bytes:
    """32 random bytes for one commitment; they live beside the detail and go with it."""
    return os.urandom(32)


def commit(detail: bytes, salt: bytes) -> str:
    """HMAC-SHA256(salt, detail) in hex: binds the detail to the body, and says nothing once the salt is gone."""
    return hmac.digest(salt, detail, "sha256").hex()


def new_subject_key() -> bytes:
    """A fresh AES-256 key for the details of one subject."""
    return os.urandom(_KEY_BYTES)


def wrap(subject_key: bytes, master_key: bytes, subject: str) -> bytes:
    """Encrypt a subject's key for storage; `subject` binds it, so a key cannot be moved to another subject."""
    return seal(master_key, subject_key, subject)


def unwrap(wrapped: bytes, master_key: bytes, subject: str) -> bytes:
    """The subject's key; SealBroken if it was changed, moved, or wrapped by another master key."""
    return open_sealed(master_key, wrapped, subject)
