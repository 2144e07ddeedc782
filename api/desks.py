"""The homes that one server has open: the made-up one that it was started with and, once asked for, the user's own. One is shown.

What is told of the one never reaches the other: each has its store, tokens and jobs. The browsers that were let in stay so in both.
"""

from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI

from api import homes
from api.desk import Desk
from graph.record.errors import Conflict, Forbidden

OWN = "own"


class Desks:
    """Those of one server; `app.state.desk` is the one that is shown."""

    def __init__(self, app: FastAPI, first: Desk) -> None:
        self._app, self._first = app, first
        self._own: Desk | None = None
        app.state.desks, app.state.desk = self, first

    @property
    def other(self) -> str:
        """What else can be shown: `own`, or the label of the made-up home; empty where the server shows one home for good."""
        settings = self._first.settings
        if settings.hosts or not self._first.writer.label or _own_home(self._first).resolve() == settings.home.resolve():
            return ""
        return OWN if self._app.state.desk is self._first else self._first.writer.label

    def show(self, which: str) -> Desk:
        """Shows the user's own home (made where there is none) or the one of that label; what is shown already stays.

        Raises Forbidden `home_fixed`, Conflict `jobs_running`, `home_is_another`, and what `SqliteStore` raises.
        """
        now: Desk = self._app.state.desk
        if which == (now.writer.label or OWN):
            return now
        if which != self.other:
            raise Forbidden("home_fixed")
        if any(not job.finished for job in now.jobs.all()):
            raise Conflict("jobs_running")
        self._app.state.desk = self._opened() if which == OWN else self._first
        shown: Desk = self._app.state.desk
        return shown

    def _opened(self) -> Desk:
        if self._own is None:
            folder = _own_home(self._first)
            homes.open_home(folder, "").close()
            settings = self._first.settings.model_copy(update={"home": folder})
            self._own = replace(Desk.open(settings), sessions=self._first.sessions)
        return self._own

    def close(self) -> None:
        """Ends both."""
        try:
            if self._own is not None:
                self._own.close()
        finally:
            self._first.close()


def _own_home(desk: Desk) -> Path:
    return desk.settings.own or homes.data_folder() / "home"
