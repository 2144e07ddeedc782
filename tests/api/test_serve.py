"""`lianyin serve` and `lianyin token` as a person starts them: another process, the printed address, SIGTERM."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from api import server
from graph.record.errors import Forbidden, StoreUnavailable


def lianyin(folder: Path, *words: str) -> "subprocess.Popen[str]":
    env = {**os.environ, "LIANYIN_KEYS": str(folder / "keys"), "LIANYIN_HOME": str(folder / "home")}
    return subprocess.Popen([sys.executable, "-m", "api.cli", *words, "--json"], stdout=subprocess.PIPE, text=True, env=env)


def told(process: "subprocess.Popen[str]") -> dict[str, str]:
    """The one line of a command, which then ends."""
    with process:
        return line(process)


def line(process: "subprocess.Popen[str]") -> dict[str, str]:
    assert process.stdout is not None
    answer: dict[str, str] = json.loads(process.stdout.readline())
    return answer


@pytest.mark.parametrize("empty", [True, False])
def test_serve_prints_the_address_that_opens(tmp_path: Path, empty: bool) -> None:
    process = lianyin(tmp_path, "serve", "--port", "0", *(["--empty"] if empty else []))
    try:
        address = line(process)["address"]
        with httpx.Client(trust_env=False, timeout=30) as client:
            assert client.get(address).status_code == 303
            root = address.partition("?")[0]
            total = client.get(f"{root}api/v1/things", params={"kind": "workshop"}).json()["total"]
            assert (total > 100) is not empty
            token = told(lianyin(tmp_path, "token", "add", "程序"))["token"]
        with httpx.Client(trust_env=False, headers={"Authorization": f"Bearer {token}"}) as program:
            assert program.get(f"{root}api/v1/session").json()["actor"] == "程序"
            told(lianyin(tmp_path, "token", "remove", "程序"))
            assert program.get(f"{root}api/v1/session").status_code == 401
        assert told(lianyin(tmp_path, "token", "list")) == {"names": []}
    finally:
        process.terminate()
        with process:
            process.wait(timeout=30)


def test_other_addresses_need_hosts(tmp_path: Path) -> None:
    with pytest.raises(Forbidden) as error:
        server.serve(tmp_path / "home", "0.0.0.0", 0, print)
    assert error.value.code == "host_needs_hosts"
    assert not (tmp_path / "home").exists()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with server.bound("127.0.0.1", 0) as held:
        with pytest.raises(StoreUnavailable) as error:
            server.serve(tmp_path / "home", "127.0.0.1", held.getsockname()[1], print)
        assert error.value.code == "port_taken"
    assert isinstance(held, socket.socket)
