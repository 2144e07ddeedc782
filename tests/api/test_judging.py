"""Merges looked at before they are made, and conflicts settled, over HTTP."""

from collections.abc import Callable

import pytest

from tests.api.serving import Served
from tests.api.test_reading import walked

Tell = Callable[[str, str], None]


@pytest.fixture
def tell(served: Served) -> Tell:
    """Imports a table of one workshop under its own series: two of them can disagree."""

    def imported(series: str, level: str) -> None:
        text = f"名称,所在单位,级别\n甲乙工作室,某某厂,{level}\n"
        job = served.client.post("/imports", json={"name": f"{series}.csv", "text": text, "series": series}).json()
        while (told := served.client.get(f"/imports/{job['id']}").json())["state"] in ("waiting", "running"):
            pass
        assert told["state"] == "done", told

    return imported


def workshop(served: Served, tell: Tell) -> str:
    """A workshop of which two tables tell different levels."""
    tell("旧表", "市级")
    tell("新表", "省级")
    ids = [row["id"] for row in walked(served, "/things", kind="workshop")]
    if len(ids) > 1:
        served.client.post(f"/things/{ids[0]}/merge", json={"other": ids[1]})
    id: str = walked(served, "/things", kind="workshop")[0]["id"]
    return id


def level(served: Served, id: str) -> list[tuple[str, str, bool, bool]]:
    facts = served.client.get(f"/things/{id}").json()["facts"]
    return [(fact["value"], fact["state"], fact["current"], fact["conflict"]) for fact in facts if fact["property"] == "level"]


@pytest.mark.parametrize(("choice", "kept", "gone"), [("new", "provincial", "municipal"), ("old", "municipal", "provincial")])
def test_one_value_is_kept_and_the_other_refused(served: Served, tell: Tell, choice: str, kept: str, gone: str) -> None:
    id = workshop(served, tell)
    row = served.client.get(f"/things/{id}/conflicts").json()["rows"][0]
    assert [(one["shown"], len(one["sources"])) for one in row["values"]] == [("市级", 1), ("省级", 1)]
    done = served.client.post(f"/things/{id}/conflicts/level", json={"choice": choice}).json()
    assert sorted(level(served, id)) == sorted([(kept, "told", True, False), (gone, "refused", False, False)])
    assert served.client.get(f"/things/{id}/conflicts").json()["rows"] == []
    assert served.client.get("/things", params={"conflict": "true"}).json()["total"] == 0
    tell("旧表", "市级")  # the file comes again: what was refused stays out
    assert served.client.get("/things", params={"conflict": "true"}).json()["total"] == 0
    served.client.post(f"/changes/{done['change']}/undo", json={})
    assert {fact[3] for fact in level(served, id)} == {True}


def test_both_hold_in_their_times(served: Served, tell: Tell) -> None:
    id = workshop(served, tell)
    answer = served.client.post(f"/things/{id}/conflicts/level", json={"choice": "both"})
    assert answer.json()["code"] == "period_needed"
    served.client.post(f"/things/{id}/conflicts/level", json={"choice": "both", "since": "2023-07"})
    told = [fact for fact in served.client.get(f"/things/{id}").json()["facts"] if fact["property"] == "level" and fact["state"] == "told"]
    assert sorted((one["value"], one["since"], one["until"], one["current"], one["conflict"]) for one in told) == [
        ("municipal", "", "2023-07", False, False), ("provincial", "2023-07", "", True, False),
    ]  # fmt: skip
    assert served.client.get("/things", params={"kind": "workshop"}).json()["rows"][0]["level"]["value"] == "provincial"


def test_a_desks_word_is_taken_back_and_requests_repeat(served: Served, tell: Tell) -> None:
    id = workshop(served, tell)
    served.client.post(f"/things/{id}/facts", json={"property": "level", "value": "国家级"})
    etag = served.client.get(f"/things/{id}").headers["etag"]
    key = {"Idempotency-Key": "k1", "If-Match": etag}
    answers = [served.client.post(f"/things/{id}/conflicts/level", json={"choice": "old"}, headers=key).json() for _ in range(3)]
    assert answers[0]["retracts"] == 1
    assert answers == answers[:1] * 3
    assert [one[0] for one in level(served, id) if one[2]] == ["municipal"]
    stale = served.client.post(f"/things/{id}/conflicts/level", json={"choice": "new"}, headers={"If-Match": etag})
    assert (stale.status_code, stale.json()["code"]) == (412, "thing_changed")
    nothing = served.client.post(f"/things/{id}/conflicts/level", json={"choice": "new"})
    assert nothing.json()["code"] == "conflict_unknown"


def test_of_three_values_one_is_named(served: Served, tell: Tell) -> None:
    id = workshop(served, tell)
    served.client.post(f"/things/{id}/facts", json={"property": "level", "value": "国家级"})
    wrong = served.client.post(f"/things/{id}/conflicts/level", json={"choice": "old", "value": "district"})
    assert wrong.json()["code"] == "choice_unknown"
    served.client.post(f"/things/{id}/conflicts/level", json={"choice": "old", "value": "provincial"})
    assert [one[0] for one in level(served, id) if one[1] == "told"] == ["provincial"]


def test_a_merge_is_seen_before_it_is_made(served: Served) -> None:
    post = served.client.post
    one, other = (post("/things", json={"kind": "workshop", "name": name}).json()["id"] for name in ("甲工作室", "甲创新工作室"))
    for id, value in ((one, "市级"), (other, "省级")):
        post(f"/things/{id}/facts", json={"property": "level", "value": value})
        post(f"/things/{id}/facts", json={"property": "class", "value": "劳模"})
    post(f"/things/{one}/facts", json={"property": "skill", "value": "焊接"})
    post(f"/things/{other}/facts", json={"property": "skill", "value": "测量"})
    post(f"/things/{one}/facts", json={"property": "trade", "value": "C34"})
    told = served.client.get(f"/things/{one}/merge/{other}").json()
    states = {field["property"]: field["state"] for field in told["fields"]}
    assert states == {"name": "different", "level": "different", "class": "equal", "skill": "joined", "trade": "first_only"}
    assert (told["equal"], told["different"], told["refusal"]) == (1, 2, None)
    done = post(f"/things/{other}/merge", json={"other": one}).json()
    assert done["id"] == told["kept"] == one
    thing = served.client.get(f"/things/{one}").json()
    shows = {field["property"]: field["shows"] for field in told["fields"] if not field["many"]}
    assert shows == {fact["property"]: fact["value"] for fact in thing["facts"] if fact["current"] and fact["property"] in shows}
    assert served.client.get(f"/things/{one}/merge/{other}").json()["refusal"] == "already_one"
    unit = post("/things", json={"kind": "organisation", "name": "甲厂"}).json()["id"]
    refusal = served.client.get(f"/things/{one}/merge/{unit}").json()["refusal"]
    assert post(f"/things/{one}/merge", json={"other": unit}).json()["code"] == refusal == "kinds_differ"
