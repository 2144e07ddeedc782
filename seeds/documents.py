"""Bytes become a document: decoded, its line ends made one, its raw digest kept. What cannot be text is refused with its place."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

from graph.record.errors import InvalidData, LimitExceeded
from graph.record.model import digest_hex

FILE_LIMIT = 20 * 1024 * 1024
"""Largest file, in bytes. A union's longest list is under 1 MB; a larger file is a table or an archive."""

LINE_LIMIT = 1_000_000
"""Longest line, in code points."""

DAMAGE = "\ufffd"
"""What stands where bytes were lost. It stays in the kept text and lowers the confidence of what was read across it."""

# UTF-32 before UTF-16: the little-endian mark of the one begins with that of the other.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_LINE_END = re.compile("\r\n?")
_DAMAGE_SHARE = 0.02
"""Up to this share of damaged characters is a damaged text; above, the encoding is another one."""

_CONTROL_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Document:
    """A text as it came (`raw`, `digest`) and as it is kept (`text`: decoded, line ends as \\n)."""

    raw: bytes
    digest: str
    text: str
    encoding: str
    name: str = ""

    @property
    def blocks(self) -> list[str]:
        """The lines of the kept text; a locator's block is an index into them."""
        return self.text.split("\n")

    @property
    def text_digest(self) -> str:
        """The digest of the kept text as UTF-8; equal to `digest` where the file was just that."""
        return digest_hex(self.text.encode())

    @property
    def blobs(self) -> Mapping[str, bytes]:
        """What a store must keep: the raw bytes and, where they differ, the kept text."""
        return {self.digest: self.raw, self.text_digest: self.text.encode()}


def read_bytes(raw: bytes, *, name: str = "") -> Document:
    """The document in `raw`; `name` is the file's, for errors and as a last resort for a title.

    Raises InvalidData `document_empty`, `document_binary`, `encoding_unknown`; LimitExceeded `document_too_large`, `line_too_long`.
    """
    if len(raw) > FILE_LIMIT:
        raise LimitExceeded("document_too_large", place={"file": name}, size=len(raw), limit=FILE_LIMIT)
    decoded, encoding = _decoded(raw, name)
    text = _LINE_END.sub("\n", decoded)
    _check(text, name)
    return Document(raw, digest_hex(raw), text, encoding, name)


def _decoded(raw: bytes, name: str) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _strict(raw[len(mark) :], encoding, name, offset=len(mark)), encoding
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        return _damaged(raw, name, error.start)


def _strict(raw: bytes, encoding: str, name: str, *, offset: int) -> str:
    """Text behind a byte order mark: UTF-8 may be damaged, the wider forms lose their step with the first lost byte."""
    try:
        return raw.decode(encoding, "replace" if encoding == "utf-8" else "strict")
    except UnicodeDecodeError as error:
        raise InvalidData("encoding_unknown", place={"file": name, "offset": offset + error.start}) from None


def _damaged(raw: bytes, name: str, first: int) -> tuple[str, str]:
    """Not strict UTF-8: a UTF-8 text with a few lost bytes (GB18030 would read it as other characters), else GB18030."""
    if 0 in raw:
        raise InvalidData("document_binary", place={"file": name, "offset": raw.index(0)})
    for encoding in ("utf-8", "gb18030"):
        text = raw.decode(encoding, "replace")
        beyond_ascii = sum(not character.isascii() for character in text)
        if text.count(DAMAGE) <= _DAMAGE_SHARE * beyond_ascii + (encoding == "utf-8" and beyond_ascii > 20):
            return text, encoding
    raise InvalidData("encoding_unknown", place={"file": name, "offset": first})


def _check(text: str, name: str) -> None:
    if not text.strip():
        raise InvalidData("document_empty", place={"file": name})
    control = _CONTROL.search(text)
    if control and (control.group() == "\0" or len(_CONTROL.findall(text)) > _CONTROL_SHARE * len(text)):
        raise InvalidData("document_binary", place={"file": name, "offset": control.start()})
    start = 0
    for row, line in enumerate(text.split("\n"), 1):
        if len(line) > LINE_LIMIT:
            raise LimitExceeded("line_too_long", place={"file": name, "row": row, "offset": start}, length=len(line), limit=LINE_LIMIT)
        start += len(line) + 1
