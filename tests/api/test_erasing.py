"""The verb `erase`: what it masks, what it says of that, and what else of the home it reaches."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import verbs
from api.security import Tokens
from graph.record.errors import Conflict, NotFound, StoreUnavailable
from graph.record.sqlite_store import SqliteStore
from tests.api.serving import running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "home") as made:
        yield made


def added(store: SqliteStore, kind: str, name: str, *notes: str) -> str:
    id = str(verbs.add(store, kind, name, "测试")["id"])
    for note in notes:
        verbs.set_fact(store, id, "note", note, "测试")
    return id


def told(store: SqliteStore, id: str) -> set[str]:
    return set(store.snapshot().thing(id).values("note"))


def test_a_name_of_old_and_one_beside_a_shared_alias_go_in_every_spelling(store: SqliteStore) -> None:
    person = added(store, "person", "陈国栋")
    verbs.set_fact(store, person, "name", "陈国梁", "测试")
    verbs.set_fact(store, person, "alias", "老王", "测试")
    verbs.set_fact(store, added(store, "person", "王大力"), "alias", "老王", "测试")
    paper = added(store, "document", "报道", "陳國棟 chenguodong 陈国栋", "老王")
    verbs.erase(store, [person], "测试")
    assert told(store, paper) == {"■■■ ■■■■■■■■■■■ ■■■", "老王"}


def test_an_unreadable_backup_does_not_save_a_token_of_that_name(store: SqliteStore) -> None:
    person = added(store, "person", "张明远")
    tokens = Tokens(store.home)
    for name in ("张明远", "zhangmingyuan", "门户"):
        tokens.add(name)
    (store.home / "backups").mkdir()
    (store.home / "backups" / "old.db").write_bytes(b"x" * 4096)
    with pytest.raises(StoreUnavailable):
        verbs.erase(store, [person], "测试")
    assert not store.snapshot().has(person)
    assert tokens.names() == ["门户"]


def test_who_is_unknown_costs_no_token(store: SqliteStore) -> None:
    Tokens(store.home).add("张明远")
    with pytest.raises(NotFound):
        verbs.erase(store, [added(store, "person", "张明远"), "a" * 16], "测试")
    assert Tokens(store.home).names() == ["张明远"]


def test_a_refused_import_keeps_no_bytes(store: SqliteStore) -> None:
    verbs.erase(store, [added(store, "person", "张明远")], "测试")
    text = "大连港集团有限公司设立张明远劳模创新工作室，领办人张明远。\n".encode()
    with pytest.raises(Conflict):
        verbs.import_bytes(store, "a.txt", text, "测试")
    assert list(store._blobs()) == []
    assert verbs.import_bytes(store, "a.txt", text, "测试", namesakes=True)["adds"]
    assert text in [store.kept(digest) for digest in store._blobs()]


def test_a_short_name_is_left_in_other_texts_unless_asked_for(store: SqliteStore) -> None:
    field, person, single = added(store, "field", "木工"), added(store, "person", "王伟"), added(store, "person", "李")
    workshop = added(store, "workshop", "木工创新工作室", "职工代表王伟、李强")
    for name in ("工会", "李强", "alice"):
        Tokens(store.home).add(name)
    verbs.set_fact(store, person, "alias", "Li", "测试")
    done = verbs.erase(store, [field, person, single], "测试")
    assert done["masked"] == ["Li", "li", "wang wei", "wangwei", "王伟", "王偉"]
    assert (done["left"], done["renamed"]) == ({"木工": "short", "李": "short"}, [])
    assert not any(store.snapshot().has(id) for id in (field, person, single))
    assert told(store, workshop) == {"职工代表■■、李强"}
    assert store.snapshot().thing(workshop).name == "木工创新工作室"
    assert Tokens(store.home).names() == ["alice", "工会", "李强"]
    assert added(store, "workshop", "木工工作室")  # asks about no namesake: the name is not that of the field
    assert verbs.erase(store, [added(store, "field", "代")], "测试", everywhere=True)["left"] == {}
    assert told(store, workshop) == {"职工■表■■、李强"}


def test_a_shared_name_is_told_as_left(store: SqliteStore) -> None:
    gone, _ = (added(store, "person", "王伟") for _ in range(2))
    done = verbs.erase(store, [gone], "测试")
    assert (done["masked"], done["left"]) == ([], {"王伟": "shared"})


def test_an_older_backup_masks_again_what_was_masked_and_no_more(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "home") as store:
        whole, short = added(store, "field", "焊接"), added(store, "field", "铆")
        workshop = added(store, "workshop", "焊接创新工作室", "铆焊接")
        verbs.set_fact(store, workshop, "field", short, "测试")
        kept = verbs.backup(store)["file"]
        carried = shutil.copy(kept, tmp_path / "carried.db")
        verbs.erase(store, [short], "测试")
        verbs.erase(store, [whole], "测试", everywhere=True)
        assert told(store, workshop) == {"铆■■"}
    for file in (kept, carried):
        verbs.restore(tmp_path / "home", Path(file), "测试")
        with SqliteStore(tmp_path / "home") as again:
            assert told(again, workshop) == {"铆■■"}
            assert not any(again.snapshot().has(id) for id in (whole, short))
            assert verbs.verify(again)["ok"]


def test_a_running_server_forgets_the_imports_that_name_who_was_erased(tmp_path: Path) -> None:
    text = "大连港集团有限公司设立张明远劳模创新工作室，领办人张明远。\n"
    with running(tmp_path / "home") as served:
        path = f"/imports/{served.client.post('/imports', json={'name': '张明远.txt', 'text': text}).json()['id']}"
        while not served.desk.jobs.get(path.removeprefix("/imports/")).finished:
            time.sleep(0.01)
        assert "张明远" in served.client.get(path).text
        with SqliteStore(tmp_path / "home") as other:
            person = next(hit["id"] for hit in verbs.search(other, "张明远", kind="person")["hits"])
            verbs.erase(other, [person], "另一处")
        assert served.client.get(path).json()["code"] == "job_unknown"
        assert served.client.get("/imports").json() == {"jobs": []}
