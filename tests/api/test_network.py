"""Clusters as the API tells them: numbers that stay when things move, gaps that count cooperation and no places."""

from pathlib import Path

import pytest

from api import homes
from graph.record.model import Statement
from tests.analysis.test_training import planted
from tests.api.serving import Served, running
from tests.said import named, say, thing


def clusters(served: Served) -> dict[str, int]:
    """The cluster of each group, by name."""
    nodes = served.client.get("/network/map", params={"detail": "members", "kind": "group"}).json()["nodes"]
    return {node["name"]: node["cluster"] for node in nodes}


def test_colours_of_clusters_stay_after_an_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight change over and the third cluster is the largest: told first, and under its old number, which its colour follows."""
    monkeypatch.setenv("LIANYIN_KEYS", str(tmp_path / "keys"))
    with homes.open_home(tmp_path / "home") as store:
        planted(store, {"甲": 30, "乙": 25, "丙": 24})
        with running(tmp_path / "home") as served:
            before = clusters(served)
            old, new = ([Statement(thing(group, "group"), "member", thing(f"甲{at}"), "d") for at in range(8)] for group in "甲丙")
            say(store, *new, retracts=tuple(one.id for one in old))
            assert clusters(served) == before == {"甲": 0, "乙": 1, "丙": 2}
            told = served.client.get("/network/communities").json()["clusters"]
            assert [(one["id"], one["count"]) for one in told] == [(2, 33), (1, 26), (0, 23)]
            assert served.client.get("/things", params={"cluster": "2", "kind": "workshop"}).json()["total"] == 32


def test_one_city_and_one_field_are_no_cooperation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two clusters of one city, of which one names the other's field: a gap, and no bridge."""
    monkeypatch.setenv("LIANYIN_KEYS", str(tmp_path / "keys"))
    with homes.open_home(tmp_path / "home") as store:
        planted(store, {"甲": 12, "乙": 12})
        say(store, *named("city", "大连", "place"), *named("field", "绳结", "field"))
        say(store, *(Statement(thing(f"{group}{at}"), "place", thing("city", "place"), "d") for group in "甲乙" for at in range(12)))
        say(store, *(Statement(thing(f"{key}"), "field", thing("field", "field"), "d") for key in ("甲0", "甲1", "乙0")))
        with running(tmp_path / "home") as served:
            found = served.client.get("/network/communities").json()
            assert sorted(one["id"] for one in found["clusters"]) == [-2, 0, 1]
            assert found["links"] == []
            assert served.client.get("/network/gaps").json()["total"] == 1
            assert served.client.get("/network/bridges").json()["rows"] == []
