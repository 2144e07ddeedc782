"""The commands over a shared store: made, written to, copied into a folder and back, told what is not for it."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from api import cli
from tests.neo4j.server import Server
from tests.neo4j.stores import environment

Lianyin = Callable[..., dict[str, object]]


@pytest.fixture
def lianyin(neo4j_2026: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Lianyin:
    neo4j_2026.clear()
    for name, value in {**environment(neo4j_2026), "LIANYIN_HOME": str(tmp_path / "home"), "LIANYIN_ACTOR": "测试"}.items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> dict[str, object]:
        monkeypatch.setattr(sys, "argv", ["lianyin", *words, "--json"])
        capfd.readouterr()
        with suppress(SystemExit):  # of an error, which is told below
            cli.main()
        told: dict[str, object] = json.loads(capfd.readouterr().out)
        return told.get("error", told)  # type: ignore[return-value]

    return run


def test_a_shared_store_by_commands(lianyin: Lianyin, neo4j_2026: Server, tmp_path: Path) -> None:
    table = tmp_path / "室.csv"
    table.write_text("名称,地区\n张三创新工作室,大连\n李四创新工作室,沈阳\n", "utf-8")
    words = ("import", str(table), "--series", "室", "--kind", "workshop")
    assert lianyin(*words)["code"] == "shared_store_absent"
    made = lianyin("store", "init")
    assert lianyin("store", "init", neo4j_2026.address) == made
    assert lianyin(*words)["version"] == 1
    assert lianyin("backup")["code"] == lianyin("restore", "x.db")["code"] == "embedded_only"
    assert lianyin("doctor")["ok"]
    folder = str(tmp_path / "folder")
    copied = lianyin("copy", neo4j_2026.address, folder)
    assert lianyin("export", str(tmp_path / "one.jsonl"))["digest"] == copied["digest"]
    assert lianyin("export", str(tmp_path / "two.jsonl"), "--home", folder)["digest"] == copied["digest"]
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    assert lianyin("verify", "--home", folder)["ok"]
    assert lianyin("copy", folder, neo4j_2026.address)["code"] == "copy_target_not_empty"
    assert lianyin("copy", str(tmp_path / "nothing"), folder)["code"] == "place_unknown"
    neo4j_2026.clear()
    assert lianyin("copy", folder, neo4j_2026.address)["digest"] == copied["digest"]
    found = lianyin("search", "张三")["hits"]
    assert [hit["name"] for hit in found] == ["张三创新工作室"]  # type: ignore[attr-defined]
