"""The laws of the house, each in a few lines."""

import ast
import re
import runpy
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = {
    "graph/record": {"graph.record"},
    "graph/analysis": {"graph.record", "graph.analysis", "graph.data"},
    "graph/data": {"graph.data"},
    "seeds": {"graph", "seeds"},
    "matching": {"graph", "matching"},
    "api": {"graph", "seeds", "matching", "api"},
}
HEAVY = {"networkx", "neo4j", "sentence_transformers", "numba", "scipy", "sknetwork", "opencc", "pypinyin"}


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("folder", ALLOWED)
def test_rooms_import_only_what_they_may(folder: str) -> None:
    for path in sources(folder):
        for module in imported(ast.parse(path.read_text("utf-8"))):
            if module.split(".")[0] in ("graph", "seeds", "matching", "api"):
                assert any(module == one or module.startswith(one + ".") for one in ALLOWED[folder]), f"{path} imports {module}"


@pytest.mark.parametrize("folder", ALLOWED)
def test_heavy_parts_are_imported_where_they_are_used(folder: str) -> None:
    for path in sources(folder):
        for node in ast.parse(path.read_text("utf-8")).body:
            assert not {name.split(".")[0] for name in imported(node)} & HEAVY or not isinstance(node, ast.Import | ast.ImportFrom), path


def test_every_error_code_has_words() -> None:
    words = tomllib.loads((ROOT / "graph/data/errors.toml").read_text("utf-8"))
    family = r"(?:InvalidData|NotFound|Conflict|Forbidden|StoreUnavailable|MissingExtra|LimitExceeded)"
    raised = {
        code
        for folder in ("graph", "seeds", "api")
        for path in sources(folder)
        for code in re.findall(family + r"\(\s*\"([a-z_]+)\"", path.read_text("utf-8"))
    }
    assert raised - words.keys() == set()
    for code, row in words.items():
        assert row["zh"], code
        assert row["en"], code


def test_the_reference_is_of_this_release() -> None:
    made = runpy.run_path(str(ROOT / "docs/make_reference.py"))
    for name, page in made["PAGES"].items():
        assert (ROOT / "docs/reference" / name).read_text("utf-8") == page(), f"run python docs/make_reference.py ({name})"


def test_every_verb_is_a_command_and_in_the_readme() -> None:
    from api.cli import app
    from api.verbs import VERBS

    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    readme = (ROOT / "README.md").read_text("utf-8")
    for verb in VERBS:
        assert verb in commands
        assert verb in readme
