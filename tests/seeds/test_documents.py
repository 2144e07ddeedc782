"""Bytes become documents: encodings, line ends, limits, and every refusal with its code and place."""

import pytest

from graph.record.errors import InvalidData, LianyinError, LimitExceeded
from graph.record.model import digest_hex
from seeds.documents import FILE_LIMIT, LINE_LIMIT, read_bytes

TEXT = "大连市总工会命名肖阳劳模创新工作室等20个大连市劳模创新工作室。\n第二行。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-32"])
def test_encodings(encoding: str) -> None:
    raw = TEXT.encode(encoding)
    document = read_bytes(raw)
    assert document.text == TEXT
    assert document.digest == digest_hex(raw)
    assert document.blocks == TEXT.split("\n")


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_byte_order_is_read_from_the_mark(mark: str) -> None:
    assert read_bytes("\ufeff".encode(mark) + TEXT.encode(mark)).encoding == mark


def test_line_ends_become_one_and_the_kept_text_has_its_own_digest() -> None:
    document = read_bytes("甲\r\n乙\r丙\n丁".encode())
    assert document.text == "甲\n乙\n丙\n丁"
    assert set(document.blobs) == {document.digest, digest_hex(document.text.encode())}
    assert document.digest != document.text_digest


def test_plain_utf8_is_kept_once() -> None:
    assert list(read_bytes(TEXT.encode()).blobs.values()) == [TEXT.encode()]


def test_a_few_lost_bytes_stay_where_they_were_lost() -> None:
    raw = bytearray(TEXT.encode() * 10)
    raw[40] = 0xFF
    document = read_bytes(bytes(raw))
    assert document.encoding == "utf-8"
    assert "\ufffd" in document.text
    assert document.text.endswith("第二行。")


def _refused(raw: bytes) -> LianyinError:
    with pytest.raises(LianyinError) as refusal:
        read_bytes(raw, name="通知.txt")
    assert refusal.value.place["file"] == "通知.txt"
    assert refusal.value.message("zh")
    assert refusal.value.remedy("en")
    return refusal.value


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "document_empty"),
        (b" \r\n\t\n", "document_empty"),
        (b"\xef\xbb\xbf", "document_empty"),
        ("大\0连".encode(), "document_binary"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "document_binary"),
        (b"\x01\x02\x03\x04abc", "document_binary"),
        (b"\xff\xfe\x00\xd8\x00\xd8", "encoding_unknown"),
        (b"ab\xff\xff\xff\xff" * 9, "encoding_unknown"),
    ],
)
def test_what_is_no_text_is_refused(raw: bytes, code: str) -> None:
    error = _refused(raw)
    assert isinstance(error, InvalidData)
    assert error.code == code


def test_lone_surrogates_are_no_utf8() -> None:
    assert _refused("\ud800\udfff".encode("utf-8", "surrogatepass")).code == "encoding_unknown"


def test_limits() -> None:
    long_line = _refused(b"ab\n" + b"x" * (LINE_LIMIT + 1))
    assert isinstance(long_line, LimitExceeded)
    assert (long_line.code, long_line.place["row"], long_line.place["offset"]) == ("line_too_long", 2, 3)
    assert _refused(b"x" * (FILE_LIMIT + 1)).code == "document_too_large"
    assert read_bytes(b"x" * LINE_LIMIT).text
