"""The commands as a person or a program calls them, over a real store."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from api import cli


@pytest.fixture(scope="module")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANYIN_KEYS", str(folder / "keys"))
        patch.setattr(sys, "argv", ["lianyin", "demo", "--home", str(folder / "home"), "--json"])
        assert run_main() == 0
    return folder / "home"


@pytest.fixture
def home(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIANYIN_KEYS", str(demo_home.parent / "keys"))
    monkeypatch.setenv("LIANYIN_ACTOR", "王某")
    return demo_home


def run_main() -> int:
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def call(home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> object:
    def lianyin(*words: str, expect: int = 0, plain: bool = False) -> object:
        place = [] if words[0] in ("read", "template") else ["--home", str(home)]
        monkeypatch.setattr(sys, "argv", ["lianyin", *words, *place, *([] if plain else ["--json"])])
        capfd.readouterr()
        assert run_main() == expect
        out, err = capfd.readouterr()
        return out + err if plain else json.loads(out)

    return lianyin


def test_a_day_at_the_desk(call, home: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    hits = call("search", "gya")["hits"]
    person = next(hit for hit in hits if hit["name"] == "管延安")
    shown = call("show", person["id"])
    assert all(fact["source"] for fact in shown["facts"])
    said = call("set", person["id"], "技能", "沉管舾装调试")
    assert said["adds"] == 1
    assert call("history", person["id"])["statements"][-1]["value"] == "沉管舾装调试"
    assert [one["value"] for one in call("diff", str(said["change"] - 1))["added"]] == ["沉管舾装调试"]
    assert call("undo", str(said["change"]))["retracts"] == 1
    assert call("verify")["ok"]
    assert call("doctor")["ok"]
    assert call("history")["changes"][0]["actor"] == "王某"
    for form in ("jsonl", "graphml", "json", "csv"):
        call("export", str(tmp_path / form), "--form", form)
        assert (tmp_path / form).stat().st_size > 10_000


def test_facts_of_the_seed_show_their_sentence(call) -> None:  # type: ignore[no-untyped-def]
    room = next(hit for hit in call("search", "徐成武", "--kind", "workshop")["hits"])
    facts = {fact["property"]: fact for fact in call("show", room["id"])["facts"]}
    assert facts["host"]["shown"] == "盘起工业(大连)有限公司"
    assert "徐成武" in facts["name"]["quote"]["text"]


def test_facts_of_a_page_that_was_not_kept_show_their_row_and_say_so(call) -> None:  # type: ignore[no-untyped-def]
    room = next(hit for hit in call("search", "李文龙技能大师工作室")["hits"])
    told = next(fact for fact in call("show", room["id"])["facts"] if fact["property"] == "name")["quote"]
    assert told["kept"] is False
    assert told["link"].startswith("http")
    assert [one["text"] for one in told["cells"] if one["marked"]] == ["李文龙技能大师工作室"]
    assert len(told["cells"]) > 3
    page = call("show", room["id"], plain=True)
    assert "【李文龙技能大师工作室】" in page
    assert "原文未收录" in page


def test_only_what_a_document_told_can_lack_its_original(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "workshop.csv"
    path.write_text("名称,所在单位\n有原件工作室,某某厂\n", "utf-8")
    call("import", str(path), "--series", "有原件")
    room = call("search", "有原件工作室")["hits"][0]
    call("set", room["id"], "note", "口头说的")
    kept = {fact["property"]: fact["quote"]["kept"] for fact in call("show", room["id"])["facts"]}
    assert kept["host"] is True
    assert kept["note"] is None
    seed = call("search", "徐成武", "--kind", "workshop")["hits"][0]
    assert all(fact["quote"]["kept"] for fact in call("show", seed["id"])["facts"])
    assert "原文未收录" not in call("show", room["id"], plain=True) + call("show", seed["id"], plain=True)


def test_merge_split_and_unset(call) -> None:  # type: ignore[no-untyped-def]
    first, second = (call("set", "new:workshop", "name", name)["id"] for name in ("一号工作室", "二号工作室"))
    assert not call("merge", first, second)["already_one"]
    assert call("merge", first, second)["already_one"]
    assert call("show", second)["id"] == call("show", first)["id"]
    call("split", second)
    told = call("show", second)["facts"]
    assert [fact["shown"] for fact in told if fact["property"] == "name"] == ["二号工作室"]


def test_import_shows_the_difference(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "workshop.csv"
    path.write_text("名称,所在单位,级别\n甲乙工作室,某某厂,市级\n丙丁工作室,某某厂,省级\n", "utf-8")
    done = call("import", str(path), "--series", "名单")
    assert done["adds"] == len(done["added"]) > 5
    path.write_text("名称,所在单位,级别\n甲乙工作室,某某厂,国家级\n", "utf-8")
    again = call("import", str(path), "--series", "名单")
    assert {one["value"] for one in again["retractions"]} >= {"municipal", "丙丁工作室"}
    gone = call("import", str(path), "--series", "名单", "--retract")
    assert gone["retracts"] == len(again["retractions"])
    call("undo", str(gone["change"]))


def test_erase_and_restore(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    person = next(hit for hit in call("search", "赵久洲", "--kind", "person")["hits"])
    saved = call("backup", str(tmp_path / "b.db"), "--recovery", str(tmp_path / "sheet.json"))
    call("token", "add", "赵久洲的程序")
    assert call("erase", person["id"])["renamed"]
    assert call("token", "list")["names"] == []
    assert not [hit for hit in call("search", "赵久洲")["hits"] if "赵久洲" in hit["name"]]
    call("restore", saved["file"])
    assert not [hit for hit in call("search", "赵久洲")["hits"] if "赵久洲" in hit["name"]]
    assert call("verify")["ok"]


def test_erase_says_what_it_left(call) -> None:  # type: ignore[no-untyped-def]
    call("set", call("set", "new:workshop", "name", "某某錾刻工作室")["id"], "note", "錾刻能手")
    first, second = (call("set", "new:field", "name", name)["id"] for name in ("錾刻", "錾"))
    words = call("erase", first, plain=True)
    assert "其他文字中已隐去：无" in words
    assert "其他文字中未隐去：錾刻：太短" in words
    told = call("erase", second, "--everywhere")
    assert (told["masked"], told["left"]) == (["zan", "錾", "鏨"], {})
    assert [one["name"] for one in told["renamed"]] == ["〔已隐去〕创新工作室"]


def test_every_command_that_states_a_name_lets_one_answer_for_namesakes(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    gone, other, _ = (call("set", "new:person", "name", "欧阳试笔") for _ in range(3))
    call("undo", str(other["change"]))
    call("erase", gone["id"])
    path = tmp_path / "workshop.csv"
    path.write_text("名称,所在单位\n欧阳试笔创新工作室,某某厂\n", "utf-8")
    undone = call("history")["version"] - 1
    for words in (("set", "new:person", "name", "欧阳试笔"), ("import", str(path), "--series", "同名"), ("undo", str(undone))):
        error = call(*words, expect=1)["error"]
        assert error["code"] == "erased_namesake"
        assert "--namesakes" in error["remedy"]
        assert words[0] != "import" or error["place"]["locator"].startswith("workshop.csv!2!名称")  # the row to look at
        assert call(*words, "--namesakes")["adds"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "nothing"), "thing_unknown"),
        (("undo", "9999"), "change_unknown"),
        (("set", "aaaaaaaaaaaaaaaa", "level", "市级"), "thing_unknown"),
        (("set", "new:workshop", "name", "a\u202eb"), "text_refused"),
        (("set", "new:nonsense", "name", "x"), "code_unknown"),
        (("import", "no-such-file.csv"), "file_unknown"),
        (("restore", "no-such-file.db"), "backup_unknown"),
        (("export", "/tmp/never", "--form", "docx"), "export_form_unknown"),
        (("search", "x", "--kind", "nonsense"), "code_unknown"),
        (("demo", "--city", "12"), "home_is_another"),
    ],
)
def test_what_cannot_be_is_one_error(call, words: tuple[str, ...], code: str) -> None:  # type: ignore[no-untyped-def]
    before = call("history")["version"]
    error = call(*words, expect=1)["error"]
    assert error["code"] == code
    assert error["title"]
    assert error["remedy"]
    assert call("history")["version"] == before


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02" * 50, "字".encode() * 4_000_000, b"\xff\xfe\x00"])
def test_ugly_files_change_nothing(call, tmp_path: Path, data: bytes) -> None:  # type: ignore[no-untyped-def]
    before = call("history")["version"]
    for name in ("ugly.txt", "ugly.csv"):
        (tmp_path / name).write_bytes(data)
        error = call("import", str(tmp_path / name), expect=1)["error"]
        assert error["place"]["file"]
        assert error["remedy"]
    assert call("history")["version"] == before


def test_words_for_people(call) -> None:  # type: ignore[no-untyped-def]
    assert "示范资料" in call("demo", "--no-serve", plain=True)
    assert "[thing_unknown]" in call("show", "nothing", expect=1, plain=True)


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, api.cli; print(sorted({'numpy', 'apsw', 'networkx', 'scipy', 'opencc', 'pypinyin'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
