"""Check an exported ledger without the program that wrote it: one file, Python 3.9 or newer, nothing to install.

    python3 verify_ledger.py bundle.zip [--old checkpoint.txt] [--key public_key.pem]

The bundle is a zip or a folder with entries.jsonl (one entry per line, the very bytes that were hashed),
checkpoint.txt (a signed note, c2sp.org/tlog-checkpoint) and public_key.pem. What is checked:
chain      each entry names the SHA-256 of (byte 0 + the entry before it), and the numbers have no gap;
root       the Merkle root of RFC 9162 over all entries is the signed one;
signature  Ed25519 (RFC 8032) by the given key over the first three lines of the checkpoint;
history    with --old: the entries that an older checkpoint covered are still the first ones, unchanged.
An excerpt (with proofs.jsonl) has no chain; each entry is proved to stand in the signed ledger instead.
Exit status: 0 all holds, 1 something is broken, 2 something could not be checked.
"""
# ruff: noqa: T201 (a program for the command line prints)

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import re
import sys
import zipfile
import zlib
from collections import defaultdict
from pathlib import Path
from typing import IO, NamedTuple, Union

GENESIS = "0" * 64
OK, BROKEN, UNKNOWN = "ok", "BROKEN", "UNKNOWN"
VALUE_KINDS = ("value", "late", "reversal")
NON_CASH_FORMS = ("in_kind_vendor", "in_kind_own", "access", "loan")
# ISO 4217: decimal places of the currencies that do not have two.
WITHOUT_CENTS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
DIGITS = {**dict.fromkeys(WITHOUT_CENTS.split(), 0), "CLF": 4, "UYW": 4}
DIGITS.update(dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3))
PEM_PREFIX = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: "an Ed25519 public key follows"
Folder = Union[Path, zipfile.Path]  # noqa: UP007 (written so for Python 3.9)


class CannotCheck(ValueError):
    """Something is missing or unreadable, so there is no answer."""


# The Merkle tree of RFC 9162, section 2.1


def leaf_hash(body: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + body).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree that keeps one hash for each complete subtree."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        bits = self.size
        while bits & 1:
            leaf = node(self.peaks.pop(), leaf)
            bits >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        root = self.peaks[-1] if self.peaks else hashlib.sha256(b"").digest()
        for peak in reversed(self.peaks[:-1]):
            root = node(peak, root)
        return root


