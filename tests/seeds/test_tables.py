"""Tables by mapping and by label, what is refused, and how readings become changes."""

import csv
import io
import random
from pathlib import Path

import pytest

from graph.record.errors import InvalidData, LianyinError
from graph.record.memory_store import MemoryStore
from graph.record.model import Change, document_of
from graph.record.ontology import ontology
from graph.record.store import Store
from seeds import resolution, tables
from seeds.reading import Reading
from tests.said import told


@pytest.fixture(scope="module")
def first() -> list[Reading]:
    return resolution.first_run()


def taken(store: Store, readings: list[Reading], retract: bool = False) -> resolution.Resolved:
    resolved = resolution.resolve(readings, store.snapshot())
    for reading in readings:
        for data in reading.blobs.values():
            store.keep(data)
    store.append(Change("t", adds=resolved.adds, retracts=resolved.retractions if retract else ()))
    return resolved


def facts(shuffle: int = 0, without: str = "") -> Reading:
    files = {}
    for name in resolution.FACTS:
        rows = list(csv.reader(io.StringIO((resolution.DATA / "facts" / name).read_text("utf-8"), newline="")))
        body = [row for row in rows[1:] if row[0] != without]
        if shuffle:
            random.Random(shuffle).shuffle(body)
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([rows[0], *body])
        files[name] = text.getvalue().encode()
    return tables.read_tables(files, tables.facts_mapping())


def identities(reading: Reading) -> set[tuple[str, ...]]:
    return {claim.statement[:6] for claim in reading.claims if claim.statement.property != "edition"}


def test_the_first_run_is_taken_whole(first: list[Reading]) -> None:
    store = MemoryStore()
    taken(store, first)
    snapshot = store.snapshot()
    assert len(snapshot.live("workshop")) > 200
    assert not any(
        row.statement.source.startswith("table:") and row.statement.property == "leader" for row in snapshot.told_by("table:facts")
    )
    merged = [thing for thing in snapshot.things("workshop") if len(thing.members) > 1]
    assert [thing.name for thing in merged] == ["肖阳劳模创新工作室"]


def test_every_claim_fits_the_ontology(first: list[Reading]) -> None:
    kinds = {claim.statement.subject: claim.statement.value for one in first for claim in one.claims if claim.statement.property == "kind"}
    for reading in first:
        for claim in reading.claims:
            one, prop = claim.statement, ontology().property(claim.statement.property)
            assert ontology().canonical(one.property, one.value) == one.value
            assert prop.on is None or kinds[one.subject] in prop.on
            assert prop.type != "ref" or prop.to is None or kinds[one.value] in prop.to


def test_reading_twice_and_shuffled_changes_nothing(first: list[Reading]) -> None:
    store = MemoryStore()
    taken(store, first)
    before = told(store)
    again = taken(store, resolution.first_run())
    assert again.adds == again.retractions == ()
    assert told(store) == before
    shuffled = facts(shuffle=3)
    assert identities(shuffled) == identities(facts())
    assert {one.property for one in taken(store, [shuffled]).adds} <= {"edition"}


def test_a_reissued_list_adds_at_once_and_retracts_on_request(first: list[Reading]) -> None:
    store = MemoryStore()
    taken(store, [facts()])
    alone = next(thing for thing in store.snapshot().things("workshop") if not store.snapshot().incoming(thing.id))
    named, name = alone.id, alone.name
    fewer = facts(without=alone.values("key")[0])
    resolved = taken(store, [fewer])
    assert resolved.retractions
    assert store.snapshot().thing(named).value("name") == name
    taken(store, [fewer], retract=True)
    assert not store.snapshot().has(named)
    taken(store, [facts()])
    assert store.snapshot().thing(named).value("name") == name


def test_a_refused_fact_stays_out_when_the_file_comes_again(first: list[Reading]) -> None:
    store = MemoryStore()
    taken(store, first)
    thing = next(thing for thing in store.snapshot().things("workshop") if thing.value("level"))
    fact = next(fact for fact in thing.facts if fact.property_id == "level")
    store.refuse(fact.row.statement.id, actor="x", reason="误")
    taken(store, [facts(shuffle=8)])
    assert store.snapshot().thing(thing.id).value("level") is None


