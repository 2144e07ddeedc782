"""Run once: copies the rows of the facts tables that carry a source, without references to rows that do not.

    python seeds/data/select_facts.py ../shared/data/facts
"""

import csv
import sys
from pathlib import Path

TABLES = ("workshops", "experts", "companies", "needs", "groups", "group_members", "aliases")


def main() -> None:
    """Writes seeds/data/facts/*.csv; a row without an address is never written."""
    origin, target = Path(sys.argv[1]), Path(__file__).parent / "facts"
    kept: dict[str, set[str]] = {}
    for table in TABLES:
        with (origin / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            rows = [row for row in reader if row["source"].strip()]
            headers = list(reader.fieldnames or ())
        if table == "group_members":
            rows = [row for row in rows if row["group_id"] in kept["groups"]]
        kept[table] = {row.get("id", row.get("name", "")) for row in rows}
        with (target / f"{table}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, headers, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        sys.stdout.write(f"{table}: {len(rows)}\n")


if __name__ == "__main__":
    main()
