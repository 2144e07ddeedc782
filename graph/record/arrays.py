"""What a snapshot keeps resident: statements as numbers, sorted both ways, and how one version's arrays come from the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.record.ontology import JUDGEMENTS, ontology

Ints: TypeAlias = NDArray[np.int32]


class Scan(NamedTuple):
    """Live statements in rising number: slots of subject and target (-1 for a literal; for a code its place in the ontology's list)."""

    number: Ints
    subject: Ints
    property: Ints
    target: Ints


class Delta(NamedTuple):
    """What changed between two versions; `rebuild` where a judgement or an erasure is among it."""

    added: Scan
    retracted: Ints
    rebuild: bool


@dataclass(frozen=True, slots=True)
class Arrays:
    """The resident part: outgoing rows sorted by (subject, number) and incoming ones by (target, number), with row pointers."""

    canon: Ints
    kind: NDArray[np.int16]
    out_ptr: Ints
    out_number: Ints
    out_property: NDArray[np.int16]
    out_target: Ints
    in_ptr: Ints
    in_number: Ints
    in_property: NDArray[np.int16]
    in_source: Ints


def without(scan: Scan, gone: NDArray[np.bool_]) -> Scan:
    """The scan with these rows left out."""
    return Scan(*(column[~gone] for column in scan))


def picked(arrays: Arrays, numbers: Ints) -> Scan:
    """The rows of these statement numbers, as they are folded."""
    rows = np.flatnonzero(np.isin(arrays.out_number, numbers))
    subject = (np.searchsorted(arrays.out_ptr, rows, side="right") - 1).astype(np.int32)
    return Scan(arrays.out_number[rows], subject, arrays.out_property[rows].astype(np.int32), arrays.out_target[rows])


def named(scan: Scan) -> Ints:
    """Slots of the things at both ends of these rows."""
    return np.concatenate([scan.subject, scan.target[_is_ref()[scan.property]]])


def last_kinds(scan: Scan, hidden: NDArray[np.bool_], canon: Ints) -> NDArray[np.bool_]:
    """Which of the hidden rows tell the only kind of a thing that a row still names which is not hidden."""
    found = np.zeros(len(hidden), dtype=bool)
    kind = ontology().property_ids.index("kind")
    rows = np.flatnonzero(hidden & (scan.property == kind))
    if len(rows):
        left = without(scan, hidden)
        things = canon[scan.subject[rows]]
        found[rows] = np.isin(things, canon[named(left)]) & ~np.isin(things, canon[left.subject[left.property == kind]])
    return found


def _is_ref() -> NDArray[np.bool_]:
    """Per property index; the last place (index -1, a property we do not know) is none."""
    return np.array([prop.type == "ref" for prop in ontology().properties.values()] + [False])


def arranged(scan: Scan, canon: Ints) -> Arrays:
    """The two sorted views of a scan, with subjects and targets folded."""
    size = len(canon)
    judged = np.isin(scan.property, [ontology().property_ids.index(id) for id in JUDGEMENTS])
    scan = without(scan, judged) if judged.any() else scan
    subject = canon[scan.subject]
    target = scan.target.copy()
    ref = _is_ref()[scan.property]
    target[ref] = canon[target[ref]]
    order = np.argsort(subject, kind="stable")
    edges = np.flatnonzero(ref)
    inward = edges[np.argsort(target[edges], kind="stable")]
    return Arrays(
        canon, _kinds(scan, subject, size),
        _pointers(subject, size), scan.number[order], scan.property[order].astype(np.int16), target[order],
        _pointers(target[edges], size), scan.number[inward], scan.property[inward].astype(np.int16), subject[inward],
    )  # fmt: skip


def _kinds(scan: Scan, subject: Ints, size: int) -> NDArray[np.int16]:
    kinds = np.full(size, -1, dtype=np.int16)
    told = scan.property == ontology().property_ids.index("kind")
    kinds[subject[told]] = scan.target[told]
    return kinds


def _pointers(keys: Ints, size: int) -> Ints:
    pointers = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(keys, minlength=size), out=pointers[1:])
    return pointers


def merged(old: Arrays, fresh: Arrays, retracted: Ints, canon: Ints) -> Arrays:
    """The arrays of the next version: those of the one before without the retracted rows, with the fresh ones put in."""
    size = len(canon)
    out = _side(old.out_ptr, (old.out_number, old.out_property, old.out_target), fresh.out_ptr,
                (fresh.out_number, fresh.out_property, fresh.out_target), retracted, size)  # fmt: skip
    inward = _side(old.in_ptr, (old.in_number, old.in_property, old.in_source), fresh.in_ptr,
                   (fresh.in_number, fresh.in_property, fresh.in_source), retracted, size)  # fmt: skip
    kind = np.full(size, -1, dtype=np.int16)
    told = np.flatnonzero(out[2] == ontology().property_ids.index("kind"))
    kind[np.searchsorted(out[0], told, side="right") - 1] = out[3][told]
    return Arrays(canon, kind, *out, *inward)


def _side(
    old_ptr: Ints, old: Sequence[NDArray[np.integer]], new_ptr: Ints, new: Sequence[NDArray[np.integer]], retracted: Ints, size: int
) -> tuple[Any, ...]:
    """One sorted side without the retracted rows and with the new ones put behind the old ones of their slot."""
    counts = np.zeros(size, dtype=np.int32)
    counts[: len(old_ptr) - 1] = np.diff(old_ptr)
    gone = np.flatnonzero(np.isin(old[0], retracted)) if len(retracted) else np.zeros(0, dtype=np.int64)
    keys = np.repeat(np.arange(size, dtype=np.int32), np.diff(new_ptr))
    ends = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(counts, out=ends[1:])
    places = ends[keys + 1] - np.searchsorted(gone, ends[keys + 1])
    np.subtract.at(counts, np.searchsorted(ends, gone, side="right") - 1, 1)
    counts += np.diff(new_ptr)
    pointers = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(counts, out=pointers[1:])
    columns = [np.insert(np.delete(column, gone), places, fresh) for column, fresh in zip(old, new, strict=True)]
    return (pointers, *columns)
