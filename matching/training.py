"""The built-in vectors of a store: learnt from its texts and the glossary, kept in the log of trainings, and used until 2 % changed."""

from graph.analysis.training import STALE, changed_since, keep, latest
from graph.record.snapshot import Snapshot
from graph.record.store import Store
from matching.embedding import GramEmbedder
from matching.suggestion import texts

NAME = "vectors"


def vectors(store: Store, snapshot: Snapshot | None = None, seed: int = 0, keeper: Store | None = None) -> GramEmbedder:
    """The embedder for a version (default: now): the kept one where it still fits, else a new one, made and kept.

    `keeper` is the connection that keeps it where `store` only reads. Learning takes about a second for 1,500 things, reading what was kept some hundredths.
    """
    snapshot = snapshot or store.snapshot()
    parent = latest(store, NAME)
    if parent and changed_since(store, snapshot, parent.made_at) <= STALE:
        return GramEmbedder.from_bytes(store.kept(parent.digest))
    made = GramEmbedder.train(texts(snapshot), seed=seed)
    keep(keeper or store, snapshot, NAME, made.to_bytes(), parent)
    return made
