"""The desk's page: how it is served, and its own tests (these need Node and the packages of web/package-lock.json)."""

import ast
import asyncio
import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api import page, problems

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "web"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>联姻</title>", "utf-8")
    (tmp_path / "assets" / "index-1a2b.js").write_text("export {}", "utf-8")
    (tmp_path / "assets" / "index-1a2b.css").write_text("a{}", "utf-8")
    (tmp_path / "sources.sha256").write_text("0", "utf-8")
    return tmp_path


Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(built: Path) -> Ask:
    app = FastAPI()
    problems.install(app)
    app.add_api_route("/api/v1/known", lambda: {})
    page.install(app, built)
    app.add_middleware(problems.Problems)

    async def asked(path: str, method: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return await client.request(method, path)

    def ask(path: str, method: str = "GET") -> httpx.Response:
        with ThreadPoolExecutor(1) as thread:  # the browser of the journeys has a loop of its own in this one
            return thread.submit(asyncio.run, asked(path, method)).result()

    return ask


def test_every_place_of_an_error_has_words() -> None:
    told = [
        ast.literal_eval(key) for room in ("graph", "api", "seeds", "matching") for file in (ROOT / room).rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(call, ast.keyword) and call.arg == "place"
        for key in (call.value.keys if isinstance(call.value, ast.Dict) else ()) if isinstance(key, ast.Constant)
    ]  # fmt: skip
    assert {"subject", "store", "row"} <= set(told)
    for language in ("zh-CN", "en"):
        words = json.loads((WEB / "src" / "messages" / f"{language}.json").read_text("utf-8"))
        assert set(told) <= set(words["error"]["place"])


@pytest.mark.parametrize("path", ["/", "/t/abc", "/partners?q=%E9%BD%BF", "/index.html", "/../../etc/passwd", "/sources.sha256"])
def test_every_address_of_a_screen_gives_the_index_under_its_policy(ask: Ask, path: str) -> None:
    answer = ask(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "联姻" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(("name", "media"), [("index-1a2b.js", "text/javascript"), ("index-1a2b.css", "text/css")])
def test_hashed_files_are_kept_for_long_and_have_their_type(ask: Ask, name: str, media: str) -> None:
    answer = ask(f"/assets/{name}")
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/assets/index-old.js", 404), ("GET", "/api", 404), ("GET", "/api/v1/nothing", 404), ("POST", "/api/v1/nothing", 404),
    ("POST", "/partners", 404), ("POST", "/api/v1/known", 405),
])  # fmt: skip
def test_what_is_not_there_is_said(ask: Ask, method: str, path: str, status: int) -> None:
    answer = ask(path, method)
    assert (answer.status_code, answer.headers["content-type"]) == (status, problems.MEDIA)


def build_module() -> Any:
    told = importlib.util.spec_from_file_location("web_build", WEB / "build.py")
    assert told is not None
    assert told.loader is not None
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    return module


def npx(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """A tool of the page's own packages. Skips where there is no Node or they are not installed."""
    build = build_module()
    folder = build.system_node() or build.packaged_node()
    if folder is None or not (WEB / "node_modules").exists():
        pytest.skip("no Node, or the page's packages are not installed: python3 web/build.py")
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    command = [shutil.which("npx", path=str(folder)) or "npx", "--no-install", *arguments]
    return subprocess.run(command, cwd=WEB, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False)


def test_the_clients_types_are_those_of_the_openapi_file(tmp_path: Path) -> None:
    made = tmp_path / "schema.ts"
    done = npx("openapi-typescript", "--default-non-nullable", "false", str(ROOT / "docs/reference/openapi.json"), "-o", str(made))
    assert done.returncode == 0, done.stderr
    assert made.read_text("utf-8") == (WEB / "src/api/schema.ts").read_text("utf-8"), "stale: cd web && npm run types"


def test_the_pages_own_tests() -> None:
    done = npx("vitest", "run")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_changed_source_makes_the_page_stale(tmp_path: Path) -> None:
    build = build_module()
    build.WEB, build.STAMP = tmp_path, tmp_path / "stamp"
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "other.js").write_text("1", "utf-8")
    (tmp_path / "main.ts").write_text("1", "utf-8")
    before = build.digest()
    (tmp_path / "node_modules" / "other.js").write_text("2", "utf-8")
    (tmp_path / "main.ts").write_bytes(b"1")
    assert build.digest() == before
    (tmp_path / "main.ts").write_text("2", "utf-8")
    assert build.digest() != before
