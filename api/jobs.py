"""Imports as jobs: one after the other on one thread, with progress, and with cancel until the first byte is written."""

import secrets
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from graph.record.errors import Conflict, LianyinError, NotFound, StoreUnavailable

STEPS = ("waiting", "reading", "resolving", "keeping", "recording", "done")
"""What a job goes through. With `keeping` it begins to write: from then on it is no longer cancelled but undone."""

REMEMBERED = 200
"""Jobs whose outcome is remembered; older finished ones are forgotten."""

Work = Callable[[Callable[[str], None]], Mapping[str, Any]]


class _CancelledError(Exception):
    pass


class Job:
    """One import. `state` is waiting, running, done, failed or cancelled; `told` counts what has changed, for whoever watches."""

    def __init__(self, id: str, name: str, actor: str, request: tuple[str, ...]) -> None:
        self.id, self.name, self.actor, self.request = id, name, actor, request
        self.state, self.step = "waiting", "waiting"
        self.outcome: Mapping[str, Any] | None = None
        self.error: LianyinError | None = None
        self.told = 0
        self._lock = threading.Lock()
        self._cancelled = False

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")

    def progress(self, step: str) -> None:
        """Goes on to a step, unless it was cancelled."""
        with self._lock:
            if self._cancelled and self.step not in ("keeping", "recording"):
                raise _CancelledError
            self.state, self.step = "running", step
            self.told += 1

    def end(self, state: str, *, outcome: Mapping[str, Any] | None = None, error: LianyinError | None = None) -> None:
        """The last that happens."""
        with self._lock:
            self.outcome, self.error = outcome, error
            self.state = state
            self.step = "done" if state == "done" else self.step
            self.told += 1

    def cancel(self) -> None:
        """Ends the job before it writes. Raises Conflict `job_too_late` where it writes already or is over."""
        with self._lock:
            if self.state in ("done", "failed") or self.step in ("keeping", "recording"):
                raise Conflict("job_too_late", place={"id": self.id}, state=self.state)
            self._cancelled = True
            self.state = "cancelled"
            self.told += 1

    def as_data(self, lang: str) -> dict[str, Any]:
        """The job for JSON; an error in the words of `lang`."""
        return {
            "id": self.id, "name": self.name, "actor": self.actor, "state": self.state, "step": self.step,
            "at": STEPS.index(self.step), "of": len(STEPS) - 1, "outcome": self.outcome,
            "error": self.error.problem(lang) if self.error else None,
        }  # fmt: skip


class Jobs:
    """The jobs of a server."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._jobs: dict[str, Job] = {}
        self._keys: dict[tuple[str, str], Job] = {}
        self._thread = ThreadPoolExecutor(1, "import")
        self._lock = threading.Lock()

    def get(self, id: str) -> Job:
        """A job. Raises NotFound `job_unknown`."""
        if id not in self._jobs:
            raise NotFound("job_unknown", id=id[:80])
        return self._jobs[id]

    def all(self) -> list[Job]:
        """The jobs that are remembered, latest first."""
        return list(reversed(self._jobs.values()))

    def start(self, name: str, actor: str, request: tuple[str, ...], work: Work, *, key: str = "") -> Job:
        """Queues work; the same request under the same key is the same job.

        Raises Conflict `key_reused`, StoreUnavailable `too_busy`.
        """
        with self._lock:
            known = self._keys.get((actor, key)) if key else None
            if known and known.request != request:
                raise Conflict("key_reused", key=key)
            if known:
                return known
            if sum(not job.finished for job in self._jobs.values()) >= self._most:
                raise StoreUnavailable("too_busy")
            job = Job(secrets.token_hex(8), name, actor, request)
            self._remember(job, key)
        self._thread.submit(_run, job, work)
        return job

    def _remember(self, job: Job, key: str) -> None:
        self._jobs[job.id] = job
        if key:
            self._keys[job.actor, key] = job
        over = [id for id, old in self._jobs.items() if old.finished][: max(0, len(self._jobs) - REMEMBERED)]
        for id in over:
            del self._jobs[id]
        self._keys = {at: one for at, one in self._keys.items() if one.id in self._jobs}

    def forget(self) -> None:
        """Lets go of all that are over: their names and outcomes may tell what was erased since."""
        with self._lock:
            self._jobs = {id: job for id, job in self._jobs.items() if not job.finished}
            self._keys = {at: one for at, one in self._keys.items() if one.id in self._jobs}

    def close(self) -> None:
        """Cancels what has not begun to write and waits for what has."""
        for job in self._jobs.values():
            try:
                job.cancel()
            except Conflict:
                continue
        self._thread.shutdown(cancel_futures=True)


def _run(job: Job, work: Work) -> None:
    """An error of ours is the job's outcome; any other is told without its words, which may hold what was read."""
    try:
        job.progress("reading")
        job.end("done", outcome=work(job.progress))
    except _CancelledError:
        return
    except LianyinError as error:
        job.end("failed", error=error)
    finally:
        if not job.finished:
            job.end("failed", error=LianyinError("unforeseen"))