def climb(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root that an inclusion path leads to (2.1.3); ValueError if the path has another length."""
    if (size == 1) != (not proof):
        raise ValueError("the path is too long or too short")
    if size == 1:
        return leaf
    left = 1 << (size - 1).bit_length() - 1
    if index < left:
        return node(climb(leaf, index, left, proof[:-1]), proof[-1])
    return node(proof[-1], climb(leaf, index - left, size - left, proof[:-1]))


# Ed25519, only the checking of signatures: RFC 8032, sections 5.1 and 6. Points are (X, Y, Z, T) with x = X/Z,
# y = Y/Z, xy = T/Z. Slow and open to timing measurements, which does not matter: nothing here is secret.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, d - c, d + c, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(factor: int, point: Point) -> Point:
    product: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            product = add(product, point)
        point = add(point, point)
        factor >>= 1
    return product


def point_from(data: bytes) -> Point:
    """Section 5.1.3; ValueError if the bytes are no point of the curve."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        raise ValueError("not a point")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def signature_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Section 5.1.7: s*B = R + h*A."""
    try:
        a, r = point_from(public_key), point_from(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % ORDER
    base = point_from((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    left, right = times(s, base), add(r, times(h, a))
    return all((left[axis] * right[2] - right[axis] * left[2]) % P == 0 for axis in (0, 1))


class Note(NamedTuple):
    origin: str
    size: int
    root: bytes
    text: bytes
    lines: list[tuple[str, bytes]]


def read_note(raw: bytes, called: str) -> Note:
    """A signed checkpoint; CannotCheck if it is something else."""
    try:
        text, gap, tail = raw.decode().rpartition("\n\n")
        origin, size, root = text.split("\n")[:3]
        lines = []
        for line in tail.rstrip("\n").split("\n"):
            dash, name, signature = line.split(" ")
            lines.append((name, base64.b64decode(signature, validate=True)))
            if dash != "\u2014" or not gap:
                raise ValueError("no signature line")
        return Note(origin, int(size), base64.b64decode(root, validate=True), (text + "\n").encode(), lines)
    except ValueError as error:
        raise CannotCheck(f"{called} is not a signed checkpoint.") from error


def read_key(pem: bytes) -> bytes:
    """The 32 bytes of an Ed25519 public key; CannotCheck if it is another kind of key."""
    der = base64.b64decode(re.sub(rb"-----[^-]*-----|\s", b"", pem))
    if len(der) != 44 or not der.startswith(PEM_PREFIX):
        raise CannotCheck("The public key is not an Ed25519 key.")
    return der[12:]


def open_part(bundle: Folder, name: str) -> IO[bytes]:
    part = bundle / name
    if not part.exists():
        raise CannotCheck(f"{name} is missing from the bundle.")
    return part.open("rb")


class Findings:
    """What was found, said as it is found; the worst decides the exit status."""

    def __init__(self) -> None:
        self.counts = {OK: 0, BROKEN: 0, UNKNOWN: 0}

    def say(self, mark: str, sentence: str) -> None:
        self.counts[mark] += 1
        if self.counts[mark] <= 20:  # one bad line may spoil thousands
            print(f"{mark:<7} {sentence}")

    def status(self) -> int:
        return 1 if self.counts[BROKEN] else 2 if self.counts[UNKNOWN] else 0


def parse(body: bytes) -> dict[str, object]:
    found = json.loads(body.decode())
    if not isinstance(found, dict) or not {*map(type, found.values())} <= {str, int, type(None)}:
        raise ValueError("not a flat object of text, integers and null")
    return found


def walk_chain(bundle: Folder, totals: Totals, tree: Tree, roots: dict[int, bytes], found: Findings) -> None:
    """One walk: numbers, links, totals, and the root after each size that `roots` asks for."""
    previous = GENESIS
    with open_part(bundle, "entries.jsonl") as file:
        for number, line in enumerate(file, start=1):
            if tree.size in roots:
                roots[tree.size] = tree.root()
            leaf = leaf_hash(line.rstrip(b"\n"))
            tree.append(leaf)
            walk_entry(number, line, previous, totals, found)
            previous = leaf.hex()
    roots[tree.size] = tree.root()
    if not found.counts[BROKEN]:
        found.say(OK, f"Chain: {tree.size:,} entries, numbered without a gap, each naming the one before.")


def walk_entry(number: int, line: bytes, previous: str, totals: Totals, found: Findings) -> None:
    try:
        body = parse(line)
    except ValueError:
        found.say(BROKEN, f"Line {number} cannot be read as an entry.")
        return
    totals.add(body)
    if body.get("seq") != number:
        found.say(BROKEN, f"Entry {number} belongs in line {number}, but the line says {body.get('seq')}.")
    if body.get("prev") != previous and number == 1:
        found.say(BROKEN, "Entry 1 is not the first of a ledger: the beginning was changed or taken away.")
    elif body.get("prev") != previous:
        cause = "one of the two was changed, or something between them was taken out or put in"
        found.say(BROKEN, f"Entry {number} does not name the hash of entry {number - 1}: {cause}.")


def check_root(note: Note, tree: Tree, found: Findings) -> None:
    if tree.size != note.size:
        found.say(BROKEN, f"The signed checkpoint covers {note.size:,} entries, but {tree.size:,} are here.")
    elif tree.root() != note.root:
        found.say(BROKEN, "The root over the entries is not the signed one: an entry was changed.")
    else:
        found.say(OK, f"Root: {note.root.hex()} belongs to these {note.size:,} entries.")


def check_excerpt(bundle: Folder, note: Note, totals: Totals, found: Findings) -> None:
    """Each entry of an excerpt must have a proof that it stands in the signed ledger at its number."""
    with open_part(bundle, "proofs.jsonl") as file:
        proofs = {one["seq"]: [bytes.fromhex(step) for step in one["proof"]] for one in map(json.loads, file)}
    n_good = 0
    with open_part(bundle, "entries.jsonl") as file:
        for number, line in enumerate(file, start=1):
            try:
                body = parse(line)
                seq = int(str(body.get("seq")))
                root = climb(leaf_hash(line.rstrip(b"\n")), seq - 1, note.size, proofs.pop(seq))
            except (ValueError, KeyError):
                found.say(BROKEN, f"Line {number} cannot be read as an entry, or has no proof of its own.")
                continue
            totals.add(body)
            n_good += 1
            if root != note.root or not 1 <= seq <= note.size:
                found.say(BROKEN, f"Entry {seq} is not the one in the signed ledger.")
    if proofs:
        found.say(BROKEN, f"{len(proofs)} entries that were proved are missing from the excerpt.")
    if not found.counts[BROKEN]:
        found.say(OK, f"Excerpt: {n_good:,} entries, each proved to stand in the signed {note.size:,}.")


def check_signature(note: Note, key: bytes, found: Findings) -> None:
    """A line counts if its id belongs to its name and this key; lines of others (witnesses) are passed over."""
    held = [
        signature_holds(key, note.text, signature[4:])
        for name, signature in note.lines
        if signature[:4] == hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
    ]
    if not held:
        found.say(BROKEN, "Signature: the checkpoint was not signed with the given key.")
    elif not all(held):
        found.say(BROKEN, "Signature: it does not belong to this checkpoint.")
    else:
        found.say(OK, f"Signature: {note.origin}, signed with the key {hashlib.sha256(key).hexdigest()}.")


def check_history(old: Note, note: Note, tree: Tree, roots: dict[int, bytes], found: Findings) -> None:
    if old.origin != note.origin:
        found.say(BROKEN, f"History: the older checkpoint is of another ledger, {old.origin}.")
    elif old.size > tree.size:
        found.say(BROKEN, f"History: ROLLED BACK. {old.size:,} entries were signed once; now {tree.size:,}.")
    elif roots[old.size] != old.root:
        found.say(BROKEN, f"History: REWRITTEN. The first {old.size:,} entries are not those once signed.")
    else:
        found.say(OK, f"History: the first {old.size:,} entries are those of the older checkpoint.")


class Totals:
    """To hold a printed report against: minor units per leg, category and currency; access is counted in units."""

    def __init__(self) -> None:
        self.cells: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        self.units: dict[tuple[str, str, str], int] = defaultdict(int)
        self.kinds: dict[str, int] = defaultdict(int)

    def add(self, body: dict[str, object]) -> None:
        kind, form = "declined" if body.get("is_declined") else body.get("kind"), body.get("form")
        self.kinds[str(kind)] += 1
        if kind not in VALUE_KINDS:
            return
        leg = body.get("leg") or ("-" if not form else "non_cash" if form in NON_CASH_FORMS else "cash")
        category, unit, quantity = str(body.get("category") or "-"), body.get("unit"), body.get("quantity")
        # The reporting amount is what the person received; without one the original amount stands.
        prefix = "reporting_" if body.get("reporting_currency") else ""
        minor, currency = body.get(prefix + "minor"), str(body.get(prefix + "currency") or "-")
        cell = self.cells[str(leg), category, currency]
        cell[0] += 1
        cell[2 if kind == "reversal" else 1] += minor if isinstance(minor, int) else 0
        if unit not in (None, "", "item") and isinstance(quantity, int):
            self.units[str(leg), category, str(unit)] += quantity

    def show(self) -> None:
        row = "{:<9} {:<21} {:<4} {:>8} {:>18} {:>17} {:>18}".format
        print("\nBy kind: " + ", ".join(f"{kind} {n:,}" for kind, n in sorted(self.kinds.items())))
        if self.cells:
            print(row("leg", "category", "cur", "entries", "gross", "reversals", "net"))
        for (leg, category, currency), (n, gross, back) in sorted(self.cells.items()):
            amounts = [written(minor, currency) for minor in (gross, back, gross + back)]
            print(row(leg, category, currency, f"{n:,}", *amounts))
        for (leg, category, unit), quantity in sorted(self.units.items()):
            print(f"{leg:<9} {category:<21} {quantity:,} x {unit}")


def written(minor: int, currency: str) -> str:
    digits = DIGITS.get(currency, 2)
    whole, part = divmod(abs(minor), 10**digits)
    return ("-" if minor < 0 else "") + f"{whole:,}" + (f".{part:0{digits}}" if digits else "")


def check(arguments: argparse.Namespace, found: Findings) -> None:
    path, totals, tree = arguments.bundle, Totals(), Tree()
    bundle: Folder = path if path.is_dir() else zipfile.Path(str(path))
    is_excerpt = (bundle / "proofs.jsonl").exists()
    note = read_note((bundle / "checkpoint.txt").read_bytes(), "checkpoint.txt")
    olds = [read_note(old.read_bytes(), str(old)) for old in arguments.old]
    roots = {old.size: b"" for old in olds}
    if is_excerpt:
        check_excerpt(bundle, note, totals, found)
    else:
        walk_chain(bundle, totals, tree, roots, found)
        check_root(note, tree, found)
    key_file = arguments.key or bundle / "public_key.pem"
    if key_file.exists():
        check_signature(note, read_key(key_file.read_bytes()), found)
    else:
        found.say(UNKNOWN, "Signature: without a public key nobody can tell who signed. Give one with --key.")
    if not arguments.key:
        print(
            "        A key that comes with the bundle must be compared with the one the keeper has published."
        )
    if olds and is_excerpt:
        found.say(UNKNOWN, "History: an excerpt cannot be held against an older checkpoint.")
    for old in () if is_excerpt else olds:
        check_history(old, note, tree, roots, found)
    totals.show()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an exported ledger: chain, root, signature, totals.")
    parser.add_argument("bundle", type=Path, help="the exported zip, or the folder it was unpacked into")
    parser.add_argument(
        "--old", type=Path, action="append", default=[], help="checkpoint of an earlier export"
    )
    parser.add_argument("--key", type=Path, help="a public key (PEM) you have, instead of the bundled one")
    arguments, found = parser.parse_args(argv), Findings()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # an old console may not know every letter
    try:
        check(arguments, found)
    except (
        OSError,
        KeyError,
        TypeError,
        ValueError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as problem:
        found.say(UNKNOWN, f"Something cannot be read: {problem}")
    print("\nThe ledger " + ("holds.", "does NOT hold.", "could not be checked completely.")[found.status()])
    return found.status()


if __name__ == "__main__":
    sys.exit(main())
