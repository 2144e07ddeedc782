"""What depends on the whole (communities, layout) is trained: a pure function of snapshot, parent training and seed, kept as a blob.

A log `trained` holds one document a training: its blob, the version it was made at, and its parent. The latest one is continued, so
that a map looks alike from version to version, places and numbers (colours) of clusters alike; until 2 % of the things changed it is
used as it is.
"""

from contextlib import suppress
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from graph.analysis.communities import BESIDE, WHERE, Labels, among, clusters, continued, joined
from graph.analysis.derive import Derived, derived
from graph.analysis.layout import Positions, layout, layout_bytes, read_layout
from graph.analysis.steps import step
from graph.record.arrays import Ints
from graph.record.errors import Conflict, NotFound, StoreUnavailable
from graph.record.model import Change, Statement, thing_id
from graph.record.snapshot import Snapshot
from graph.record.store import Store

LOG = "trained"
SOURCE = "rule:training"
STALE = 0.02
"""Share of things without a place in the kept layout from which a new one is made."""


class Picture(NamedTuple):
    """Community and position of every slot at a version; `made_at` is the version of the training behind it."""

    labels: npt.NDArray[np.int32]
    positions: npt.NDArray[np.float32]
    made_at: int


class Kept(NamedTuple):
    """A training as it is kept: the digest of its blob, and the version it was made at."""

    digest: str
    made_at: int


def picture(store: Store, seed: int = 0, told: Derived | None = None, keeper: Store | None = None) -> Picture:
    """The map of a version (default: now): the kept training where it still fits, else the next one, made and kept.

    `keeper` is the connection that keeps it where `store` only reads.
    """
    told = told or derived(store.snapshot())
    snapshot = told.snapshot
    live = snapshot.live()
    ids, labels = [snapshot.id(slot) for slot in live.tolist()], clusters(told, seed)[live]
    links = among(joined(snapshot, but=WHERE), live)
    parent = latest(store, "layout")
    previous = None
    if parent:
        previous, numbers = read_layout(store.kept(parent.digest), ids)
        labels = continued(numbers, labels)
        if np.isnan(previous[:, 0]).sum() <= STALE * max(len(live), 1):
            return _by_slot(snapshot.size, live, labels, layout(*links, labels, seed, previous), parent.made_at)
    step("layout")
    positions = layout(*links, labels, seed, previous)
    keep(keeper or store, snapshot, "layout", layout_bytes(ids, positions, labels), parent)
    return _by_slot(snapshot.size, live, labels, positions, snapshot.version)


def _by_slot(size: int, live: Ints, labels: Labels, positions: Positions, made_at: int) -> Picture:
    """What no longer lives has no place: it would take room, and time where a long list was taken back."""
    told = Picture(np.full(size, BESIDE, np.int32), np.full((size, 2), np.nan, np.float32), made_at)
    told.labels[live], told.positions[live] = labels, positions
    return told


def latest(store: Store, name: str) -> Kept | None:
    """The last training of that name."""
    try:
        changes = list(store.changes(0, LOG))
    except NotFound:
        return None
    for change in reversed(changes):
        told = {row.statement.property: row.statement.value for row in store.told_in(change.number, LOG)[0] if not row.erased}
        if told.get("name") == name and "content" in told:
            return Kept(told["content"], int(told["key"]))
    return None


def changed_since(store: Store, snapshot: Snapshot, version: int) -> float:
    """Share of the snapshot's statements that were told or retracted after a version."""
    touched = sum(one.adds + one.retracts for one in store.changes(version) if one.number <= snapshot.version)
    return touched / max(len(snapshot.arrays.out_number), 1)


def keep(store: Store, snapshot: Snapshot, name: str, data: bytes, parent: Kept | None) -> None:
    """Keeps a training made of a snapshot, continuing its parent; where the store takes nothing now, the same is made again later."""
    with suppress(StoreUnavailable):
        _keep(store, snapshot, name, data, parent)


def _keep(store: Store, snapshot: Snapshot, name: str, data: bytes, parent: Kept | None) -> None:
    digest = store.keep(data)
    with suppress(Conflict):  # the log is there, or another process has just opened it
        store.open_log(LOG)
    id = thing_id("document", "desk", f"{LOG}-{name}-{snapshot.version}")
    told = {"kind": "document", "name": name, "content": digest, "key": str(snapshot.version)}
    adds = tuple(Statement(id, property_id, value, SOURCE) for property_id, value in told.items())
    note = f"{name} trained at {snapshot.version}" + (f", parent {parent.made_at}" if parent else "")
    store.append(Change("lianyin", note, adds, log=LOG))
