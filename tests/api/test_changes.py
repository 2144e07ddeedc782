"""Changes in words: what each did, in the list of all and in a thing's own history."""

from tests.api.serving import Served
from tests.api.test_writing import TABLE, made, outcome


def words(served: Served, lang: str = "zh") -> str:
    """What the last change did."""
    return str(served.client.get("/changes", headers={"Accept-Language": lang}).json()["rows"][0]["words"])


def test_each_change_says_what_it_did(served: Served) -> None:
    first, second = made(served), made(served, "乙工作室")
    assert words(served) == "新增工作室“乙工作室”"
    assert words(served, "en") == "New workshop “乙工作室”"
    fact = served.client.post(f"/things/{first}/facts", json={"property": "skill", "value": "焊接", "reason": "来函"}).json()
    assert words(served) == "来函 · 甲工作室 · 技能：焊接"
    served.client.post(f"/changes/{fact['change']}/undo", json={})
    assert words(served) == f"撤销第{fact['change']}版"
    served.client.post("/decisions", json={"asked": first, "candidate": second, "answer": "accept"})
    assert set(words(served).removeprefix("采纳 · ").split("⇄")) == {"甲工作室", "乙工作室"}
    served.client.post(f"/things/{first}/merge", json={"other": second})
    assert set(words(served).split(" · 同一个：")) == {"甲工作室", "乙工作室"}


def test_a_refusal_stands_in_the_history_of_its_thing(served: Served) -> None:
    outcome(served, served.client.post("/imports", json={"name": "名单.csv", "text": TABLE}).json())
    id = next(row["id"] for row in served.client.get("/things").json()["rows"] if row["name"] == "甲乙工作室")
    fact = next(one for one in served.client.get(f"/things/{id}").json()["facts"] if one["property"] == "level")
    done = served.client.delete(f"/things/{id}/facts/{fact['id']}").json()
    assert words(served) == "不采信 甲乙工作室 · 级别：市级"
    past = served.client.get(f"/things/{id}/history").json()
    assert [one["number"] for one in past["changes"]] == [done["change"], 1]
    refusal = next(one for one in past["statements"] if one["property"] == "refused")
    assert (refusal["subject"], refusal["added"]) == (fact["id"], done["change"])
