"""The layout is kept as a blob and continued: the same version gives the same picture, a small change moves little."""

from pathlib import Path

import numpy as np

from graph.analysis.communities import clusters
from graph.analysis.derive import derived
from graph.analysis.training import LOG, picture
from graph.record.model import Statement
from graph.record.sqlite_store import SqliteStore
from graph.record.store import Store
from tests.said import named, say, thing


def test_a_picture_is_kept_and_continued(store: Store) -> None:
    say(store, *(one for number in range(60) for one in named(str(number), f"第{number}工作室")))
    ties = [Statement(thing(str(n)), "partner", thing(str(n // 20 * 20 + (n * 7 + 1) % 20)), "d") for n in range(60)]
    say(store, *(one for one in ties if one.subject != one.value))
    first, again = picture(store), picture(store)
    assert first.made_at == again.made_at == 2
    np.testing.assert_allclose(first.positions, again.positions, atol=1e-3)
    assert len(list(store.changes(0, LOG))) == 1
    say(store, *named("new", "新工作室"), Statement(thing("new"), "partner", thing("3"), "d"))
    later = picture(store)
    assert later.made_at == 2
    assert np.isfinite(later.positions[store.snapshot().number(thing("new"))]).all()
    say(store, *(one for number in range(60, 80) for one in named(str(number), f"第{number}工作室")))
    assert picture(store).made_at == 4
    assert store.snapshot().thing(thing("3")).name == "第3工作室"
    assert len(list(store.changes(0, LOG))) == 2


def test_what_was_taken_back_takes_no_room(store: Store) -> None:
    """As if it had never come: 20,000 rows that were undone held the map up for minutes."""
    say(store, *(one for number in range(30) for one in named(str(number), f"第{number}工作室")))
    first = picture(store)
    many = [one for number in range(30, 400) for one in named(str(number), f"第{number}工作室")]
    change = say(store, *many)
    store.undo(change.version, actor="x")
    later = picture(store)
    live = store.snapshot().live()
    assert np.isnan(np.delete(later.positions, live, axis=0)).all()
    np.testing.assert_allclose(later.positions[live], first.positions, atol=1e-3)


def planted(store: Store, sizes: dict[str, int]) -> None:
    """Workshops around their groups: as many clusters, numbered by size."""
    for name, size in sizes.items():
        say(store, *named(name, name, "group"), *(one for at in range(size) for one in named(f"{name}{at}", f"{name}{at}")))
        say(store, *(Statement(thing(name, "group"), "member", thing(f"{name}{at}"), "d") for at in range(size)))


def numbers(store: Store) -> dict[str, int]:
    """The cluster of each group."""
    snapshot = store.snapshot()
    labels = picture(store).labels
    return {name: int(labels[snapshot.number(thing(name, "group"))]) for name in "甲乙丙丁戊" if thing(name, "group") in snapshot.ids}


def test_a_cluster_keeps_its_number_when_things_move_and_trainings_follow(store: Store) -> None:
    """The third outgrows the first: anew it would be number 0. Its number, and so its colour, is the one that it had."""
    planted(store, {"甲": 30, "乙": 25, "丙": 20})
    before = numbers(store)
    assert before == {"甲": 0, "乙": 1, "丙": 2}
    moved = [Statement(thing("甲", "group"), "member", thing(f"甲{at}"), "d") for at in range(8)]
    say(store, *(Statement(thing("丙", "group"), "member", one.value, "d") for one in moved), retracts=tuple(one.id for one in moved))
    assert clusters(derived(store.snapshot())).max() == 2
    assert numbers(store) == before
    assert len(list(store.changes(0, LOG))) == 1
    planted(store, {"丁": 40, "戊": 9})
    assert numbers(store) == {**before, "丁": 3, "戊": 4}
    assert len(list(store.changes(0, LOG))) == 2
    say(store, *(Statement(thing("乙", "group"), "member", thing(f"丁{at}"), "d") for at in range(2)))
    assert numbers(store) == {**before, "丁": 3, "戊": 4}


def test_numbers_hang_on_the_parent_alone(tmp_path: Path) -> None:
    """Two stores told the same have the same clusters under the same numbers."""
    found = []
    for name in ("one", "two"):
        with SqliteStore(tmp_path / name) as store:
            planted(store, {"甲": 12, "乙": 9})
            picture(store)
            planted(store, {"丙": 20})
            found.append(picture(store))
    assert found[0].labels.tolist() == found[1].labels.tolist()
    np.testing.assert_array_equal(found[0].positions, found[1].positions)
