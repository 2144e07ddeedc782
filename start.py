"""One command for a fresh machine: makes the environment, installs, opens the think tank of the first run.

    python3 start.py            open the think tank and show it
    python3 start.py test       pass the tests
    python3 start.py ARGS …     any lianyin command

Standard library only; Python 3.11 to 3.13; Linux, macOS, Windows. pip's own settings (environment, configuration) are honoured.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLACE = HERE / ".venv"
BIN = PLACE / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")


def fail(what: str, mend: str) -> None:
    """Says what is missing and the one command that mends it."""
    sys.exit(f"{what}\n  {mend}")


def check() -> None:
    """Stops where the environment cannot be made here."""
    if not (3, 11) <= sys.version_info[:2]:
        fail(f"Python {sys.version.split()[0]} is too old: 3.11 or newer is needed", "install it, then: python3.11 start.py")
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        fail("this Python has no venv module", f"sudo apt install python{version}-venv")


def stamp(wants_tests: bool) -> str:
    """What the installed environment stands for: our dependencies, this Python, this folder."""
    text = (HERE / "pyproject.toml").read_bytes() + sys.version.encode() + str(HERE).encode() + str(wants_tests).encode()
    return hashlib.sha256(text).hexdigest()


def install(wants_tests: bool) -> None:
    """Makes or repairs `.venv`; does nothing where its stamp fits."""
    wanted, mark = stamp(wants_tests), PLACE / ("stamp-test" if wants_tests else "stamp")
    if PYTHON.exists() and mark.exists() and mark.read_text() == wanted:
        return
    check()
    print("making the environment (once, about a minute) …", file=sys.stderr, flush=True)
    if not PYTHON.exists() or subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        shutil.rmtree(PLACE, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(PLACE)])
    run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", str(HERE), *(tests() if wants_tests else [])])
    mark.write_text(wanted)


def tests() -> list[str]:
    """What the tests need, from pyproject.toml."""
    import tomllib

    return list(tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["dev"])


def run(command: list[str | Path]) -> None:
    """Runs a step; a failing one ends the start with its own words above."""
    done = subprocess.run([str(part) for part in command], check=False)
    if done.returncode:
        fail(f"this step failed: {' '.join(str(part) for part in command[:5])} …", "mend what it says above, then start again")


def become(command: list[str | Path]) -> None:
    """Ends as that command, with its exit code."""
    words = [str(part) for part in command]
    if os.name == "nt":
        sys.exit(subprocess.run(words, check=False).returncode)
    sys.stdout.flush()
    os.execv(words[0], words)


def main() -> None:
    """Installs where needed, then runs."""
    arguments = sys.argv[1:]
    wants_tests = arguments[:1] == ["test"]
    install(wants_tests)
    os.environ.setdefault("PYTHONUTF8", "1")
    if wants_tests:
        os.chdir(HERE)
        become([PYTHON, "-m", "pytest", *arguments[1:]])
    become([PYTHON, "-m", "api.cli", *(arguments or ["demo"])])


if __name__ == "__main__":
    main()
