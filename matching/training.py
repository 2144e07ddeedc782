"""The vectors of a store, kept in the log of trainings, and the matcher that they make ready.

Built in are vectors learnt from the store's own texts and the glossary, used until 2 % of it changed; a model of sentence-transformers
that the user names (LIANYIN_EMBED) takes their place, and its vectors are kept by text.
"""

from dataclasses import replace
from functools import cache, lru_cache

from graph.analysis.steps import step
from graph.analysis.training import STALE, changed_since, keep, latest
from graph.record.snapshot import Snapshot
from graph.record.store import Store
from matching.embedding import GramEmbedder, Remembered, SentenceEmbedder, thin_vocabulary
from matching.suggestion import Matcher, matcher, texts

NAME = "vectors"


def prepared(store: Store, snapshot: Snapshot, *, model: str = "", keeper: Store | None = None) -> Matcher:
    """A version made ready for questions, with the built-in vectors or with those of a model.

    `keeper` is the connection that keeps trainings where `store` only reads. Raises MissingExtra, InvalidData `model_unreadable`.
    """
    if not model:
        return matcher(snapshot, vectors(store, snapshot, keeper=keeper))
    named = _loaded(model)
    parent = latest(store, named.id)
    kept = store.kept(parent.digest) if parent else b""
    remembered = Remembered(named, kept)
    made = matcher(snapshot, remembered)
    if remembered.to_bytes() != kept:
        keep(keeper or store, snapshot, named.id, remembered.to_bytes(), parent)
    thin = thin_vocabulary(named, texts(snapshot))
    # questions are not remembered: there is no end of them
    return replace(made, index=replace(made.index, embedder=named), warnings=(thin,) if thin else ())


@cache
def _loaded(model: str) -> SentenceEmbedder:
    """A model takes seconds and hundreds of megabytes: once a process."""
    return SentenceEmbedder(model)


def vectors(store: Store, snapshot: Snapshot | None = None, *, seed: int = 0, keeper: Store | None = None) -> GramEmbedder:
    """The built-in embedder for a version (default: now): the kept one where it still fits, else a new one, made and kept.

    Learning takes about a second for 1,500 things, reading what was kept some hundredths.
    """
    snapshot = snapshot or store.snapshot()
    parent = latest(store, NAME)
    if parent and changed_since(store, snapshot, parent.made_at) <= STALE:
        return _read(store.kept(parent.digest))
    step("vectors")
    data = GramEmbedder.train(texts(snapshot), seed=seed).to_bytes()
    keep(keeper or store, snapshot, NAME, data, parent)
    return _read(data)


@lru_cache(maxsize=2)
def _read(data: bytes) -> GramEmbedder:
    """One embedder for all versions that use the same training: it remembers texts."""
    return GramEmbedder.from_bytes(data)
