"""Canonical bytes, Merkle trees and proofs, the walk over the chain, commitments and sealed details."""

import hashlib
import hmac
from collections.abc import Callable
from enum import StrEnum

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import sealing
from app.ledger import chain
from app.ledger.chain import GENESIS, Prover, Reason, Row, Tree, leaf_hash, merkle_root, node

# The test vectors of Certificate Transparency (google/certificate-transparency, merkle tree tests).
CT_LEAVES = [
    bytes.fromhex(data)
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_PATHS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CT_CONSISTENCY = {
    (1, 1): [],
    (1, 8): CT_PATHS[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
LEAVES = [leaf_hash(data) for data in CT_LEAVES]


def some_leaves(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(size)]


def some_book(size: int, salt: str = "") -> list[Row]:
    """A sound chain of `size` rows; another salt gives another book."""
    rows: list[Row] = []
    prev = GENESIS
    for seq in range(1, size + 1):
        body = chain.canonical({"v": 1, "seq": seq, "prev": prev, "minor": seq * 100, "note": salt})
        rows.append((seq, prev, leaf_hash(body).hex(), body))
        prev = rows[-1][2]
    return rows


# canonical bytes


class Colour(StrEnum):
    RED = "red"


def test_canonical_bytes_are_sorted_tight_utf8() -> None:
    body = {"b": 'Zoë \u2028 "\n', "a": -5, "Z": None, "c": Colour.RED}
    assert chain.canonical(body) == '{"Z":null,"a":-5,"b":"Zoë \u2028 \\"\\n","c":"red"}'.encode()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.0, "x is float"),
        (True, "x is bool"),
        (["a"], "x is list"),
        ({"a": 1}, "x is dict"),
        (b"a", "x is bytes"),
        (2**63, "64 bits"),
        (-(2**63) - 1, "64 bits"),
        ("\ud800", "UTF-8 cannot write"),
    ],
)
def test_canonical_refuses_what_has_two_spellings(value: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chain.canonical({"x": value})


def test_canonical_refuses_a_name_that_is_not_text() -> None:
    with pytest.raises(ValueError, match="not text"):
        chain.canonical({1: "a"})  # type: ignore[dict-item]


@given(st.dictionaries(st.text(), st.none() | st.text() | st.integers(-(2**63), 2**63 - 1)))
def test_canonical_bytes_read_back_the_same_and_hold_one_line(body: dict[str, str | int | None]) -> None:
    written = chain.canonical(body)
    assert chain.parse(written) == body
    assert chain.canonical(dict(reversed(body.items()))) == written
    assert b"\n" not in written


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":2}',
        b'{"a":1.5}',
        b'{"a":NaN}',
        b'{"a":true}',
        b'{"a":[]}',
        b'{"a":{}}',
        b"[]",
        b"1",
        b"",
        b"\xff",
    ],
)
def test_parse_refuses_what_canonical_would_not_write(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        chain.parse(raw)


# trees and proofs


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert merkle_root(LEAVES[:size]).hex() == CT_ROOTS[size]
    assert Prover(LEAVES).root(size).hex() == CT_ROOTS[size]


@pytest.mark.parametrize(("index", "size"), CT_PATHS)
def test_inclusion_paths_are_those_of_certificate_transparency(index: int, size: int) -> None:
    path = Prover(LEAVES).inclusion(index, size)
    assert [step.hex() for step in path] == CT_PATHS[index, size]
    assert chain.verify_inclusion(LEAVES[index], index, size, path, bytes.fromhex(CT_ROOTS[size]))


@pytest.mark.parametrize(("old", "new"), CT_CONSISTENCY)
def test_consistency_proofs_are_those_of_certificate_transparency(old: int, new: int) -> None:
    proof = Prover(LEAVES).consistency(old, new)
    assert [step.hex() for step in proof] == CT_CONSISTENCY[old, new]
    assert chain.verify_consistency(
        old, bytes.fromhex(CT_ROOTS[old]), new, bytes.fromhex(CT_ROOTS[new]), proof
    )


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 13, 64, 100])
def test_pymerkle_agrees_on_roots_and_on_consistency(size: int) -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    for number in range(size):
        other.append_entry(b"%d" % number)
    prover = Prover(some_leaves(size))
    assert merkle_root(some_leaves(size)) == other.get_root()
    for old in range(1, size + 1):
        assert prover.root(old) == other.get_root(old)
        proof = prover.consistency(old)
        assert chain.verify_consistency(old, other.get_root(old), size, other.get_root(), proof)
    for index in range(size):
        theirs = other.prove_inclusion(index + 1, size)
        # pymerkle writes the leaf in front of the path
        assert prover.inclusion(index) == [bytes.fromhex(step) for step in theirs.serialize()["path"][1:]]


