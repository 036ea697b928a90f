"""The verifier for outsiders, run as they run it: a bare interpreter, one file, no packages."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ledger import bundle, checkpoint, verify_ledger
from app.ledger.chain import GENESIS, Prover, Value, canonical, leaf_hash, merkle_root, verify_inclusion
from app.ledger.checkpoint import Checkpoint

SCRIPT = Path(verify_ledger.__file__)
ORIGIN = "rapport.example/ledger"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)

FACTS: list[dict[str, Value]] = [
    {"kind": "value", "leg": "non_cash", "category": "lodging", "minor": 984_000, "currency": "AUD",
     "reporting_minor": 503_808, "reporting_currency": "GBP"},
    {"kind": "value", "leg": "non_cash", "category": "lodging", "minor": 10_050, "currency": "GBP",
     "reporting_minor": 10_050, "reporting_currency": "GBP"},
    {"kind": "reversal", "leg": "non_cash", "category": "lodging", "minor": -10_050, "currency": "GBP",
     "reporting_minor": -10_050, "reporting_currency": "GBP", "reverses": 2},
    {"kind": "value", "form": "reimbursement", "category": "fee_expenses", "minor": 985_000, "currency": "JPY"},
    {"kind": "value", "form": "access", "category": "exec_access", "minor": 0, "currency": "GBP",
     "unit": "executive_minute", "quantity": 45},
    {"kind": "value", "is_declined": 1, "leg": "non_cash", "category": "gift", "minor": 5_000, "currency": "GBP"},
    {"kind": "late", "leg": "cash", "category": "speaking_fee", "minor": 1_500, "currency": "KWD"},
    {"kind": "period_close", "minor": 0, "currency": "GBP"},
]  # fmt: skip


def some_bodies(facts: list[dict[str, Value]] = FACTS, salt: str = "") -> list[bytes]:
    bodies: list[bytes] = []
    prev = GENESIS
    for seq, fact in enumerate(facts, start=1):
        bodies.append(canonical({"v": 1, "seq": seq, "prev": prev, "salt": salt, **fact}))
        prev = leaf_hash(bodies[-1]).hex()
    return bodies


def signed(bodies: list[bytes], key: Ed25519PrivateKey = KEY, origin: str = ORIGIN) -> str:
    found = Checkpoint(origin, len(bodies), merkle_root(map(leaf_hash, bodies)))
    return checkpoint.sign_checkpoint(found, key)


def folder(path: Path, bodies: list[bytes], note: str) -> Path:
    """An unpacked bundle whose parts need not fit together."""
    path.mkdir()
    (path / "entries.jsonl").write_bytes(b"".join(body + b"\n" for body in bodies))
    (path / "checkpoint.txt").write_text(note, encoding="utf-8", newline="")
    (path / "public_key.pem").write_bytes(checkpoint.public_pem(KEY.public_key()))
    return path


def run(*arguments: object, script: Path = SCRIPT) -> tuple[int, list[str]]:
    """Exit status and lines of `python3 -I -S verify_ledger.py ...`; nothing may reach the error stream."""
    command = [sys.executable, "-I", "-S", "-W", "error", str(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def broken(lines: list[str]) -> list[str]:
    return [line.removeprefix("BROKEN  ") for line in lines if line.startswith("BROKEN")]


def test_a_good_bundle_holds_and_shows_its_totals(tmp_path: Path) -> None:
    bodies = some_bodies()
    target = tmp_path / "bundle.zip"
    bundle.write_bundle(target, bodies, signed(bodies), KEY.public_key())
    status, lines = run(target)
    assert status == 0
    assert lines == [
        "ok      Chain: 8 entries, numbered without a gap, each naming the one before.",
        f"ok      Root: {merkle_root(map(leaf_hash, bodies)).hex()} belongs to these 8 entries.",
        f"ok      Signature: {ORIGIN}, signed with the key {checkpoint.fingerprint(KEY.public_key())}.",
        "        A key that comes with the bundle must be compared with the one the keeper has published.",
        "",
        "By kind: declined 1, late 1, period_close 1, reversal 1, value 4",
        "leg       category              cur   entries              gross         reversals                net",
        "cash      fee_expenses          JPY         1            985,000                 0            985,000",
        "cash      speaking_fee          KWD         1              1.500             0.000              1.500",
        "non_cash  exec_access           GBP         1               0.00              0.00               0.00",
        "non_cash  lodging               GBP         3           5,138.58           -100.50           5,038.08",
        "non_cash  exec_access           45 x executive_minute",
        "",
        "The ledger holds.",
    ]


def test_the_script_inside_the_bundle_checks_the_unpacked_bundle(tmp_path: Path) -> None:
    bodies = some_bodies()
    bundle.write_bundle(tmp_path / "bundle.zip", bodies, signed(bodies), KEY.public_key())
    with zipfile.ZipFile(tmp_path / "bundle.zip") as zipped:
        zipped.extractall(tmp_path / "out")
    assert run(tmp_path / "out", script=tmp_path / "out" / "verify_ledger.py")[0] == 0


def test_an_empty_ledger_holds(tmp_path: Path) -> None:
    assert run(folder(tmp_path / "empty", [], signed([])))[0] == 0


CAUSE = "one of the two was changed, or something between them was taken out or put in."


@pytest.mark.parametrize(
    ("tamper", "first"),
    [
        (lambda b: [*b[:3], b[3].replace(b"985000", b"985001"), *b[4:]],
         f"Entry 5 does not name the hash of entry 4: {CAUSE}"),
        (lambda b: [*b[:7], b[7].replace(b"GBP", b"USD")],
         "The root over the entries is not the signed one: an entry was changed."),
        (lambda b: b[:3] + b[4:], "Entry 4 belongs in line 4, but the line says 5."),
        (lambda b: b[1:], "Entry 1 belongs in line 1, but the line says 2."),
        (lambda b: [*b[:3], some_bodies(salt="x")[3], *b[3:]], f"Entry 4 does not name the hash of entry 3: {CAUSE}"),
        (lambda b: [*b[:3], b[4], b[3], *b[5:]], "Entry 4 belongs in line 4, but the line says 5."),
        (lambda b: b[:6], "The signed checkpoint covers 8 entries, but 6 are here."),
        (lambda b: some_bodies([*FACTS, FACTS[0]]), "The signed checkpoint covers 8 entries, but 9 are here."),
        (lambda b: some_bodies(salt="recomputed"),
         "The root over the entries is not the signed one: an entry was changed."),
        (lambda b: [*b[:7], b"{}", *b[8:]], "Entry 8 belongs in line 8, but the line says None."),
        (lambda b: [*b[:7], b"not json"], "Line 8 cannot be read as an entry."),
        (lambda b: [*b[:7], b'{"minor":1.5}'], "Line 8 cannot be read as an entry."),
        (lambda b: [*b[:7], b"\xff"], "Line 8 cannot be read as an entry."),
        (lambda b: [*b[:4], b"", *b[4:]], "Line 5 cannot be read as an entry."),
    ],
    ids=["change", "change-last", "delete", "delete-first", "insert", "reorder", "truncate", "append", "recompute",
         "empty-entry", "no-json", "float", "no-utf8", "blank-line"],
)  # fmt: skip
def test_a_broken_ledger_does_not_hold(
    tmp_path: Path, tamper: Callable[[list[bytes]], list[bytes]], first: str
) -> None:
    bodies = some_bodies()
    status, lines = run(folder(tmp_path / "bad", tamper(bodies), signed(bodies)))
    assert (status, broken(lines)[0]) == (1, first)
    assert lines[-1] == "The ledger does NOT hold."


def test_a_long_list_of_faults_is_cut(tmp_path: Path) -> None:
    bodies = some_bodies(FACTS * 10)
    status, lines = run(folder(tmp_path / "bad", bodies[::-1], signed(bodies)))
    assert (status, len(broken(lines))) == (1, 20)


def test_a_head_altered_after_signing_does_not_hold(tmp_path: Path) -> None:
    bodies = some_bodies()
    note = signed(bodies[:6]).split("\n\n")[1]
    status, lines = run(folder(tmp_path / "bad", bodies, signed(bodies).split("\n\n")[0] + "\n\n" + note))
    assert (status, broken(lines)) == (1, ["Signature: it does not belong to this checkpoint."])


def test_a_head_signed_by_another_key_does_not_hold(tmp_path: Path) -> None:
    bodies = some_bodies()
    status, lines = run(folder(tmp_path / "bad", bodies, signed(bodies, OTHER_KEY)))
    assert (status, broken(lines)) == (1, ["Signature: the checkpoint was not signed with the given key."])


def test_the_key_one_already_has_wins_over_the_bundled_one(tmp_path: Path) -> None:
    bodies = some_bodies()
    good = folder(tmp_path / "good", bodies, signed(bodies))
    other = tmp_path / "other.pem"
    other.write_bytes(checkpoint.public_pem(OTHER_KEY.public_key()))
    assert run(good, "--key", other)[0] == 1
    status, lines = run(good, "--key", good / "public_key.pem")
    assert status == 0
    assert not any("A key that comes" in line for line in lines)


def test_without_a_key_the_rest_is_checked_and_the_gap_is_said(tmp_path: Path) -> None:
    bodies = some_bodies()
    good = folder(tmp_path / "good", bodies, signed(bodies))
    (good / "public_key.pem").unlink()
    status, lines = run(good)
    assert status == 2
    assert (
        lines[2] == "UNKNOWN Signature: without a public key nobody can tell who signed. Give one with --key."
    )
    assert lines[-1] == "The ledger could not be checked completely."


def test_an_older_checkpoint_is_a_prefix_or_the_history_was_changed(tmp_path: Path) -> None:
    bodies, rewritten = some_bodies(), some_bodies(salt="other")
    heads = {
        "prefix": signed(bodies[:5]),
        "zero": signed([]),
        "same": signed(bodies),
        "larger": signed(some_bodies([*FACTS, FACTS[0]])),
        "rewritten": signed(rewritten[:5]),
        "stranger": signed(bodies[:5], origin="elsewhere.example/ledger"),
    }
    for name, note in heads.items():
        (tmp_path / name).write_text(note, encoding="utf-8", newline="")
    good = folder(tmp_path / "good", bodies, signed(bodies))
    status, lines = run(
        good, "--old", tmp_path / "prefix", "--old", tmp_path / "zero", "--old", tmp_path / "same"
    )
    assert status == 0
    assert [line for line in lines if "History" in line] == [
        f"ok      History: the first {size} entries are those of the older checkpoint." for size in (5, 0, 8)
    ]
    answers = {name: run(good, "--old", tmp_path / name) for name in ("larger", "rewritten", "stranger")}
    assert {name: (status, broken(lines)) for name, (status, lines) in answers.items()} == {
        "larger": (1, ["History: ROLLED BACK. 9 entries were signed once; now 8."]),
        "rewritten": (1, ["History: REWRITTEN. The first 5 entries are not those once signed."]),
        "stranger": (1, ["History: the older checkpoint is of another ledger, elsewhere.example/ledger."]),
    }


def unreadable(path: Path) -> Path:
    path.write_bytes(b"PK but no zip")
    return path


def test_what_cannot_be_read_is_status_two(tmp_path: Path) -> None:
    bodies = some_bodies()
    no_entries = folder(tmp_path / "no-entries", bodies, signed(bodies))
    (no_entries / "entries.jsonl").unlink()
    no_note = folder(tmp_path / "no-note", bodies, signed(bodies))
    (no_note / "checkpoint.txt").unlink()
    bad_note = folder(tmp_path / "bad-note", bodies, "hello\n")
    bad_key = folder(tmp_path / "bad-key", bodies, signed(bodies))
    (bad_key / "public_key.pem").write_text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    empty_zip = tmp_path / "empty.zip"
    zipfile.ZipFile(empty_zip, "w").close()
    for path in (
        no_entries,
        no_note,
        bad_note,
        bad_key,
        empty_zip,
        tmp_path / "nothing",
        unreadable(tmp_path / "x.zip"),
    ):
        status, lines = run(path)
        assert (status, lines[-1]) == (2, "The ledger could not be checked completely."), path
        assert any(line.startswith("UNKNOWN Something cannot be read: ") for line in lines)


def test_a_damaged_zip_is_status_two(tmp_path: Path) -> None:
    bodies = some_bodies(FACTS * 200)
    target = tmp_path / "bundle.zip"
    bundle.write_bundle(target, bodies, signed(bodies), KEY.public_key())
    raw = bytearray(target.read_bytes())
    raw[2000:2100] = bytes(100)
    target.write_bytes(raw)
    assert run(target)[0] in (1, 2)


def test_letters_an_old_console_does_not_know(tmp_path: Path) -> None:
    bodies = some_bodies([{"kind": "value", "category": "Zoë \u6771", "minor": 1, "currency": "GBP"}])
    good = folder(tmp_path / "good", bodies, signed(bodies))
    done = subprocess.run(
        [sys.executable, "-S", str(SCRIPT), str(good)],
        capture_output=True, check=False, env={"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (done.returncode, b"Zo\\xeb \\u6771" in done.stdout) == (0, True)


# excerpts


def excerpt(path: Path, bodies: list[bytes], seqs: list[int], proved: list[int]) -> Path:
    rows = [(seq, "", "", body) for seq, body in enumerate(bodies, start=1)]
    chosen = [bodies[seq - 1] for seq in seqs]
    proofs = bundle.proofs_for(proved, rows)
    assert bundle.write_bundle(path, chosen, signed(bodies), KEY.public_key(), proofs=proofs) == len(seqs)
    return path


def test_an_excerpt_is_proved_entry_by_entry(tmp_path: Path) -> None:
    bodies = some_bodies()
    status, lines = run(excerpt(tmp_path / "part.zip", bodies, [2, 4, 8], [2, 4, 8]))
    assert status == 0
    assert lines[0] == "ok      Excerpt: 3 entries, each proved to stand in the signed 8."
    assert run(tmp_path / "part.zip", "--old", tmp_path / "missing")[0] == 2
    (tmp_path / "old").write_text(signed(bodies[:4]), encoding="utf-8", newline="")
    status, lines = run(tmp_path / "part.zip", "--old", tmp_path / "old")
    assert (status, "UNKNOWN History: an excerpt cannot be held against an older checkpoint." in lines) == (
        2,
        True,
    )


@pytest.mark.parametrize(
    ("seqs", "proved", "first"),
    [
        ([2, 4], [2, 4, 8], "1 entries that were proved are missing from the excerpt."),
        ([2, 4], [2], "Line 2 cannot be read as an entry, or has no proof of its own."),
        ([2, 2], [2], "Line 2 cannot be read as an entry, or has no proof of its own."),
    ],
)
def test_an_excerpt_with_a_gap_does_not_hold(
    tmp_path: Path, seqs: list[int], proved: list[int], first: str
) -> None:
    status, lines = run(excerpt(tmp_path / "part.zip", some_bodies(), seqs, proved))
    assert (status, broken(lines)[0]) == (1, first)


def test_a_changed_entry_of_an_excerpt_does_not_hold(tmp_path: Path) -> None:
    bodies = some_bodies()
    excerpt(tmp_path / "part.zip", bodies, [2, 4], [2, 4])
    with zipfile.ZipFile(tmp_path / "part.zip") as zipped:
        zipped.extractall(tmp_path / "out")
    entries = tmp_path / "out" / "entries.jsonl"
    entries.write_bytes(entries.read_bytes().replace(b"985000", b"985001"))
    status, lines = run(tmp_path / "out")
    assert (status, broken(lines)) == (1, ["Entry 4 is not the one in the signed ledger."])
    (tmp_path / "out" / "proofs.jsonl").write_text('{"seq": 2}\n')
    assert run(tmp_path / "out")[0] == 2


# the mathematics of the script against the application's and against published vectors


@pytest.mark.parametrize(
    ("public", "message", "signature"),
    [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ],
)  # fmt: skip
def test_ed25519_vectors_of_rfc_8032(public: str, message: str, signature: str) -> None:
    key, text, good = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert verify_ledger.signature_holds(key, text, good)
    assert not verify_ledger.signature_holds(key, text + b"x", good)
    # s + order is the same number on the curve, but not a valid signature (RFC 8032 5.1.7)
    large = int.from_bytes(good[32:], "little") + verify_ledger.ORDER
    assert not verify_ledger.signature_holds(key, text, good[:32] + large.to_bytes(32, "little"))


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100), st.integers(0, 64 * 8 - 1))
@settings(max_examples=30, deadline=None)
def test_signatures_of_the_application_hold_until_one_bit_changes(
    seed: bytes, message: bytes, bit: int
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, good = checkpoint.raw_key(key.public_key()), key.sign(message)
    assert verify_ledger.signature_holds(public, message, good)
    changed = (int.from_bytes(good, "big") ^ 1 << bit).to_bytes(64, "big")
    assert not verify_ledger.signature_holds(public, message, changed)


@pytest.mark.parametrize("signature", [b"", b"\x00" * 63, b"\x00" * 65, b"\xff" * 64])
def test_nonsense_is_no_signature(signature: bytes) -> None:
    public = checkpoint.raw_key(KEY.public_key())
    assert not verify_ledger.signature_holds(public, b"", signature)
    assert not verify_ledger.signature_holds(b"\xff" * 32, b"", KEY.sign(b""))


def test_inclusion_paths_climb_to_the_same_root_as_in_the_application() -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(40)]
    prover = Prover(leaves)
    for size in range(1, 41):
        for index in range(size):
            path = prover.inclusion(index, size)
            assert verify_ledger.climb(leaves[index], index, size, path) == prover.root(size)
            assert verify_inclusion(leaves[index], index, size, path, prover.root(size))
            with pytest.raises(ValueError, match="too long or too short"):
                verify_ledger.climb(leaves[index], index, size, [*path, b"x" * 32])


def test_tree_grows_as_in_the_application() -> None:
    tree, leaves = verify_ledger.Tree(), [leaf_hash(b"%d" % number) for number in range(100)]
    for size, leaf in enumerate(leaves):
        assert tree.root() == merkle_root(leaves[:size])
        tree.append(leaf)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(-5, "GBP", "-0.05"), (123_456_789, "JPY", "123,456,789"), (1_500, "KWD", "1.500"), (100, "-", "1.00")],
)
def test_amounts_are_written_with_the_decimals_of_their_currency(
    minor: int, currency: str, text: str
) -> None:
    assert verify_ledger.written(minor, currency) == text


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13"])
def test_other_versions_of_python_run_it(tmp_path: Path, version: str) -> None:
    installed = [
        *Path.home().glob(f".pyenv/versions/{version}.*/bin/python"),
        *map(Path, filter(None, [which(f"python{version}")])),
    ]
    python = next(
        (path for path in installed if subprocess.run([path, "-V"], check=False).returncode == 0), None
    )
    if python is None:
        pytest.skip(f"python{version} is not installed")
    bodies = some_bodies()
    bundle.write_bundle(tmp_path / "bundle.zip", bodies, signed(bodies), KEY.public_key())
    command = [python, "-I", "-S", "-W", "error", str(SCRIPT), str(tmp_path / "bundle.zip")]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
