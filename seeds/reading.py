"""What every reader returns: the things a source names and what it claims about them, each claim with its place."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graph.record.model import Statement, thing_id


@dataclass(frozen=True, slots=True)
class Named:
    """A thing as its source calls it. The id comes from (kind, scheme, key), never from where it stood."""

    kind: str
    name: str
    scheme: str
    key: tuple[str, ...]

    @property
    def id(self) -> str:
        """The id a first reading mints; `seeds.resolution` may know an older one."""
        return thing_id(self.kind, self.scheme, *self.key)


@dataclass(frozen=True, slots=True)
class Claim:
    """A proposed statement with the words it was read from.

    `span` and `clean_span` are (start, end) in code points of the whole original and the whole clean text; for a table both are
    (0, length of the cell) and the locator names the cell.
    """

    statement: Statement
    quote: str
    span: tuple[int, int]
    clean_span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything one source told. `blobs` are bytes to keep, by digest: the original and, where it differs, its kept text;
    `notes` counts what had to be left out."""

    source: str
    title: str
    text: str
    clean: str
    things: tuple[Named, ...]
    claims: tuple[Claim, ...]
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict)
