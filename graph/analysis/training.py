"""What depends on the whole (communities, layout) is trained: a pure function of snapshot, parent training and seed, kept as a blob.

A log `trained` holds one document a training: its blob, the version it was made at, and its parent. The latest one is continued, so
that a map looks alike from version to version; until 2 % of the things changed it is used as it is.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from graph.analysis.communities import communities
from graph.analysis.layout import layout, layout_bytes, read_layout
from graph.record.errors import NotFound
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


def picture(store: Store, seed: int = 0, snapshot: Snapshot | None = None, keeper: Store | None = None) -> Picture:
    """The map of a version (default: now): the kept training where it still fits, else the next one, made and kept.

    `keeper` is the connection that keeps it where `store` only reads.
    """
    snapshot = snapshot or store.snapshot()
    indptr, indices = snapshot.links()
    labels = communities(indptr, indices, seed)
    parent = _latest(store)
    previous = read_layout(store.kept(parent[0]), snapshot.ids) if parent else None
    if parent and previous is not None:
        known = ~np.isnan(previous[:, 0])
        live = snapshot.kind >= 0
        if (live & ~known).sum() <= STALE * max(live.sum(), 1):
            return Picture(labels, layout(indptr, indices, labels, seed, previous), parent[1])
    positions = layout(indptr, indices, labels, seed, previous)
    _keep(keeper or store, snapshot, positions, parent)
    return Picture(labels, positions, snapshot.version)


def _latest(store: Store) -> tuple[str, int] | None:
    """Digest and version of the last training."""
    try:
        changes = list(store.changes(0, LOG))
    except NotFound:
        return None
    for change in reversed(changes):
        told = {row.statement.property: row.statement.value for row in store.told_in(change.number, LOG)[0] if not row.erased}
        if "content" in told:
            return told["content"], int(told["key"])
    return None


def _keep(store: Store, snapshot: Snapshot, positions: npt.NDArray[np.float32], parent: tuple[str, int] | None) -> None:
    digest = store.keep(layout_bytes(snapshot.ids, positions))
    if parent is None:
        store.open_log(LOG)
    id = thing_id("document", "desk", f"{LOG}-{snapshot.version}")
    told = {"kind": "document", "name": "layout", "content": digest, "key": str(snapshot.version)}
    adds = tuple(Statement(id, property_id, value, SOURCE) for property_id, value in told.items())
    note = f"trained at {snapshot.version}" + (f", parent {parent[1]}" if parent else "")
    store.append(Change("lianyin", note, adds, log=LOG))
