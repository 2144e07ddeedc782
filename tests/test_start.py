"""start.py with a real environment and a real pip, on a stand-in project that needs no package index."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BIN = "Scripts" if os.name == "nt" else "bin"

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "lianyin"
version = "0"
[dependency-groups]
dev = []
"""
BACKEND = """
import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    from pathlib import Path
    info = "lianyin-0.dist-info/"
    parts = {
        "lianyin.pth": str(Path(__file__).parent), info + "entry_points.txt": "[console_scripts]\\nlianyin = api.cli:main\\n",
        info + "METADATA": "Metadata-Version: 2.1\\nName: lianyin\\nVersion: 0\\n",
        info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    with zipfile.ZipFile(Path(folder, "lianyin-0-py3-none-any.whl"), "w") as wheel:
        for name, text in parts.items():
            wheel.writestr(name, text)
        wheel.writestr(info + "RECORD", "".join(f"{name},,\\n" for name in [*parts, info + "RECORD"]))
    return "lianyin-0-py3-none-any.whl"
"""
SAYS = "import sys\ndef main():\n    print('联姻', *sys.argv[1:])\n    sys.exit(7)\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a folder 文件夹")
    (folder / "start.py").write_bytes((ROOT / "start.py").read_bytes())
    (folder / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (folder / "backend.py").write_text(BACKEND, "utf-8")
    (folder / "pytest.py").write_text("import sys\nprint('pytest', *sys.argv[1:])\nsys.exit(5)\n", "utf-8")
    (folder / "api").mkdir()
    (folder / "api" / "cli.py").write_text(SAYS, "utf-8")
    return folder


def start(project: Path, *arguments: str, cwd: Path | None = None, **env: str) -> "subprocess.CompletedProcess[str]":
    settings = {**os.environ, "PIP_NO_INDEX": "1", **env}
    command = [sys.executable, str(project / "start.py"), *arguments]
    return subprocess.run(command, cwd=cwd, env=settings, capture_output=True, encoding="utf-8", timeout=120, check=False)


def test_first_start_installs_and_the_second_only_runs(project: Path, tmp_path: Path) -> None:
    first = start(project)
    assert (first.stdout.split(), first.returncode) == (["联姻", "serve"], 7), first.stderr
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").write_text("raise SystemExit('the wrong api')", "utf-8")
    second = start(project, "search", "郭 永", cwd=tmp_path)
    assert (second.stdout, second.stderr, second.returncode) == ("联姻 search 郭 永\n", "", 7)


def test_tests_get_their_group_and_their_exit_code(project: Path, tmp_path: Path) -> None:
    done = start(project, "test", "-x", cwd=tmp_path)
    assert (done.stdout.split(), done.returncode) == (["pytest", "-x"], 5), done.stderr
    assert start(project, "demo").stderr == ""  # the environment of the tests serves the command too


def test_a_changed_pyproject_is_installed_again(project: Path) -> None:
    start(project)
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert "making the environment" in start(project, "demo").stderr
    assert start(project, "demo").stderr == ""


@pytest.mark.patient
@pytest.mark.parametrize("damage", ["python is gone", "half made"])
def test_a_broken_environment_is_rebuilt(project: Path, damage: str) -> None:
    start(project)
    place = project / ".venv"
    if damage == "python is gone":
        for one in (place / BIN).glob("python*"):
            one.unlink()
    else:
        (place / "lianyin-unfinished").touch()
        (place / "lianyin-stamp").unlink()
    done = start(project)
    assert (done.stdout.split(), done.returncode) == (["联姻", "serve"], 7), done.stderr


def test_a_failing_install_says_so_and_is_taken_up_again(project: Path) -> None:
    table = (project / "pyproject.toml").read_text("utf-8")
    (project / "pyproject.toml").write_text(table.replace("dev = []", 'dev = ["no-such-part-of-ours"]'), "utf-8")
    failed = start(project, "test")
    assert failed.returncode == 1
    assert "this step failed: -m pip install" in failed.stderr
    (project / "pyproject.toml").write_text(table, "utf-8")
    assert start(project, "test").returncode == 5


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        ("import sys; sys.modules['ensurepip'] = None", "venv"),
        ("import sys; sys.version_info = (3, 9, 2, 'final', 0)", "Python 3.9 is too old"),
    ],
)
def test_what_is_missing_is_named_on_any_console(tmp_path: Path, lie: str, told: str) -> None:
    """Another interpreter is stood in for by sitecustomize; the console is plain ASCII."""
    (tmp_path / "start.py").write_bytes((ROOT / "start.py").read_bytes())
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (tmp_path / "lies").mkdir()
    (tmp_path / "lies" / "sitecustomize.py").write_text(lie, "utf-8")
    done = start(tmp_path, PYTHONPATH=str(tmp_path / "lies"), PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()[-1].split()) > 1  # the last line is the command that mends it


def test_start_needs_nothing_but_the_standard_library_and_is_read_by_old_pythons() -> None:
    tree = ast.parse((ROOT / "start.py").read_text("utf-8"), feature_version=(3, 7))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names
