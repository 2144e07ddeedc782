from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from graph.record.model import Statement, canonical_bytes, identities, identity, in_order, leaf, leaves, pack

few = st.sampled_from(["", "a", "甲", "甲乙", "a\x00"])
statements = st.lists(st.builds(Statement, few, few, few, few, few, few, few, st.integers(0, 1000), few))


@given(statements)
def test_many_at_once_are_what_one_at_a_time_gives(told: list[Statement]) -> None:
    salts = [bytes([at % 256]) * 16 for at in range(len(told))]
    assert in_order(told) == sorted(told)
    assert list(identities(told)) == [identity(one) for one in told]
    assert list(leaves(salts, told)) == [leaf(salt, canonical_bytes(one)) for salt, one in zip(salts, told, strict=True)]


def test_digests_are_exact() -> None:
    one = Statement("s" * 16, "name", "甲工作室", "desk:王", "2023", "", "0:1-2", 900, "r")
    six, nine = [pack(*map(str, one[:count])) for count in (6, 9)]
    assert six == b"".join(len(text.encode()).to_bytes(4, "big") + text.encode() for text in one[:6])
    assert identity(one) == blake2b(six, digest_size=16).digest()
    assert canonical_bytes(one) == nine
    assert identity(one).hex() == "34b700267bdcd7b56a2894ab6e426835"
