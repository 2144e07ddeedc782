"""Real `lianyin serve` processes over a shared store, as machines behind a proxy."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.neo4j.server import Server
from tests.neo4j.stores import environment


def lianyin(env: Mapping[str, str], *words: str) -> "subprocess.Popen[str]":
    """A command as a process; its output is JSON."""
    return subprocess.Popen([sys.executable, "-m", "api.cli", *words, "--json"], stdout=subprocess.PIPE, text=True, env=env)


def first_line(process: "subprocess.Popen[str]") -> dict[str, str]:
    """What a command says first."""
    assert process.stdout is not None
    answer: dict[str, str] = json.loads(process.stdout.readline())
    return answer


@contextmanager
def machine(folder: Path, server: Server, address: str = "") -> Iterator[httpx.Client]:
    """A serving process with a data folder of its own, and a client that is let in; its actor is 测试."""
    env = {**os.environ, **environment(server, address), "LIANYIN_HOME": str(folder)}
    with lianyin(env, "store", "init") as made:
        assert "uuid" in first_line(made)
    with lianyin(env, "token", "add", "测试") as added:
        token = first_line(added)["token"]
    process = lianyin(env, "serve", "--empty", "--port", "0")
    try:
        told = first_line(process)
        assert "address" in told, told
        root = told["address"].partition("?")[0]
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"{root}api/v1", headers=headers, timeout=60, trust_env=False) as client:
            yield client
    finally:
        process.terminate()
        with process:
            process.wait(timeout=60)


def add(client: httpx.Client, name: str) -> httpx.Response:
    """Makes a workshop; its name is the key, so that asked twice it is made once."""
    return client.post("/things", json={"kind": "workshop", "name": name}, headers={"Idempotency-Key": name.encode().hex()})


def names(client: httpx.Client) -> list[str]:
    """The names of all workshops that a process shows."""
    answer = client.get("/things", params={"kind": "workshop", "limit": 100})
    return sorted(row["name"] for row in answer.raise_for_status().json()["rows"])


def soon(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether something becomes true in time."""
    late = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > late:
            return False
        time.sleep(0.05)
    return True
