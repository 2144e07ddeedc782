"""What every command shares: the application, its options, opening a home, printing."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from graph.record.sqlite_store import SqliteStore

app = typer.Typer(
    help="联姻 · a matchmaking desk for a city's innovation workshops, every fact with its sentence.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip

Home = Annotated[Path | None, typer.Option("--home", help="资料文件夹 · data folder (else LIANYIN_HOME)")]
Json = Annotated[bool, typer.Option("--json", help="机器可读 · print JSON")]
Actor = Annotated[str, typer.Option("--actor", help="操作人（留痕用） · who acts")]
Reason = Annotated[str, typer.Option("--reason", help="事由 · why")]
Namesakes = Annotated[bool, typer.Option("--namesakes", help="已清除者的同名另有其人 · names of erased people here are other people's")]
Id = Annotated[str, typer.Argument(help="编号 · a thing's id")]


def place_words(place: dict[str, str | int]) -> str:
    return " · ".join(f"{key}: {value}" for key, value in place.items())


@contextmanager
def opened(home: Path | None) -> Iterator["SqliteStore"]:
    from api import homes

    with homes.open_home(homes.home(home), address=homes.address(home)) as store:
        yield store


def progress(as_json: bool) -> Callable[[str], None]:
    """One line a step on the terminal, from the first second on; nothing where the output is read by a program."""
    import time

    start = time.monotonic()

    def tell(step: str) -> None:
        if not as_json and sys.stderr.isatty():
            typer.echo(f"  {time.monotonic() - start:5.1f} s  {_STEPS.get(step, step)}", err=True)

    return tell


_STEPS = {"reading": "读取 reading", "resolving": "核对 resolving", "keeping": "保存原件 keeping", "recording": "入库 recording"}


def out(data: dict[str, Any], as_json: bool, lines: Callable[[dict[str, Any]], list[str]]) -> None:
    from graph.record.ontology import for_terminal

    typer.echo(json.dumps(data, ensure_ascii=False) if as_json else for_terminal("\n".join(lines(data))))


def kind_label(kind: str) -> str:
    from graph.record.ontology import ontology

    return ontology().kinds[kind].zh


def done(data: dict[str, Any]) -> list[str]:
    if data["change"] is None:
        return [f"无变化（第{data['version']}版）"]
    return [f"第{data['version']}版：新增 {data['adds']}，撤去 {data['retracts']}。撤销：lianyin undo {data['change']}"]