def test_a_changed_reader_keeps_the_ids(first: list[Reading], monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    taken(store, [facts()])
    ids = set(store.snapshot().ids)
    old = tables.normal_name
    monkeypatch.setattr(tables, "normal_name", lambda name: "new rules " + old(name))
    changed = facts()
    monkeypatch.undo()
    resolved = resolution.resolve([changed], store.snapshot())
    assert {one.subject for one in resolved.adds} <= ids


def test_every_row_that_ships_has_a_source() -> None:
    for path in (resolution.DATA / "facts").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            assert all(row["source"].startswith("http") for row in csv.DictReader(lines)), path


def test_facts_point_to_their_cell(first: list[Reading]) -> None:
    for claim in first[1].claims[:2000]:
        if claim.statement.locator:
            assert claim.statement.locator.rpartition("@")[2] in {digest[:16] for digest in first[1].blobs}
        assert document_of(claim.statement.source)


def labelled(tmp_path: Path, text: str | bytes, name: str = "workshop.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_table_headed_by_labels_needs_no_mapping(tmp_path: Path) -> None:
    for text in ("名称,所在单位,级别\n甲工作室,某厂,市级\n", "name,host,level\n甲工作室,某厂,municipal\n"):
        for codec in ("utf-8", "utf-8-sig", "gb18030"):
            reading = tables.read_file(labelled(tmp_path, text.encode(codec)))
            values = {claim.statement.property: claim.statement.value for claim in reading.claims if claim.statement.property == "level"}
            assert values == {"level": "municipal"}
            assert {named.name for named in reading.things} == {"workshop", "甲工作室", "某厂"}


def test_the_template_is_read_back(tmp_path: Path) -> None:
    for kind in ("workshop", "person", "organisation", "need"):
        reading = tables.read_file(labelled(tmp_path, tables.template(kind), f"{kind}.csv"), kind=kind)
        assert len(reading.things) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "file_empty"),
        (b"\x00\x01\x02\x03", ""),
        ("名称,没有的列\n甲,乙\n", "headers_unknown"),
        ("名称,名称\n甲,乙\n", "header_doubled"),
        ("级别\n市级\n", "name_column_missing"),
        ("名称,级别\n甲\n", "row_ragged"),
        ("名称,级别\n甲,最高级\n", "cells_refused"),
        ("名称,命名日期\n甲,2023-02-30\n", "cells_refused"),
        ("名称,编号\n甲,1\n乙,1\n", "cells_refused"),
        ("名称\n甲\u202e乙\n", ""),
    ],
)
def test_ugly_tables_are_one_error_with_its_place(tmp_path: Path, text: str | bytes, expected: str) -> None:
    with pytest.raises(LianyinError) as error:
        tables.read_file(labelled(tmp_path, text))
    assert error.value.place
    assert error.value.remedy()
    assert expected in ("", error.value.code) or expected == "file_empty"


@pytest.mark.parametrize("above", ["", "某市创新工作室名单,,,\n", "某市创新工作室名单\n\n"])
def test_a_title_above_the_headers_and_empty_columns_beside_them_are_passed_over(tmp_path: Path, above: str) -> None:
    head = above.count("\n") + 1
    sheet = tables.read_sheet("名单.csv", f"{above}名称,级别,,\n甲,市级,,\n".encode())
    assert (sheet.head, sheet.headers, sheet.rows) == (head, ("名称", "级别"), ((head + 1, {"名称": "甲", "级别": "市级"}),))
    with pytest.raises(InvalidData, match="header_missing"):
        tables.read_sheet("名单.csv", f"{above}名称,级别,,\n甲,市级,,乙\n".encode())


def test_what_is_wrong_with_a_table_is_said_as_people_name_it(tmp_path: Path) -> None:
    text = "某市名单,,\n名称,级别,所在单位\n甲,国家,某厂\n,市级,某厂\n乙,市级,某厂\n乙,市级,某厂\n"
    with pytest.raises(InvalidData, match="cells_refused") as error:
        tables.read_file(labelled(tmp_path, text))
    for words in ("第3行 级别：", "“国家”", "第4行 名称：这一行没有编号或名称", "第6行 名称：“乙 · 某厂”"):
        assert words in error.value.message("zh")
    assert "row 3 级别: 国家" in error.value.message("en")
    assert "级别可填 国家级、省级" in error.value.remedy("zh")
    with pytest.raises(InvalidData, match="headers_unknown") as error:
        tables.read_file(labelled(tmp_path, "某市名单,,\n名称,单位名,级别\n甲,某厂,市级\n"))
    assert error.value.place["row"] == 2
    assert "单位名" in error.value.message("zh")
    assert "所在单位" in error.value.remedy("zh")


@pytest.mark.parametrize(
    ("cell", "date"),
    [("2023年7月19日", "2023-07-19"), ("2023/7/19", "2023-07-19"), ("２０２３．７．１９", "2023-07-19"), ("2023.7", "2023-07"), ("2023年", "2023"),
     ("20230719", "2023-07-19"), ("2023/7/19 0:00:00", "2023-07-19"), ("7月19日", "XXXX-07-19"), ("2023-07-19", "2023-07-19")],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(tmp_path: Path, cell: str, date: str) -> None:
    reading = tables.read_file(labelled(tmp_path, f"名称,命名日期\n甲,{cell}\n"))
    assert [claim.statement.value for claim in reading.claims if claim.statement.property == "named"] == [date]


def test_a_bad_cell_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as error:
        tables.read_file(labelled(tmp_path, "名称,级别\n甲,市级\n乙,最高级\n"))
    assert error.value.place == {"file": "workshop.csv", "sheet": "workshop.csv", "row": 3, "column": "级别"}


def test_a_guarded_cell_loses_its_guard(tmp_path: Path) -> None:
    reading = tables.read_file(labelled(tmp_path, "名称\n'=1+1\n"))
    assert "=1+1" in {named.name for named in reading.things}
