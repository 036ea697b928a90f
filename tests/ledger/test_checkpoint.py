"""Signed checkpoints, key files, the book held against heads that were signed, and the export bundle."""

import base64
import io
import stat
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import which

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.ledger import bundle, checkpoint
from app.ledger.chain import EMPTY_ROOT, GENESIS, Row, canonical, leaf_hash, merkle_root
from app.ledger.checkpoint import Checkpoint, CheckpointError, KeyFileError, State, verify_book

ORIGIN = "rapport.example/ledger"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()


def some_book(size: int, salt: str = "") -> list[Row]:
    rows: list[Row] = []
    prev = GENESIS
    for seq in range(1, size + 1):
        body = canonical({"v": 1, "seq": seq, "prev": prev, "note": salt})
        rows.append((seq, prev, leaf_hash(body).hex(), body))
        prev = rows[-1][2]
    return rows


def head(rows: list[Row]) -> Checkpoint:
    return Checkpoint(ORIGIN, len(rows), merkle_root(bytes.fromhex(row[2]) for row in rows))


def test_note_has_the_lines_of_the_format() -> None:
    found = Checkpoint(ORIGIN, 20852163, bytes(range(32)))
    note = checkpoint.sign_checkpoint(found, KEY)
    lines = note.split("\n")
    assert lines[:4] == [ORIGIN, "20852163", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ""]
    dash, name, signature = lines[4].split(" ")
    assert (dash, name, len(base64.b64decode(signature)), lines[5:]) == ("\u2014", ORIGIN, 4 + 64, [""])
    assert checkpoint.verify_checkpoint(note, PUBLIC) == found


def test_short_form_for_the_foot_of_a_page() -> None:
    root = bytes.fromhex("5dc9da79a4c2e6f1" + "00" * 24)
    assert Checkpoint(ORIGIN, 1204, root).short == "size 1,204 · root 5dc9da79a4c2e6f1"


