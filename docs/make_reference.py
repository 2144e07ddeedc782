"""Writes docs/reference/ontology.md, errors.md, settings.md and openapi.json from what they describe; a test compares them.

    python docs/make_reference.py
"""

import json
import tomllib
from importlib.resources import files
from pathlib import Path

from graph.record.ontology import Property, ontology

FOLDER = Path(__file__).parent / "reference"


def _ends(kinds: frozenset[str] | None) -> str:
    return "any" if kinds is None else ", ".join(sorted(kinds))


def _row(prop: Property) -> str:
    type = f"{prop.type} ({prop.codes})" if prop.codes else f"{prop.type} → {_ends(prop.to)}" if prop.type == "ref" else prop.type
    return f"| `{prop.id}` | {prop.zh} | {prop.en} | {type} | {_ends(prop.on)} | {'many' if prop.many else 'one'} | {prop.privacy} |"


def ontology_page() -> str:
    """Kinds, properties and code lists as tables."""
    table = ontology()
    lines = ["# Kinds and properties", "", "Made by `docs/make_reference.py` from `graph/data/ontology.toml`.", ""]
    lines += ["| kind | 中文 | English | drawn as one line between |", "|---|---|---|---|"]
    lines += [f"| `{kind.id}` | {kind.zh} | {kind.en} | {' and '.join(f'`{end}`' for end in kind.edge or ())} |" for kind in table.kinds.values()]
    lines += ["", "| property | 中文 | English | type | on | shows | privacy |", "|---|---|---|---|---|---|---|"]
    lines += [_row(prop) for prop in table.properties.values()]
    lines += ["", "Texts to be indexed for search: " + ", ".join(f"`{prop.id}`" for prop in table.properties.values() if prop.search) + "."]
    for scheme, codes in sorted(table.codes.items()):
        if scheme not in ("kind", "trade"):
            lines += ["", f"Codes of `{scheme}`: " + ", ".join(f"`{code.code}` {code.zh} {code.en}" for code in codes.values()) + "."]
    lines += ["", "Trades are the divisions of GB/T 4754 (`graph/data/trades.csv`), regions six digits of GB/T 2260.", ""]
    return "\n".join([*lines, *VALUES, ""])


VALUES = (
    "| type | canonical form |",
    "|---|---|",
    "| ref | the id of a thing |",
    "| text | NFC, trimmed; controls, lone surrogates and direction marks are refused |",
    "| date | `2023`, `2023-07`, `2023-07-19`, `XXXX-07-19`, each with an optional `~` |",
    "| quantity | one of `= ~ < <= > >=`, a decimal number, a unit: `>3000 项` |",
    "| code | an entry of the list; its label is taken too |",
)


def errors_page() -> str:
    """Every error code with its words."""
    table = tomllib.loads(files("graph.data").joinpath("errors.toml").read_text("utf-8"))
    lines = ["# Errors", "", "Made by `docs/make_reference.py` from `graph/data/errors.toml`. {…} is filled with the facts.", ""]
    lines += ["| code | 发生了什么 | 怎么办 | what happened | what to do |", "|---|---|---|---|---|"]
    lines += [f"| `{code}` | {row['zh']} | {row['zh_do']} | {row['en']} | {row['en_do']} |" for code, row in sorted(table.items())]
    return "\n".join([*lines, ""])


def settings_page() -> str:
    """What the environment can tell a server."""
    from api.settings import Settings

    lines = ["# Settings of a server", "", "Made by `docs/make_reference.py` from `api/settings.py`. Each is an environment variable.", ""]
    lines += ["| variable | unless told | what |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.is_required() or field.default == () else field.default
        lines.append(f"| `LIANYIN_{name.upper()}` | {default} | {field.description} |")
    lines += ["", "Beside these, what every command is told:", "", "| variable | what |", "|---|---|"]
    lines += [f"| `LIANYIN_{name}` | {what} |" for name, what in EVERYWHERE.items()]
    return "\n".join([*lines, ""])


EVERYWHERE = {
    "ACTOR": "who acts; unless told, the name of the login",
    "LANG": "language of messages on the command line: `zh` or `en`",
    "KEYS": "folder of key files, heads and lists of the erased; unless told, one of the user's own, apart from the data",
    "KEY": "key of a shared store, 64 hex digits, the same on every machine",
    "KEY_FILE": "a file that holds it",
    "STORE_USER": "user of the database server; unless told, `neo4j`",
    "STORE_PASSWORD": "password of that user; none for a server without authentication",
    "STORE_PASSWORD_FILE": "a file that holds it; it goes before the password itself",
    "FROM_USER": "user of the server that `lianyin copy` reads from; unless told, that of `LIANYIN_STORE_USER`",
    "FROM_PASSWORD": "password of that user; unless told, that of `LIANYIN_STORE_PASSWORD`",
    "FROM_PASSWORD_FILE": "a file that holds it",
}
"""Variables that no server alone reads."""


def openapi_file() -> str:
    """The description of the HTTP API, as served under /api/v1/openapi.json."""
    from api.app import create_app
    from api.settings import Settings

    described = create_app(Settings(home=Path("unused"))).openapi()
    return json.dumps(described, ensure_ascii=False, indent=1) + "\n"


PAGES = {"ontology.md": ontology_page, "errors.md": errors_page, "settings.md": settings_page, "openapi.json": openapi_file}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), "utf-8")