def test_every_proof_of_every_small_tree_holds() -> None:
    leaves = some_leaves(33)
    prover = Prover(leaves)
    for size in range(34):
        for index in range(size):
            assert chain.verify_inclusion(
                leaves[index], index, size, prover.inclusion(index, size), prover.root(size)
            )
        for old in range(size + 1):
            proof = prover.consistency(old, size)
            assert chain.verify_consistency(old, prover.root(old), size, prover.root(size), proof)


@given(st.data(), st.integers(1, 300))
@settings(deadline=None)
def test_a_changed_inclusion_proof_does_not_hold(data: st.DataObject, size: int) -> None:
    leaves = some_leaves(size)
    index = data.draw(st.integers(0, size - 1))
    prover = Prover(leaves)
    path, root = prover.inclusion(index), prover.root()
    other_leaf = leaf_hash(b"other")
    assert chain.verify_inclusion(leaves[index], index, size, path, root)
    assert not chain.verify_inclusion(other_leaf, index, size, path, root)
    assert not chain.verify_inclusion(leaves[index], index, size, [*path, root], root)
    assert not chain.verify_inclusion(leaves[index], index, size, path, other_leaf)
    assert not chain.verify_inclusion(leaves[index], size, size, path, root)
    assert not chain.verify_inclusion(leaves[index], -1, size, path, root)
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        assert not chain.verify_inclusion(leaves[index], index, size, path[:place] + path[place + 1 :], root)
        broken = [*path[:place], other_leaf, *path[place + 1 :]]
        assert not chain.verify_inclusion(leaves[index], index, size, broken, root)


@given(st.data(), st.integers(2, 300))
@settings(deadline=None)
def test_a_changed_consistency_proof_does_not_hold(data: st.DataObject, size: int) -> None:
    old = data.draw(st.integers(1, size - 1))
    prover = Prover(some_leaves(size))
    proof, old_root, root = prover.consistency(old), prover.root(old), prover.root()
    other = leaf_hash(b"other")
    assert chain.verify_consistency(old, old_root, size, root, proof)
    assert not chain.verify_consistency(old, other, size, root, proof)
    assert not chain.verify_consistency(old, old_root, size, other, proof)
    assert not chain.verify_consistency(old, old_root, size, root, [*proof, other])
    assert not chain.verify_consistency(old, old_root, size, root, proof[:-1])
    assert not chain.verify_consistency(old, old_root, size, root, [])
    assert not chain.verify_consistency(size + 1, old_root, size, root, proof)
    place = data.draw(st.integers(0, len(proof) - 1))
    broken = [*proof[:place], other, *proof[place + 1 :]]
    assert not chain.verify_consistency(old, old_root, size, root, broken)


def test_the_empty_and_the_equal_tree_need_no_proof() -> None:
    root = merkle_root(LEAVES)
    assert chain.verify_consistency(0, chain.EMPTY_ROOT, 8, root, [])
    assert chain.verify_consistency(8, root, 8, root, [])
    assert not chain.verify_consistency(0, root, 8, root, [])
    assert not chain.verify_consistency(8, root, 8, LEAVES[0], [])
    assert not chain.verify_consistency(8, root, 8, root, [root])


