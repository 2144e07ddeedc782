"""What is recorded: statements in changes. Everything else is computed from them.

A `Statement` says one thing about one subject and where it was said. A `Change` is the transaction, the audit record, the unit of
undo and the change feed in one. Ids and digests are exact: a store written by one release is verified by every later one.
"""

import base64
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

THING_ID, STATEMENT_ID = re.compile("[a-z2-7]{16}"), re.compile("[a-z2-7]{26}")
"""What our ids look like."""

MAIN = "main"
"""The log that holds what is known; other logs (drafts, boards, shortlists) branch off it."""


def _field(field: str | bytes) -> bytes:
    data = field.encode() if isinstance(field, str) else field
    return len(data).to_bytes(4, "big") + data


def pack(*fields: str | bytes) -> bytes:
    """Length-prefixed fields (4 bytes, big endian, then the bytes; text as UTF-8): no two lists of fields pack alike."""
    return b"".join([_field(field) for field in fields])


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def thing_id(kind: str, scheme: str, *key: str) -> str:
    """The id of a thing from what its source calls it: 16 characters, base32(blake2b-80(kind, scheme, key)).

    Schemes, first that applies: `code` (a registered code), `series` (series, key columns), `name` (normalised name: place,
    organisation, field), `document` (the document's id, name, host or ordinal), `desk` (idempotency key).
    """
    return _base32(blake2b(pack(kind, scheme, *key), digest_size=10).digest())


class Statement(NamedTuple):
    """One told fact. A named tuple and not a dataclass: 1.5 million are made in an import (0.3 µs each instead of 1.4)."""

    subject: str
    property: str
    value: str
    source: str
    since: str = ""
    until: str = ""
    locator: str = ""
    confidence: int = 1000
    rule: str = ""

    @builtins.property  # the field `property` hides the built-in name here
    def id(self) -> str:
        """26 characters: base32(blake2b-128) of subject, property, value, source, since, until. The payload does not count."""
        return _base32(identity(self))


class _Recurring(dict[str, bytes]):
    """Packed texts that recur, as subjects and sources do: in an import of 1.5 M statements this halves the time that packing takes."""

    def __missing__(self, text: str) -> bytes:
        self[text] = packed = _field(text)
        return packed


def identities(statements: Iterable[Statement]) -> Iterator[bytes]:
    """The 16 bytes behind each `Statement.id`: blake2b-128 of `pack` of the first six fields."""
    known = _Recurring()
    for subject, property, value, source, since, until, _, _, _ in statements:
        told = value.encode()
        fields = (known[subject], known[property], len(told).to_bytes(4, "big"), told, known[source], known[since], known[until])
        yield blake2b(b"".join(fields), digest_size=16).digest()


def identity(statement: Statement) -> bytes:
    """The 16 bytes behind `Statement.id`."""
    return blake2b(pack(*statement[:6]), digest_size=16).digest()


def in_order(statements: Iterable[Statement]) -> list[Statement]:
    """The canonical order: what `sorted` gives, four times as fast, since few comparisons get past the subject."""
    about: dict[str, list[Statement]] = {}
    for one in statements:
        about.setdefault(one[0], []).append(one)
    return [one for subject in sorted(about) for one in sorted(about[subject])]


def statement_id(identity_bytes: bytes) -> str:
    """The text form of an identity."""
    return _base32(identity_bytes)


def identity_of(id: str) -> bytes:
    """The 16 bytes of a statement id. Raises ValueError where it is none."""
    return base64.b32decode(id.upper() + "=" * (-len(id) % 8))


def canonical_bytes(statement: Statement) -> bytes:
    """All nine fields, identity first: what a leaf is made of."""
    return pack(*statement[:7], str(statement.confidence), statement.rule)


def salted(salts: Iterable[bytes], statements: Iterable[Statement]) -> Iterator[bytes]:
    """The salt (16 bytes) and the `canonical_bytes` of each statement: what a leaf is the digest of, and how a row travels."""
    known, confidences = _Recurring(), {confidence: _field(str(confidence)) for confidence in range(1001)}
    for salt, (subject, property, value, source, since, until, locator, confidence, rule) in zip(salts, statements, strict=True):
        told, place = value.encode(), locator.encode()
        fields = (
            salt, known[subject], known[property], len(told).to_bytes(4, "big"), told, known[source], known[since], known[until],
            len(place).to_bytes(4, "big"), place, confidences[confidence], known[rule],
        )  # fmt: skip
        yield b"".join(fields)


def leaves(salts: Iterable[bytes], statements: Iterable[Statement]) -> Iterator[bytes]:
    """The `leaf` of each statement with its salt."""
    return (blake2b(told, digest_size=32).digest() for told in salted(salts, statements))


def leaf(salt: bytes, content: bytes) -> bytes:
    """blake2b-256(salt, canonical bytes). The salt (16 random bytes) makes an erased leaf say nothing about what was there."""
    return blake2b(salt + content, digest_size=32).digest()


class Serial(NamedTuple):
    """Where a statement stands in its log: it never moves, so a chain can name it after the content is gone."""

    log: str
    change: int
    ordinal: int

    def __str__(self) -> str:
        return f"{self.log}:{self.change}:{self.ordinal}"


