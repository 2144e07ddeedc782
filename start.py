"""One command for a fresh machine: makes the environment, installs, builds the page, opens the desk.

    python3 start.py            build the page, open the think tank of the first run, print the address of the desk
    python3 start.py test       pass the tests
    python3 start.py ARGS …     any lianyin command

Standard library only; Python 3.11 to 3.13; Linux, macOS, Windows. pip's own settings (environment, configuration) are honoured.
An older Python must still be able to read this file, to be told so: annotations that it does not know are quoted.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
PLACE = HERE / ".venv"
BIN = PLACE / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
COMMAND = BIN / ("lianyin.exe" if os.name == "nt" else "lianyin")
STAMP = PLACE / "lianyin-stamp"
UNFINISHED = PLACE / "lianyin-unfinished"
PAGE = HERE / "web" / "build.py"
WITH_PAGE = ("demo", "serve", "test")
VERSION = "{}.{}".format(*sys.version_info[:2])


def fail(what: str, mend: str) -> None:
    """Says what is missing and the one command that mends it."""
    sys.exit(f"{what}\n  {mend}")


def check_version() -> None:
    """Stops on a Python that we cannot run on."""
    if sys.version_info[:2] < (3, 11):
        newer = next((name for name in ("python3.13", "python3.12", "python3.11") if shutil.which(name)), None)
        mend = f"{newer} start.py" if newer else by_system("python3.11", "python3.11", "python@3.13", "Python.Python.3.13")
        fail(f"Python {VERSION} 太旧，需要 3.11 至 3.13 · Python {VERSION} is too old: 3.11 to 3.13 is needed", mend)


def check_venv() -> None:
    """Stops where this Python cannot make an environment (Debian and Ubuntu ship ensurepip apart)."""
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        mend = by_system(f"python{VERSION}-venv", "python3-pip", f"python@{VERSION}", f"Python.Python.{VERSION}")
        fail("这个 Python 缺少 venv 模块 · this Python has no venv module", mend)


def by_system(apt: str, dnf: str, brew: str, winget: str) -> str:
    """The command that installs a missing part here."""
    sudo = "" if not hasattr(os, "geteuid") or os.geteuid() == 0 else "sudo "
    if shutil.which("apt-get"):
        return f"{sudo}apt-get update && {sudo}apt-get install -y {apt}"
    if shutil.which("dnf"):
        return f"{sudo}dnf install -y {dnf}"
    return f"winget install {winget}" if os.name == "nt" else f"brew install {brew}"


def digest() -> str:
    """What the installed environment stands for: our dependencies, this Python, this folder."""
    parts = ((HERE / "pyproject.toml").read_bytes(), sys.version.encode(), str(HERE).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def installed(wants_tests: bool) -> bool:
    """Whether the stamp says that everything wanted is there."""
    if not (PYTHON.exists() and COMMAND.exists() and STAMP.exists()):
        return False
    told = STAMP.read_text("utf-8").split()
    return told[:1] == [digest()] and (not wants_tests or "test" in told)


def install(wants_tests: bool) -> None:
    """Makes, mends or completes `.venv`; does nothing where its stamp fits."""
    if installed(wants_tests):
        return
    print("正在准备运行环境（仅首次，约一分钟） · making the environment (once, about a minute) …", file=sys.stderr, flush=True)
    if not usable():
        make()
    STAMP.unlink(missing_ok=True)
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    wanted: list[str | Path] = [*quiet, "--disable-pip-version-check", "--no-user", "-e", HERE, *(tests() if wants_tests else [])]
    run([PYTHON, "-m", "pip", "install", *wanted])
    STAMP.write_text(digest() + (" test" if wants_tests else ""), "utf-8")
    UNFINISHED.unlink(missing_ok=True)


def usable() -> bool:
    """Whether `.venv` is whole, of this Python, and has pip (one made by another tool is given pip)."""
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    version: list[str | Path] = [PYTHON, "-c", "import sys; print('{}.{}'.format(*sys.version_info[:2]))"]
    return answer(version) == VERSION and (has_pip() or (answer([PYTHON, "-m", "ensurepip"]) is not None and has_pip()))


def has_pip() -> bool:
    return answer([PYTHON, "-m", "pip", "--version"]) is not None


def answer(command: "Sequence[str | Path]") -> "str | None":
    """What a command prints; None where it fails or cannot be run at all."""
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def make() -> None:
    """Makes `.venv` anew. The mark that it is unfinished stays until the first install has succeeded."""
    check_venv()
    clear()
    PLACE.mkdir()
    UNFINISHED.touch()
    run([sys.executable, "-m", "venv", PLACE])
    if not has_pip():
        mend = by_system(f"python{VERSION}-venv", "python3-pip", f"python@{VERSION}", f"Python.Python.{VERSION}")
        fail("新环境里没有 pip · the new environment has no pip", mend)


def clear() -> None:
    """Removes what is at `.venv`; a start that was killed may have left a step running that still writes there for seconds."""
    for patience in range(10):
        try:
            if PLACE.is_symlink() or PLACE.is_file():
                PLACE.unlink()
            elif PLACE.exists():
                shutil.rmtree(PLACE)
            return
        except OSError as error:
            problem = error
            time.sleep(0.5 * patience)
    remove = "rmdir /s /q" if os.name == "nt" else "rm -rf"
    fail(f"清不掉旧环境 · the old environment cannot be removed: {problem}", f'{remove} "{PLACE}"')


def build_page() -> None:
    """Builds the desk's page where its sources changed, with the system's Node or one installed into `.venv`."""
    if not PAGE.exists():
        return
    page = load(PAGE)
    if page.is_fresh():
        return
    print("正在生成页面 · building the page …", file=sys.stderr, flush=True)
    if page.system_node() is None:
        run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-user", page.NODE_PACKAGE])
    run([PYTHON, PAGE])


def load(path: Path) -> "ModuleType":
    """A module by its file."""
    told = importlib.util.spec_from_file_location(path.stem, path)
    assert told is not None
    assert told.loader is not None
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    return module


def tests() -> "list[str]":
    """What the tests need: the group `dev` of pyproject.toml (pip itself reads groups only from 25.1 on)."""
    import tomllib

    return list(tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["dev"])


def run(command: "Sequence[str | Path]") -> None:
    """Runs a step; a failing one ends the start with its own words above."""
    words = [str(part) for part in command]
    if subprocess.run(words, check=False).returncode:
        fail(f"这一步没有成功 · this step failed: {' '.join(words[1:4])}", "按上面的提示处理后再试 · mend what it says, then start again")


def become(command: "Sequence[str | Path]") -> None:
    """Ends as that command, with its exit code."""
    words = [str(part) for part in command]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":
        sys.exit(subprocess.run(words, check=False).returncode)
    os.execv(words[0], words)


def main() -> None:
    """Installs where needed, then runs."""
    check_version()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]  # any console
    os.environ.setdefault("PYTHONUTF8", "1")
    os.environ.pop("PYTHONHOME", None)
    arguments = sys.argv[1:]
    wants_tests = arguments[:1] == ["test"]
    try:
        install(wants_tests)
        if not arguments or arguments[0] in WITH_PAGE:
            build_page()
        if wants_tests:
            os.chdir(HERE)
            become([PYTHON, "-m", "pytest", *arguments[1:]])
        if not arguments:
            python = "python" if os.name == "nt" else "python3"
            print(f"下面的 lianyin 在这里就是 {python} start.py · below, `lianyin` stands for `{python} start.py`", file=sys.stderr)
        become([COMMAND, *(arguments or ["serve"])])  # the script, not -m: a folder `api` where the user stands is not ours
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