def test_prover_refuses_sizes_it_does_not_have() -> None:
    prover = Prover(LEAVES)
    for wrong in (lambda: prover.root(9), lambda: prover.inclusion(8), lambda: prover.inclusion(3, 3),
                  lambda: prover.consistency(5, 4), lambda: prover.root(-1)):  # fmt: skip
        with pytest.raises(ValueError, match=r"\d"):
            wrong()


@given(st.integers(0, 200), st.integers(0, 50))
@settings(deadline=None)
def test_tree_continues_from_its_peaks(before: int, after: int) -> None:
    leaves = some_leaves(before + after)
    first = Tree()
    for leaf in leaves[:before]:
        first.append(leaf)
    again = Tree.from_peaks(before, first.peaks)
    for leaf in leaves[before:]:
        again.append(leaf)
    assert again.size == before + after
    assert len(again.peaks) == again.size.bit_count()
    assert again.root() == merkle_root(leaves)


@pytest.mark.parametrize(
    ("size", "peaks"), [(1, []), (0, ["00" * 32]), (3, ["00" * 32]), (1, ["00" * 31]), (-1, [])]
)
def test_tree_refuses_peaks_of_another_size(size: int, peaks: list[str]) -> None:
    with pytest.raises(ValueError, match="not the peaks"):
        Tree.from_peaks(size, peaks)


def test_leaf_and_node_hashes_cannot_be_exchanged() -> None:
    assert leaf_hash(b"ab") == hashlib.sha256(b"\x00ab").digest()
    assert node(b"a", b"b") == hashlib.sha256(b"\x01ab").digest()


# the walk: every kind of tampering, and what it is called


def change_byte(rows: list[Row]) -> list[Row]:
    seq, prev, stored, body = rows[4]
    return [*rows[:4], (seq, prev, stored, body.replace(b"500", b"501")), *rows[5:]]


def change_byte_and_hash(rows: list[Row]) -> list[Row]:
    seq, prev, _, body = rows[4]
    body = body.replace(b"500", b"501")
    return [*rows[:4], (seq, prev, leaf_hash(body).hex(), body), *rows[5:]]


def delete(rows: list[Row]) -> list[Row]:
    return rows[:4] + rows[5:]


def delete_three(rows: list[Row]) -> list[Row]:
    return rows[:4] + rows[7:]


def delete_first(rows: list[Row]) -> list[Row]:
    return rows[1:]


def insert(rows: list[Row]) -> list[Row]:
    return [*rows[:4], some_book(5, "false")[4], *rows[4:]]


def reorder(rows: list[Row]) -> list[Row]:
    return [*rows[:4], rows[5], rows[4], *rows[6:]]


def renumber_after_delete(rows: list[Row]) -> list[Row]:
    return rows[:4] + [(row[0] - 1, *row[1:]) for row in rows[5:]]


def fork(rows: list[Row]) -> list[Row]:
    body = chain.canonical({"v": 1, "seq": 6, "prev": rows[4][1]})
    return [*rows[:5], (6, rows[4][1], leaf_hash(body).hex(), body), *rows[6:]]


def column_seq(rows: list[Row]) -> list[Row]:
    body = chain.canonical({"v": 1, "seq": 99, "prev": rows[-1][2]})
    return [*rows, (len(rows) + 1, rows[-1][2], leaf_hash(body).hex(), body)]


def unreadable(rows: list[Row]) -> list[Row]:
    return [*rows, (len(rows) + 1, rows[-1][2], leaf_hash(b"{").hex(), b"{")]


@pytest.mark.parametrize(
    ("tamper", "seq", "reason"),
    [
        (change_byte, 5, Reason.CHANGED),
        (change_byte_and_hash, 6, Reason.LINK),
        (delete, 5, Reason.GAP),
        (delete_three, 5, Reason.GAP),
        (delete_first, 1, Reason.GAP),
        (insert, 5, Reason.LINK),
        (reorder, 5, Reason.GAP),
        (renumber_after_delete, 5, Reason.LINK),
        (fork, 6, Reason.FORK),
        (column_seq, 9, Reason.COLUMNS),
        (unreadable, 9, Reason.CHANGED),
    ],
)
def test_tampering_is_found_where_it_begins(
    tamper: Callable[[list[Row]], list[Row]], seq: int, reason: Reason
) -> None:
    fault = next(chain.verify_chain(tamper(some_book(8))))
    assert (fault.seq, fault.reason) == (seq, reason)
    assert str(seq) in fault.message


