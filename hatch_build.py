"""Builds the page into the wheel; an editable install leaves that to start.py."""

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_told = importlib.util.spec_from_file_location("page", Path(__file__).parent / "web" / "build.py")
assert _told is not None
assert _told.loader is not None
page = importlib.util.module_from_spec(_told)
_told.loader.exec_module(page)


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before a wheel is made."""

    def dependencies(self) -> list[str]:
        """Node, where the system has none: installed beside hatchling, in the environment of the build."""
        return [page.NODE_PACKAGE] if self.target_name == "wheel" and not page.is_fresh() and page.system_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds, and takes the built files in though git ignores them."""
        if version == "editable":
            return
        page.main()
        build_data["artifacts"].append("api/static")
