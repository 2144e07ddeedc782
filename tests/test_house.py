"""The laws of the house, each in a few lines."""

import ast
import doctest
import importlib
import re
import runpy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

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


SHOWN = [path for folder in ALLOWED for path in sources(folder) if ">>> " in path.read_text("utf-8")]


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_examples_in_docstrings_are_true(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("folder", ALLOWED)
def test_rooms_import_only_what_they_may(folder: str) -> None:
    for path in sources(folder):
        for module in imported(ast.parse(path.read_text("utf-8"))):
            if module.split(".")[0] in ("graph", "seeds", "matching", "api"):
                assert any(module == one or module.startswith(one + ".") for one in ALLOWED[folder]), f"{path} imports {module}"


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when the module is imported; a block for the type checker alone does not."""
    for child in ast.iter_child_nodes(node):
        typing_only = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if not typing_only and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from outside_functions(child)


@pytest.mark.parametrize("folder", ALLOWED)
def test_heavy_parts_are_imported_where_they_are_used(folder: str) -> None:
    for path in sources(folder):
        for node in outside_functions(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert not {name.split(".")[0] for name in imported(node)} & HEAVY, f"{path}:{node.lineno}"


def test_imports_name_their_room() -> None:
    """A relative import or one by a computed name would slip through the law of the rooms."""
    for folder in ALLOWED:
        for path in sources(folder):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}:{node.lineno}"
                assert not (isinstance(node, ast.Name) and node.id == "__import__"), f"{path}:{node.lineno}"
                assert not (isinstance(node, ast.Attribute) and node.attr == "import_module"), f"{path}:{node.lineno}"


def test_query_text_stands_beside_the_store() -> None:
    """Cypher in `graph/record/neo4j_*.py` alone: what reaches it are parameters, and labels of the ontology."""
    for folder in ALLOWED:
        for path in sources(folder):
            if path.name.startswith("neo4j_") and path.parent.name == "record":
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    assert not re.search(r"\b(MATCH|MERGE|UNWIND) [($]", node.value), f"{path}:{node.lineno}"


WORDS = tomllib.loads((ROOT / "graph/data/errors.toml").read_text("utf-8"))
FAMILY = {"InvalidData", "NotFound", "Conflict", "Forbidden", "StoreUnavailable", "MissingExtra", "LimitExceeded"}


def error_calls() -> Iterator[tuple[Path, ast.Call]]:
    for folder in ("graph", "seeds", "matching", "api"):
        for path in sources(folder):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FAMILY and node.args:
                    yield path, node


def test_every_error_has_words_in_both_languages() -> None:
    for code, row in WORDS.items():
        assert row.keys() == {"zh", "zh_do", "en", "en_do"}, code
        assert all(row.values()), code
        assert re.search("[\u4e00-\u9fff]", row["zh"]), code
        assert fields(row["en"]) <= fields(row["zh"]), code


def fields(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name}


def test_every_error_raised_has_words_and_the_facts_that_they_name() -> None:
    for path, call in error_calls():
        code = call.args[0]
        if not isinstance(code, ast.Constant):
            continue
        where = f"{path}:{call.lineno} {code.value}"
        assert code.value in WORDS, where
        if any(word.arg is None for word in call.keywords):
            continue  # facts handed on as a whole
        told = {word.arg for word in call.keywords}
        for word in call.keywords:
            if word.arg == "place":
                told |= {key.value for key in getattr(word.value, "keys", []) if isinstance(key, ast.Constant)}
        needed = set().union(*(fields(words) for words in WORDS[code.value].values()))
        assert needed - told <= ADDED_LATER, where


ADDED_LATER = {"property"}
"""Places that an outer layer adds with `at`."""


def test_every_word_is_raised_somewhere() -> None:
    texts = "".join(path.read_text("utf-8") for folder in ("graph", "seeds", "matching", "api") for path in sources(folder))
    assert [code for code in WORDS if f'"{code}"' not in texts] == []


def test_every_kind_property_and_code_is_in_the_reference() -> None:
    page = (ROOT / "docs/reference/ontology.md").read_text("utf-8")
    table = tomllib.loads((ROOT / "graph/data/ontology.toml").read_text("utf-8"))
    for part in ("kinds", "properties"):
        for id, row in table[part].items():
            assert f"| `{id}` | {row['zh']} | {row['en']} |" in page, id
    for scheme, codes in table["codes"].items():
        for code in codes:
            assert f"`{code}`" in page, (scheme, code)


def test_pages_link_to_files_that_exist() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page}: {link}"


def test_the_reference_is_of_this_release() -> None:
    made = runpy.run_path(str(ROOT / "docs/make_reference.py"))
    for name, page in made["PAGES"].items():
        assert (ROOT / "docs/reference" / name).read_text("utf-8") == page(), f"run python docs/make_reference.py ({name})"


def test_every_verb_is_a_command_and_in_the_pages_for_users() -> None:
    from api.cli import app
    from api.verbs import VERBS

    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    pages = "".join(page.read_text("utf-8") for page in [ROOT / "README.md", *(ROOT / "docs/how-to").glob("*.md")])
    for verb in VERBS:
        assert verb in commands
        assert verb in pages
