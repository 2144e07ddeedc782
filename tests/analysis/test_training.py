"""The layout is kept as a blob and continued: the same version gives the same picture, a small change moves little."""

import numpy as np

from graph.analysis.training import LOG, picture
from graph.record.model import Statement
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
