"""The first fill of the readable graph beside a bare UNWIND script that writes the same rows to the same server.

    LIANYIN_STORE=bolt://127.0.0.1:7687 LIANYIN_STORE_PASSWORD=… python bench/readable.py [--things 20000] [--edges 200000]

The script has its rows ready in memory, the labels and types written out, and a transaction for each batch; ours makes its rows from a
snapshot meanwhile. Everything in the database is deleted first.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from api.mirroring import filled, mirrored
from bench.record import generated
from graph.record.model import Change
from graph.record.neo4j_database import Address, Database
from graph.record.neo4j_graph import BATCH, ReadableGraph
from graph.record.readable import Node, Tie
from graph.record.sqlite_store import SqliteStore


def bare(database: Database, nodes: Sequence[Node], ties: Sequence[Tie]) -> None:
    """What anybody would write."""
    for label in sorted({node.label for node in nodes}):
        query = f"UNWIND $rows AS row CREATE (n:事物:{label}) SET n = row"
        for rows in chunks([node.values for node in nodes if node.label == label]):
            database.write(query, rows=rows)
    for type in sorted({tie.type for tie in ties}):
        query = f"""UNWIND $rows AS row MATCH (a:事物 {{编号: row.a}}) MATCH (b:事物 {{编号: row.b}})
        CREATE (a)-[r:{type}]->(b) SET r = row.values"""
        for rows in chunks([{"a": tie.start, "b": tie.end, "values": tie.values} for tie in ties if tie.type == type]):
            database.write(query, rows=rows)


def chunks(rows: list[Any]) -> Iterator[list[Any]]:
    """In batches as large as ours."""
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))


def emptied(database: Database) -> ReadableGraph:
    """The database without a node, with the constraints of the readable graph."""
    for what in ("()-[one]->()", "(one)"):
        while database.write(f"MATCH {what} WITH one LIMIT 10000 DELETE one RETURN count(*) AS gone")[0]["gone"]:
            pass
    graph = ReadableGraph(database)
    graph.prepare()
    database.write("MERGE (:Head {log: 'main'})")
    return graph


def main() -> None:
    """Both, alternating, and the ratio of their medians."""
    import os

    parser = argparse.ArgumentParser()
    parser.add_argument("--things", type=int, default=20_000)
    parser.add_argument("--edges", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=2)
    told = parser.parse_args()
    database = Database(Address.of(os.environ["LIANYIN_STORE"]))
    with tempfile.TemporaryDirectory() as folder, SqliteStore(Path(folder) / "home", label="generated") as store:
        store.append(Change("bench", adds=tuple(generated(told.things, told.edges, told.things * 5))))
        snapshot = store.snapshot()
        rows = [rows for rows, _ in mirrored(store, snapshot, snapshot.names()).everything()]
        nodes, ties = [node for one in rows for node in one.nodes], [tie for one in rows for tie in one.ties]
        print(f"{len(nodes)} nodes, {len(ties)} relationships")
        for _ in range(told.rounds):
            times = []
            for name in ("bare", "ours"):
                graph = emptied(database)
                start = time.perf_counter()
                if name == "bare":
                    bare(database, nodes, ties)
                else:
                    turn = graph.turn()
                    assert turn is not None
                    filled(graph, turn, mirrored(store, snapshot, snapshot.names()))
                times.append(time.perf_counter() - start)
                print(f"{name:8}{times[-1]:8.1f} s   {(len(nodes) + len(ties)) / times[-1]:10.0f} rows/s")
            print(f"ratio {times[0] / times[1]:.2f}   goal >= 0.7")
    database.close()


if __name__ == "__main__":
    main()