def test_key_id_is_that_of_signed_note() -> None:
    """The verifier key and the note of the documentation of golang.org/x/mod/sumdb/note's format, as published."""
    encoded = base64.b64decode("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    public = Ed25519PublicKey.from_public_bytes(encoded[1:])
    line = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    assert checkpoint.key_id("example.com/foo", public).hex() == "530d903a"
    assert checkpoint.verifier_key("example.com/foo", public) == (
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    )
    assert base64.b64decode(line)[:4].hex() == "530d903a"
    public.verify(base64.b64decode(line)[4:], b"This is an example message.\n")


def test_the_example_of_the_specification_is_read() -> None:
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "\u2014 example.com/behind-the-sofa "
        "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    )
    signed = checkpoint.parse_checkpoint(note)
    assert (signed.checkpoint.origin, signed.checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert signed.signatures[0].key_id.hex() == "033de0ae"
    with pytest.raises(CheckpointError, match="No known key"):
        checkpoint.verify_checkpoint(note, PUBLIC)


@pytest.mark.skipif(which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_the_signature(tmp_path: Path) -> None:
    note = checkpoint.sign_checkpoint(head(some_book(7)), KEY)
    signed = checkpoint.parse_checkpoint(note)
    for name, content in (
        ("head.txt", signed.text.encode()),
        ("bad.txt", signed.text.replace("7", "8").encode()),
        ("head.sig", signed.signatures[0].signature),
        ("key.pem", checkpoint.public_pem(PUBLIC)),
    ):
        (tmp_path / name).write_bytes(content)
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "key.pem",
        "-rawin",
        "-sigfile",
        "head.sig",
        "-in",
    ]
    good = subprocess.run([*command, "head.txt"], cwd=tmp_path, capture_output=True, text=True, check=False)
    bad = subprocess.run([*command, "bad.txt"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (good.returncode, good.stdout) == (0, "Signature Verified Successfully\n")
    assert bad.returncode == 1


def test_lines_of_witnesses_and_old_keys_are_passed_over() -> None:
    found = head(some_book(3))
    witness = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    note = checkpoint.sign_checkpoint(found, KEY)
    witness_line = checkpoint.sign_checkpoint(found, witness, name="witness.example").split("\n\n")[1]
    both = note + witness_line
    assert checkpoint.verify_checkpoint(both, PUBLIC) == found
    assert checkpoint.verify_checkpoint(both, witness.public_key(), PUBLIC) == found
    assert checkpoint.verify_checkpoint(both, witness.public_key(), name="witness.example") == found
    with pytest.raises(CheckpointError, match="No known key"):
        checkpoint.verify_checkpoint(both, witness.public_key())


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    note = checkpoint.sign_checkpoint(head(some_book(3)), KEY)
    other_line = checkpoint.sign_checkpoint(head(some_book(4)), KEY).split("\n\n")[1]
    with pytest.raises(CheckpointError, match="does not belong to this text"):
        checkpoint.verify_checkpoint(note + other_line, PUBLIC)
    with pytest.raises(CheckpointError, match="does not belong to this text"):
        checkpoint.verify_checkpoint(note.replace("\n3\n", "\n4\n"), PUBLIC)


GOOD = checkpoint.sign_checkpoint(Checkpoint(ORIGIN, 3, EMPTY_ROOT), KEY)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text",
        GOOD.replace("\n3\n", "\n03\n"),
        GOOD.replace("\n3\n", "\n-3\n"),
        GOOD.replace("\n3\n", "\nthree\n"),
        GOOD.replace("\n", "\r\n"),
        GOOD.removesuffix("\n"),
        GOOD.replace("\n\n", "\n"),
        GOOD.replace("\u2014", "-"),
        GOOD.replace(f"\u2014 {ORIGIN}", "\u2014 a+b"),
        GOOD.replace(ORIGIN + "\n", "\n", 1),
        GOOD.replace(ORIGIN + "\n", "two words\n", 1),
        GOOD.replace("47DE", "####"),
        GOOD.replace("47DE", ""),
        GOOD[: GOOD.rindex(" ")] + " AAAA\n",
        GOOD + "x" * 1_000_001,
    ],
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(CheckpointError):
        checkpoint.parse_checkpoint(note)


def test_names_that_would_break_the_format_cannot_be_signed() -> None:
    for name in ("", "two words", "a+b", "line\nbreak"):
        with pytest.raises(CheckpointError):
            Checkpoint(name, 1, EMPTY_ROOT)
        with pytest.raises(CheckpointError):
            checkpoint.sign_checkpoint(Checkpoint(ORIGIN, 1, EMPTY_ROOT), KEY, name=name)
    for size, root in ((-1, EMPTY_ROOT), (1, b"short")):
        with pytest.raises(CheckpointError):
            Checkpoint(ORIGIN, size, root)


# key files


def test_key_is_made_once_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ledger.pem"
    first, again = checkpoint.load_or_create_key(path), checkpoint.load_or_create_key(path)
    assert checkpoint.raw_key(first.public_key()) == checkpoint.raw_key(again.public_key())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["ledger.pem"]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(checkpoint.load_or_create_master_key, [path] * 64))
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["master.key"]


def test_key_file_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.pem"
    checkpoint.load_or_create_key(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        checkpoint.load_or_create_key(path)


def test_key_file_with_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.pem"
    path.write_bytes(b"not a key")
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="holds no private key"):
        checkpoint.load_or_create_key(path)
    with pytest.raises(KeyFileError, match="64 hex digits"):
        checkpoint.load_or_create_master_key(path)
    path.write_bytes(
        generate_private_key(SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(KeyFileError, match="another kind of key"):
        checkpoint.load_or_create_key(path)


# the book against heads that were signed


def test_a_grown_book_holds_against_all_its_heads() -> None:
    rows = some_book(20)
    known = [(size, head(rows[:size]).root) for size in (0, 1, 7, 16, 20)]
    verdict = verify_book(iter(rows), known)
    assert (verdict.state, verdict.size, verdict.root) == (State.OK, 20, head(rows).root.hex())
    assert verdict.message == "All 20 entries are whole and in order."


def test_the_empty_book_holds() -> None:
    assert verify_book([], [(0, EMPTY_ROOT)]).state == State.OK


def test_a_truncated_book_was_rolled_back() -> None:
    rows = some_book(20)
    verdict = verify_book(rows[:15], [(10, head(rows[:10]).root), (20, head(rows).root)])
    assert verdict.state == State.ROLLED_BACK
    assert verdict.message == "The book was rolled back: 20 entries were signed, 15 are here."


@pytest.mark.parametrize("size", [10, 20, 25])
def test_a_recomputed_book_was_rewritten(size: int) -> None:
    old, recomputed = some_book(20), some_book(25, "false")
    assert verify_book(recomputed).state == State.OK  # in itself it is sound: only the old head shows the lie
    known = [(min(size, 20), head(old[:size]).root)]
    verdict = verify_book(recomputed, known)
    assert verdict.state == State.REWRITTEN
    assert f"first {min(size, 20)} entries" in verdict.message


def test_two_signed_heads_of_one_size_cannot_both_hold() -> None:
    rows = some_book(5)
    assert verify_book(rows, [(5, head(rows).root), (5, EMPTY_ROOT)]).state == State.REWRITTEN


def test_a_broken_book_names_its_first_fault() -> None:
    rows = some_book(500)
    verdict = verify_book(rows[:3] + [(row[0], row[1], "00" * 32, row[3]) for row in rows[3:]])
    assert (verdict.state, verdict.faults[0].seq, len(verdict.faults)) == (State.BROKEN, 4, 100)
    assert verdict.message.startswith("The book is broken at entry 4. ")


# the bundle


def test_bundle_holds_the_parts_and_is_the_same_each_time() -> None:
    rows = some_book(5)
    note = checkpoint.sign_checkpoint(head(rows), KEY)
    first, second = io.BytesIO(), io.BytesIO()
    assert bundle.write_bundle(first, (row[3] for row in rows), note, PUBLIC) == 5
    bundle.write_bundle(second, (row[3] for row in rows), note, PUBLIC)
    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as zipped:
        assert zipped.namelist() == [
            "entries.jsonl",
            "checkpoint.txt",
            "public_key.pem",
            "verify_ledger.py",
            "README.txt",
        ]
        assert zipped.read("entries.jsonl") == b"".join(row[3] + b"\n" for row in rows)
        assert zipped.read("checkpoint.txt").decode() == note
        assert checkpoint.fingerprint(PUBLIC) in zipped.read("README.txt").decode()


def test_bundle_refuses_another_number_of_entries() -> None:
    rows = some_book(5)
    note = checkpoint.sign_checkpoint(head(rows), KEY)
    with pytest.raises(ValueError, match="covers 5 entries, but 4 were given"):
        bundle.write_bundle(io.BytesIO(), (row[3] for row in rows[:4]), note, PUBLIC)
