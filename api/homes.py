"""Where data lives: the user's own home, and homes of their own for the demo and for generated cities."""

import os
from pathlib import Path

from graph.record.errors import Conflict
from graph.record.sqlite_store import SqliteStore

DEMO, GENERATED = "demo", "generated"


def data_folder() -> Path:
    """The folder of all homes of this user."""
    import platformdirs

    return Path(platformdirs.user_data_dir("lianyin", appauthor=False))


def home(given: Path | None = None, label: str = "") -> Path:
    """The home to use: what is given, else LIANYIN_HOME, else the one of that label in the user's data folder."""
    if given is not None:
        return given.expanduser().absolute()
    if told := os.environ.get("LIANYIN_HOME"):
        return Path(told).expanduser().absolute()
    return data_folder() / (label or "home")


def open_home(folder: Path, label: str | None = None) -> SqliteStore:
    """The store of a home. With a label, only a new home or one of that label: made-up data never mixes with a user's.

    Raises Conflict `home_is_another`, and what `SqliteStore` raises.
    """
    store = SqliteStore(folder, label=label or "")
    if label is not None and store.label != label:
        store.close()
        raise Conflict("home_is_another", place={"file": str(folder)}, label=label)
    return store


def actor(given: str = "") -> str:
    """Who acts: what is given, else LIANYIN_ACTOR, else the name of the login."""
    import getpass

    return given or os.environ.get("LIANYIN_ACTOR") or getpass.getuser()
