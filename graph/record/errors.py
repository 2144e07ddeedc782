"""One family of errors, each with a stable code, the place, and what to do next.

    LianyinError
    ├── InvalidData       what was given cannot be read or breaks a rule of the ontology
    ├── NotFound          an id, file, version or log that does not exist
    ├── Conflict          the change does not fit what is known now
    ├── Forbidden         a key or permission is missing, wrong or too open
    ├── StoreUnavailable  the store cannot be opened, read or written now
    ├── MissingExtra      a part that is installed separately
    └── LimitExceeded     larger than what this machine promises to handle

The words stand in `graph/data/errors.toml`, one entry a code, in Chinese and English; a raise site gives the code and the facts.
"""

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("graph.data").joinpath("errors.toml").read_text("utf-8"))


def language() -> str:
    """The language of messages: `zh` unless LIANYIN_LANG says `en`."""
    return "en" if os.environ.get("LIANYIN_LANG", "").lower().startswith("en") else "zh"


class LianyinError(Exception):
    """Base of the family. `place` holds any of file, sheet, row, column, offset, property, id; `facts` fill the words; one
    that is itself words is a mapping from `zh` and `en`."""

    status = 500

    def __init__(self, code: str, *, place: Mapping[str, str | int] | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.place = dict(place or {})
        self.facts = facts

    def _said(self, part: str, lang: str) -> str:
        template = _words()[self.code].get(f"{lang}{part}", "")
        facts = {key: value[lang] if isinstance(value, Mapping) else value for key, value in self.facts.items()}
        return template.format_map({**self.place, **facts})

    def message(self, lang: str | None = None) -> str:
        """What happened, in one sentence."""
        return self._said("", lang or language())

    def remedy(self, lang: str | None = None) -> str:
        """What to do next, in one sentence; empty where there is nothing to do."""
        return self._said("_do", lang or language())

    def at(self, **place: str | int) -> "LianyinError":
        """The same error with more of its place known; what an inner layer said stays."""
        self.place = {**place, **self.place}
        return self

    def problem(self, lang: str | None = None) -> dict[str, Any]:
        """The error as problem+json members (RFC 9457)."""
        return {
            "type": f"urn:lianyin:error:{self.code}",
            "title": self.message(lang),
            "status": self.status,
            "code": self.code,
            "place": self.place,
            "remedy": self.remedy(lang),
            **({"details": self.facts} if self.facts else {}),
        }

    def __str__(self) -> str:
        where = " ".join(f"{key}={value}" for key, value in self.place.items())
        return " · ".join(part for part in (f"[{self.code}] {self.message()}", where, self.remedy()) if part)


class InvalidData(LianyinError):
    """What was given cannot be read or breaks a rule of the ontology."""

    status = 422


class NotFound(LianyinError):
    """An id, file, version or log that does not exist."""

    status = 404


class Conflict(LianyinError):
    """The change does not fit what is known now."""

    status = 409


class Forbidden(LianyinError):
    """A key or permission is missing, wrong or too open."""

    status = 403


class StoreUnavailable(LianyinError):
    """The store cannot be opened, read or written now."""

    status = 503


class MissingExtra(LianyinError):
    """A part that is installed separately; the remedy names the command."""

    status = 501


class LimitExceeded(LianyinError):
    """Larger than what this machine promises to handle."""

    status = 413
