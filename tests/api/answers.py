"""Everything that a server can be asked about its data, in one order: two stores that hold the same give the same bytes.

    lived(served.client)            # a decision, an edit taken back, a merge, a list: a history worth comparing
    told = answers(served.client)   # question -> the bytes of its answer
"""

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

import httpx

OF_THE_SERVER = ("/health", "/session", "/steps/{ask}", "/imports", "/imports/{job}", "/imports/{job}/events")
"""What tells of the machine that is asked."""
PAGES, TEXTS = 10, ("焊缝有气孔", "齿轮热处理后变形", "护理")
Row = dict[str, Any]


def lived(client: httpx.Client) -> None:
    """Acts of every kind at the desk."""
    pairs = client.get("/pairs", params={"limit": 3}).json()["rows"]
    ids = [[pair[side]["id"] for side in ("first", "second")] for pair in pairs]
    for answer, reason, (one, other) in zip(("accept", "decline", "put_off"), ("", "rivals", ""), ids, strict=True):
        decision = {"asked": one, "candidate": other, "answer": answer, "reason": reason, "words": "电话核实"}
        client.post("/decisions", json=decision).raise_for_status()
    edit = client.post(f"/things/{ids[0][0]}/facts", json={"property": "note", "value": "已走访"}).raise_for_status().json()
    client.post(f"/changes/{edit['change']}/undo", json={}).raise_for_status()
    client.post(f"/things/{ids[1][0]}/merge", json={"other": ids[2][1]}).raise_for_status()
    opened = client.post("/shortlists", json={"name": "备选", "note": "待走访"}).raise_for_status().json()["id"]
    client.post(f"/shortlists/{opened}/entries", json={"things": ids[0], "note": "一对"}).raise_for_status()


def answers(client: httpx.Client, each: int = 4) -> dict[str, bytes]:
    """Every answer by its question; of each kind so many things are asked about one by one. Fails where a reading route is left out."""
    asking = Asking(client, each)
    asking.all()
    left = {path for path in asking.routes if path not in asking.asked and path not in OF_THE_SERVER}
    assert not left, f"not asked: {left}"
    return asking.told


class Asking:
    """Asks one server, and keeps what it says."""

    def __init__(self, client: httpx.Client, each: int) -> None:
        self.client, self.each = client, each
        self.told: dict[str, bytes] = {}
        self.asked: set[str] = set()
        described = client.get("/openapi.json").json()["paths"]
        self.routes = {path.removeprefix("/api/v1"): told["get"] for path, told in described.items() if "get" in told}

    def all(self) -> None:
        """Lists, then things, papers and facts one by one, then questions in words."""
        for path in sorted(path for path in self.routes if "{" not in path and path not in OF_THE_SERVER):
            self.lists(path)
        things = self.sample(self.walked("/things"))
        self.things(things)
        papers = list(islice((row for row in self.walked("/documents") if row["has_text"]), self.each))
        papers = papers or list(islice(self.walked("/documents"), self.each))
        for route in sorted(route for route in self.routes if route.startswith("/documents/{id}")):
            self.one_by_one(route, [row["id"] for row in papers])
        self.one_by_one("/changes/{number}", range(1, self.client.get("/changes").json()["version"] + 1))
        self.one_by_one("/exports/{form}", ("jsonl", "graphml", "json", "csv"))
        self.one_by_one("/templates/{kind}", ("workshop", "organisation"))
        self.one_by_one("/shortlists/{id}", [row["id"] for row in self.client.get("/shortlists").json()["rows"]])
        self.questions([row["id"] for row in things if row["kind"] == "workshop"])

    # ---- by route

    def lists(self, path: str) -> None:
        """A list with its first pages and as files."""
        wanted = {parameter["name"] for parameter in self.routes[path].get("parameters", ())}
        more: Row = {"from": 0} if "from" in wanted else {"q": "王"} if path == "/search" else {}
        for format in ("json", "csv", "xlsx") if "format" in wanted else ("",):
            self.get(path, **more, **({"format": format} if format else {}))
        if "cursor" in wanted:
            for _ in islice(self.walked(path), PAGES * 200):
                pass
        if path == "/network/map":
            self.get(path, detail="members")

    def things(self, rows: Sequence[Row]) -> None:
        """Each with what stands around it, and the evidence of its facts."""
        ids, statements = [row["id"] for row in rows], []
        for route in ("/things/{id}", "/things/{id}/conflicts", "/things/{id}/history", "/things/{id}/neighbours"):
            self.one_by_one(route, ids)
        for id in ids:
            facts = self.client.get(f"/things/{id}").json()["facts"]
            statements += [fact["id"] for fact in facts[: self.each]]
        self.one_by_one("/evidence/{statement}", statements)
        self.post("/evidence", {"ids": statements[:20]})
        for one, other in pairwise(rows):
            if one["kind"] == other["kind"]:
                self.get("/things/{id}/merge/{other}", id=one["id"], other=other["id"])

    def questions(self, ids: Sequence[str]) -> None:
        """Partners and groups, for workshops and for sentences."""
        for question in [*({"id": id} for id in ids), *({"text": text} for text in TEXTS)]:
            for format in ("json", "csv"):
                self.post(f"/suggestions?format={format}", question)
            self.post("/groups", {**question, "low": 3, "high": 4})
        self.post("/groups/instance", {"text": TEXTS[0], "low": 3, "high": 4})

    # ---- asking

    def get(self, route: str, **wanted: Any) -> httpx.Response:
        """The answer of a route, kept; what its path names is taken from `wanted`."""
        self.asked.add(route)
        query = {name: one for name, one in wanted.items() if f"{{{name}}}" not in route}
        return self._keep("GET", self.client.get(route.format(**wanted), params=query))

    def post(self, path: str, body: Row) -> None:
        """The same of a question with a body."""
        self._keep(f"POST {body}", self.client.post(path, json=body))

    def one_by_one(self, route: str, each: Sequence[object]) -> None:
        """A route for each of these."""
        name = route.partition("{")[2].partition("}")[0]
        for one in each:
            self.get(route, **{name: one})

    def walked(self, path: str) -> Iterator[Row]:
        """The rows of a list, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(path, cursor=cursor, limit=200).json()
            yield from page["rows"]
            cursor = page["next"]

    def sample(self, rows: Iterator[Row]) -> list[Row]:
        """Some of each kind, far apart."""
        kinds: dict[str, list[Row]] = {}
        for row in rows:
            kinds.setdefault(row["kind"], []).append(row)
        return [row for kind in sorted(kinds) for row in kinds[kind][:: max(1, len(kinds[kind]) // self.each)][: self.each]]

    def _keep(self, how: str, answer: httpx.Response) -> httpx.Response:
        too_long = answer.status_code == 413  # a list that no file takes whole: refused in the same words
        assert answer.is_success or too_long, f"{how} {answer.url}: {answer.text[:300]}"
        self.told[f"{how} {answer.url.raw_path.decode()}"] = answer.content
        return answer