@dataclass(frozen=True, slots=True)
class Change:
    """What a writer asks for. `adds` and `retracts` (statement ids) are what is wanted; only their effective part is recorded."""

    actor: str
    reason: str = ""
    adds: tuple[Statement, ...] = ()
    retracts: tuple[str, ...] = ()
    key: str = ""
    undoes: int = 0
    log: str = MAIN
    namesakes: bool = False
    """Set by a person who has been asked: names of erased people in it belong to other people."""
    asked: tuple[str, ...] = ()
    """What was asked for, where the sets are worked out from the present state: then the key stands for this and not for the sets."""

    def request_digest(self) -> bytes:
        """What the idempotency key stands for: the same key with another digest is refused."""
        state = blake2b(pack(self.actor, self.reason, str(self.undoes), self.log), digest_size=32)
        if self.asked:
            state.update(pack(*self.asked))
            return state.digest()
        for statement in in_order(self.adds):
            state.update(canonical_bytes(statement))
        state.update(pack("", *sorted(self.retracts)))
        return state.digest()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A change as the log holds it. `adds`, `retracts` and `erases` are serials; contents are read through the store."""

    log: str
    number: int
    actor: str
    time: str
    reason: str
    key: str
    request: bytes
    undoes: int
    adds: int
    retracts: int
    erases: int
    previous: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One effective change, ready to be written: the engine stores it and computes nothing.

    Of a change that an erasure has reached since, `erased` tells by ordinal which rows are a leaf only (their statement is `ERASED`),
    and by which change; `header_salt` is empty where the header was blanked.
    """

    recorded: Recorded
    header_salt: bytes
    header: bytes
    adds: Sequence[Statement]
    identities: Sequence[bytes]
    salts: Sequence[bytes]
    leaves: Sequence[bytes]
    retracts: Sequence[Serial]
    erases: Sequence[Serial]
    erased: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to an append. `number` is None where the change had no effect; `version` is the log's version it is known at."""

    log: str
    number: int | None
    version: int
    adds: int = 0
    retracts: int = 0


ERASED = Statement("", "", "", "")
"""What stands in a row whose statement was erased."""


class Row(NamedTuple):
    """A statement as stored: its dense number in the log, its serial, and the change that retracted it (0 = live)."""

    number: int
    serial: Serial
    statement: Statement
    retracted: int
    erased: int

    @property
    def live(self) -> bool:
        """Whether it is told at the head of its log."""
        return not self.retracted and not self.erased


def header_content(change_number: int, actor: str, time: str, reason: str, key: str, request: bytes, undoes: int) -> bytes:
    """Canonical bytes of a change's header; salted like a statement, since a reason can hold a name."""
    return pack(str(change_number), actor, time, reason, key, request, str(undoes))


def change_digest(
    previous: bytes, log: str, number: int, header: bytes, leaves: Iterable[bytes], retracted: Iterable[Serial], erased: Iterable[Serial]
) -> bytes:
    """blake2b-256 over previous digest, log, number, header leaf, leaves of adds in order, serials retracted, serials erased."""
    state = blake2b(pack(previous, log, str(number), header), digest_size=32)
    for one in leaves:
        state.update(one)
    for mark, serials in (("retracted", retracted), ("erased", erased)):
        state.update(pack(mark))
        for serial in serials:
            state.update(pack(str(serial)))
    return state.digest()


SHORT_DIGEST = 16
"""Characters of a digest by which a locator names an edition: 64 bits."""


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A locator into a document's kept text: block (0-based line), start and end in code points of that block."""

    block: int
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.block}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A locator into an edition of a table: sheet (file name without path), row (1-based, header is 1), column as headed."""

    edition: str
    sheet: str
    row: int
    column: str

    def __str__(self) -> str:
        sheet = self.sheet.replace("!", "！")  # it parts a locator; columns come last and may have it
        return f"{sheet}!{self.row}!{self.column}@{self.edition[:SHORT_DIGEST]}"


def read_locator(text: str) -> TextSpan | Cell | None:
    """The locator that a statement carries, or None where it has none that can be read."""
    if cell := _CELL.fullmatch(text):
        sheet, row, column, edition = cell.groups()
        return Cell(edition, sheet, int(row), column)
    span = _SPAN.fullmatch(text)
    return TextSpan(*map(int, span.groups())) if span else None


_CELL = re.compile(r"([^!]*)!([0-9]{1,9})!(.*)@([^@]*)", re.DOTALL)
_SPAN = re.compile(r"([0-9]{1,9}):([0-9]{1,9})-([0-9]{1,9})")


def digest_hex(data: bytes) -> str:
    """blake2b-256 of bytes as 64 hex characters: the name of a kept blob and the source id of a text."""
    return blake2b(data, digest_size=32).hexdigest()


def desk(actor: str) -> str:
    """The source id of what a person says at the desk."""
    return f"desk:{actor}"


def document_of(source: str) -> str | None:
    """The thing id of the document behind a source id (text digest, `table:series`, address); None for desk and rule."""
    if source.startswith(("desk:", "rule:")):
        return None
    if source.startswith("table:"):
        return thing_id("document", "series", source[6:])
    is_digest = len(source) == 64 and not source.startswith("http")
    return thing_id("document", "digest" if is_digest else "address", source)