def test_a_sound_book_has_no_fault_and_gives_its_root_in_the_same_walk() -> None:
    rows, tree = some_book(20), Tree()
    assert list(chain.verify_chain(iter(rows), tree=tree)) == []
    assert (tree.size, tree.root()) == (20, merkle_root(bytes.fromhex(row[2]) for row in rows))


def test_an_inserted_entry_is_a_fork_as_well() -> None:
    faults = list(chain.verify_chain(insert(some_book(8))))
    assert [(fault.seq, fault.reason) for fault in faults] == [(5, Reason.LINK), (5, Reason.FORK)]


def test_messages_name_what_is_missing() -> None:
    assert next(chain.verify_chain(delete(some_book(8)))).message == "Entry 5 is missing."
    assert next(chain.verify_chain(delete_three(some_book(8)))).message == "Entries 5 to 7 are missing."


def test_an_entry_that_comes_twice_is_a_fork() -> None:
    rows = some_book(8)
    fault = next(chain.verify_chain([*rows[:5], rows[4], *rows[5:]]))
    assert fault == chain.Fault(5, Reason.FORK, "Entry 5 comes again after entry 5.")


def test_columns_are_compared_by_the_caller() -> None:
    def check_columns(seq: int, body: chain.Body) -> list[str]:
        return (
            []
            if body["minor"] != 300
            else [f"The amount of entry {seq} is 301 in the column and 300 in the body."]
        )

    faults = list(chain.verify_chain(some_book(8), check_columns))
    assert faults == [
        chain.Fault(3, Reason.COLUMNS, "The amount of entry 3 is 301 in the column and 300 in the body.")
    ]


# commitments and sealed details


def test_commitment_is_an_hmac_that_needs_its_salt() -> None:
    salt = chain.new_salt()
    assert chain.commit(b"dinner", salt) == hmac.new(salt, b"dinner", hashlib.sha256).hexdigest()
    assert chain.commit(b"dinner", chain.new_salt()) != chain.commit(b"dinner", salt)
    assert len(salt) == 32


def test_details_open_with_their_own_key_and_place_only() -> None:
    master, key = chain.new_subject_key(), chain.new_subject_key()
    wrapped = chain.wrap(key, master, "subject-1")
    assert chain.unwrap(wrapped, master, "subject-1") == key
    sealed = chain.seal(key, "Zoë, dinner".encode(), "entry-1")
    assert chain.open_sealed(key, sealed, "entry-1") == "Zoë, dinner".encode()
    assert chain.seal(key, b"", "entry-1") != chain.seal(key, b"", "entry-1")
    assert chain.open_sealed(key, chain.seal(key, b"", "e"), "e") == b""
    for attempt in (
        lambda: chain.unwrap(wrapped, master, "subject-2"),
        lambda: chain.unwrap(wrapped, key, "subject-1"),
        lambda: chain.open_sealed(key, sealed, "entry-2"),
        lambda: chain.open_sealed(master, sealed, "entry-1"),
        lambda: chain.open_sealed(key, sealed[:-1] + bytes([sealed[-1] ^ 1]), "entry-1"),
        lambda: chain.open_sealed(key, b"\x02" + sealed[1:], "entry-1"),
        lambda: chain.open_sealed(key, sealed[:20], "entry-1"),
        lambda: chain.open_sealed(key, b"", "entry-1"),
    ):
        with pytest.raises(chain.SealBroken):
            attempt()


def test_a_key_has_the_right_length() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        chain.seal(b"short", b"detail", "entry-1")


def test_forgotten_keys_are_not_kept_in_the_process() -> None:
    chain.seal(chain.new_subject_key(), b"detail", "entry-1")
    sealing.forget_keys()
    assert sealing._cipher.cache_info().currsize == 0
