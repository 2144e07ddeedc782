"""The vectors of a store: kept, read again, and made anew when enough has changed."""

from graph.analysis.training import STALE
from graph.record.memory_store import MemoryStore
from graph.record.model import Statement
from matching.suggestion import Question, matcher
from matching.training import vectors
from tests.matching.towns import DAY, plain
from tests.said import named, say, thing


def test_kept_vectors_answer_as_fresh_ones_and_a_small_change_keeps_them() -> None:
    store = MemoryStore()
    words = [
        one for at in range(60) for one in (*named(f"{at}", f"{at}号工作室"), Statement(thing(f"{at}"), "offers", f"焊缝{at}", "table:toy"))
    ]
    say(store, *words)
    first = vectors(store)
    again = vectors(store)
    assert again.to_bytes() == first.to_bytes()
    asked = Question(thing("1"), rules=(), day=DAY)
    snapshot = store.snapshot()
    assert plain(matcher(snapshot, first).suggest(asked)) == plain(matcher(snapshot, again).suggest(asked))
    say(store, Statement(thing("1"), "seeks", "焊缝气孔怎么治", "table:toy"))
    assert 1 / len(words) < STALE
    assert vectors(store).id == first.id
    say(store, *(Statement(thing(f"{at}"), "seeks", f"钢丝绳{at}号怎么换", "table:toy") for at in range(30)))
    assert vectors(store).id != first.id
    assert vectors(store, snapshot).dimensions == first.dimensions
