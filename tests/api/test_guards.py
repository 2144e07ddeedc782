"""Who may ask and what is taken: law 7, and the edges of JSON on every write that the API describes."""

import json
import re
import stat
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from api import problems
from api.page import STATIC
from api.security import Tokens
from graph.record.errors import Conflict, Forbidden, InvalidData, NotFound, StoreUnavailable
from tests.api.serving import Served, running


def browser(served: Served) -> httpx.Client:
    """A client without a token, as a browser is at first."""
    return httpx.Client(base_url=f"{served.address}/api/v1", trust_env=False)


# ---- hosts, pages, tokens


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "0.0.0.0", "[::2]"])
def test_a_foreign_host_is_refused_even_with_a_token(demo: Served, host: str) -> None:
    for path in ("/things", "/health"):
        answer = demo.client.get(path, headers={"Host": host})
        assert answer.status_code in (400, 403), host
        assert answer.status_code == 400 or answer.json()["code"] == "host_refused"


def test_hosts_that_are_named_are_taken(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with running(tmp_path / "own" / "home", hosts="lianyin.example, other.example") as served:
        assert served.client.get("/things", headers={"Host": "lianyin.example:8443"}).status_code == 200
        assert served.client.get("/things", headers={"Host": "third.example"}).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic dTpw"}, {"Cookie": "lianyin=x"}])
def test_without_a_token_nothing_is_told(demo: Served, headers: dict[str, str]) -> None:
    with browser(demo) as client:
        for method, path in (("GET", "/things"), ("POST", "/things"), ("GET", "/nowhere"), ("PUT", "/session"), ("DELETE", "/session")):
            answer = client.request(method, path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        told = client.get("/health", headers=headers if "Cookie" in headers else {}).json()
        assert (told["status"], told["version"], told["store"]) == ("ok", 1, demo.desk.store)


def test_what_only_somebody_can_mend_is_not_to_be_tried_again_at_once() -> None:
    facts = {"place": {"store": "bolt://x"}, "why": "x"}
    refused = problems.answer(Forbidden("server_refused", **facts), "en")  # the database refuses this server, not who asked
    unusable = problems.answer(StoreUnavailable("server_unusable", **facts), "en")
    passing = problems.answer(StoreUnavailable("server_unreachable", **facts), "en")
    assert [one.status_code for one in (refused, unusable, passing)] == [503, 503, 503]
    assert ["Retry-After" in one.headers for one in (refused, unusable, passing)] == [False, False, True]


def opened(served: Served, client: httpx.Client) -> None:
    """Opens as a browser does: the printed address, then a redirect with the cookie."""
    answer = client.get(f"{served.address}/", params={"token": served.desk.sessions.invite()}, headers={"Sec-Fetch-Site": "none"})
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_a_browser_opens_once_and_says_who_acts(served: Served) -> None:
    with browser(served) as client:
        token = served.desk.sessions.invite()
        assert client.post("/session", json={"token": token}).json() == {
            "actor": "", "kind": "browser", "label": "", "store": served.desk.store, "other": "",
        }
        spent = client.post("/session", json={"token": token})
        assert (spent.status_code, spent.json()["code"]) == (403, "token_spent")
        body = {"kind": "workshop", "name": "甲工作室"}
        asked = client.post("/things", json=body)
        assert (asked.status_code, asked.json()["code"]) == (403, "actor_unknown")
        assert client.put("/session", json={"actor": "王某"}).json()["actor"] == "王某"
        assert client.post("/things", json=body).status_code == 201
        assert client.get("/changes").json()["rows"][0]["actor"] == "王某"
        assert client.delete("/session").status_code == 204
        assert client.get("/things").status_code == 401
    assert served.client.put("/session", json={"actor": "王某"}).json()["code"] == "actor_is_token"


def test_the_printed_address_opens_a_browser(served: Served) -> None:
    with browser(served) as client:
        opened(served, client)
        assert client.get("/things").status_code == 200
        assert client.get(f"{served.address}/", params={"token": "x"}).status_code == 303  # the page is loaded again
    with browser(served) as other:
        spent = other.get(f"{served.address}/map", params={"token": "x"})
        assert spent.status_code == 403
        assert spent.headers["Content-Type"].startswith("text/html") == (STATIC / "index.html").exists()  # the page says it in words


FOREIGN = [
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://[::1"}, {"Origin": ""}, {"Origin": "http://localhost:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
]  # fmt: skip


@pytest.mark.parametrize("headers", FOREIGN)
def test_requests_of_other_pages_are_refused(served: Served, headers: dict[str, str]) -> None:
    with browser(served) as client:
        opened(served, client)
        body = {"kind": "workshop", "name": "甲工作室"}
        for method, path in (("POST", "/things"), ("GET", "/things"), ("PUT", "/session")):
            answer = client.request(method, path, json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")
        own = {"Origin": served.address, "Sec-Fetch-Site": "same-origin"}
        assert client.put("/session", json={"actor": "王某"}, headers=own).status_code == 200
        assert client.post("/things", json=body, headers=own).status_code == 201
    assert served.client.get("/things", headers=headers).json()["total"] == 1  # a program's token skips Origin


def test_tokens_are_kept_as_hashes(served: Served) -> None:
    tokens = Tokens(served.desk.settings.home)
    secret = tokens.add("报表程序")
    path = served.desk.settings.home / "tokens.json"
    assert secret not in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(Conflict):
        tokens.add("报表程序")
    with pytest.raises(InvalidData):
        tokens.add("a b")
    headers = {"Authorization": f"Bearer {secret}"}
    assert served.client.get("/session", headers=headers).json()["actor"] == "报表程序"
    tokens.remove("报表程序")
    assert served.client.get("/session", headers=headers).status_code == 401
    with pytest.raises(NotFound):
        tokens.remove("报表程序")


# ---- bodies


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A home with a thing, a fact and a change that edits may be tried on; nothing may change in it."""
    with running(tmp_path_factory.mktemp("edges") / "home") as own:
        yield own


def mutating(served: Served) -> list[tuple[str, str, dict[str, object]]]:
    """Every call with a JSON body that the API describes, with real ids and a body that would be taken."""
    table = served.client.get("/openapi.json").json()
    rows = served.client.get("/things", params={"kind": "workshop"}).json()["rows"]
    id = rows[0]["id"] if rows else served.client.post("/things", json={"kind": "workshop", "name": "甲工作室"}).json()["id"]
    calls = []
    for path, operations in table["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
                body = {key: sample(key, of) for key, of in table["components"]["schemas"][name]["properties"].items()}
                real = path.replace("{id}", id).replace("{number}", "1")
                calls.append((method.upper(), real.removeprefix("/api/v1"), body))
    assert len(calls) >= 8
    return calls


def sample(key: str, schema: dict[str, object]) -> object:
    if "default" in schema and schema.get("type") != "string":
        return schema["default"]
    samples = {"kind": "workshop", "property": "note", "name": "乙.csv", "since": "", "until": "", "mapping": ""}
    return samples.get(key, "文")


def edges(body: dict[str, object]) -> Iterator[tuple[str, bytes]]:
    texts = [key for key, value in body.items() if isinstance(value, str)]
    plain = json.dumps(body, ensure_ascii=False)
    for key in texts:
        for name, escape in (("surrogate", "\\ud800"), ("nul", "\\u0000"), ("direction", "\\u202e"), ("control", "\\u0007")):
            yield f"{name} in {key}", json.dumps({**body, key: "@@"}, ensure_ascii=False).replace("@@", f"a{escape}b").encode()
        for value in ("NaN", "-Infinity", str(2**70), "1e400", "[1]", "null"):
            yield f"{value} for {key}", json.dumps({**body, key: "@@"}, ensure_ascii=False).replace('"@@"', value).encode()
        yield f"{key} twice", f"{plain[:-1]}, {json.dumps(key)}: {json.dumps(body[key])}}}".encode()
    yield "long number", (plain[:-1] + f', "more": {"9" * 6000}}}').encode()
    yield "surrogate in a name", (plain[:-1] + ', "\\ud800": 1}').encode()
    yield "twice, surrogate", (plain[:-1] + ', "\\ud800": 1, "\\ud800": 1}').encode()
    yield "10 MB", json.dumps({**body, texts[0]: "字" * 3_500_000}, ensure_ascii=False).encode()
    yield "deep", (plain[:-1] + ', "more": ' + "[" * 40 + "]" * 40 + "}").encode()
    yield "very deep", b"[" * 100_000
    yield "unknown field", (plain[:-1] + ', "more": 1}').encode()
    yield "no object", b"[]"
    yield "no JSON", b"{"
    yield "no UTF-8", plain.encode("gb18030") + b"\xff"
    yield "UTF-16", plain.encode("utf-16")
    yield "nothing", b""


def test_edges_of_json_are_refused_on_every_write(target: Served) -> None:
    calls = mutating(target)
    before = target.client.get("/changes").json()["version"]
    for method, path, body in calls:
        for name, data in edges(body):
            answer = target.client.request(method, path, content=data, headers={"Content-Type": "application/json"})
            assert 400 <= answer.status_code < 500, (method, path, name, answer.status_code, answer.text[:200])
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert re.fullmatch("[a-z_]+", answer.json()["code"]), name
    assert target.client.get("/changes").json()["version"] == before
    assert target.client.get("/imports").json()["jobs"] == []


def test_json_is_taken_only_as_json(target: Served) -> None:
    calls = mutating(target)
    before = target.client.get("/changes").json()["version"]
    for type in ("text/plain;x=application/json", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", ""):
        for method, path, body in calls:
            if path == "/imports" and type.startswith("text/plain"):
                continue  # there a text is a file
            headers = {"Content-Type": type} if type else {}
            answer = target.client.request(method, path, content=json.dumps(body).encode(), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (415, "content_type_refused"), (path, type)
    assert target.client.get("/changes").json()["version"] == before


def test_a_file_has_its_limit_too(target: Served) -> None:
    answer = target.client.post("/imports", content=b"x" * (21 << 20), headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    def parts() -> Iterator[bytes]:
        for _ in range(21):
            yield b"x" * (1 << 20)

    answer = target.client.post("/imports", content=parts(), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 413


UGLY = ["\0", "a\0b", "\u202e", "%ff", "%ed%a0%80", "'; DROP TABLE meta;--", "😀" * 30, str(2**70), "-1", "..%2f..", "x" * 4000]


def test_ugly_words_in_paths_and_queries_are_no_server_error(target: Served) -> None:
    table = target.client.get("/openapi.json").json()
    for ugly in UGLY:
        word = ugly if ugly.startswith("%") else quote(ugly, safe="")
        for path, operations in table["paths"].items():
            real = re.sub(r"\{\w+\}", word, path).removeprefix("/api/v1")
            names = [one["name"] for one in operations.get("get", {}).get("parameters", []) if one["in"] == "query"]
            if "get" in operations:
                query = "&".join(f"{name}={word}" for name in names)
                answer = target.client.get(f"{real}?{query}")
                assert answer.status_code < 500, (real, query, answer.text)
                for name in names:
                    assert target.client.get(f"{real}?{name}={word}").status_code < 500, (real, name, ugly)
            elif "{" in path:
                assert target.client.post(real, json={}).status_code < 500, real
        assert target.client.delete(f"/things/{word}/facts/{word}?reason={word}").status_code < 500
        name = target.client.post(f"/imports?series={word}&kind={word}&name={word}", content="甲", headers={"Content-Type": "text/plain"})
        assert name.status_code < 500
    assert target.client.get("/health").status_code == 200


def test_what_nobody_foresaw_is_a_problem_without_words(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    served.desk.reader._db.close()  # as if the engine broke under the server
    answer = served.client.get("/things")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert answer.json()["code"] == "unforeseen"
    assert served.client.get("/health").status_code == 200
    assert [record.message.split(" at ")[0] for record in caplog.records] == ["unforeseen ConnectionClosedError"]


def test_every_answer_is_sealed(demo: Served) -> None:
    for path in ("/things", "/health", "/nowhere"):
        headers = demo.client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_what_is_not_there_is_a_problem(demo: Served) -> None:
    for method, path, status, code in (
        ("GET", "/nowhere", 404, "route_unknown"), ("GET", "/things/nothing", 404, "thing_unknown"),
        ("PATCH", "/things", 405, "method_refused"), ("GET", "/changes/99", 404, "change_unknown"),
        ("GET", "/diff?from=9", 404, "version_unknown"), ("GET", "/things?cursor=x", 422, "cursor_refused"),
        ("GET", "/things?kind=x", 422, "code_unknown"), ("GET", "/things?missing=x", 422, "unknown_property"),
        ("GET", "/things?limit=9999", 422, "request_refused"), ("GET", "/imports/x", 404, "job_unknown"),
    ):  # fmt: skip
        answer = demo.client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert answer.json()["remedy"]
    assert demo.client.get("/things?limit=9999").json()["place"] == {"in": "query", "field": "limit"}
    assert demo.client.request("PATCH", "/things").headers["Allow"]
