"""The command `lianyin`: reads arguments, calls one verb, prints. `--json` prints the verb's own data."""

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.console import Actor, Everywhere, Home, Id, Json, Namesakes, Reason, app, done, kind_label, opened, out, place_words, progress

Port = Annotated[int, typer.Option(min=0, max=65535, help="0 = 任选 · any")]


def main() -> None:
    """Runs the command; an error of ours is one line (or JSON), exit code 1."""
    from graph.record.errors import LianyinError

    # one question is too small for more threads: with two, training took 7-13 s on a busy machine instead of 3
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app()
    except LianyinError as error:
        if "--json" in sys.argv:
            typer.echo(json.dumps({"error": error.problem()}, ensure_ascii=False))
        else:
            typer.echo(f"{error.message()}\n  {place_words(error.place)}\n  {error.remedy()}\n  [{error.code}]", err=True)
        sys.exit(1)


@app.command()
def demo(
    home: Home = None, city: Annotated[int, typer.Option("--city", help="改为生成 N 个工作室 · a generated city instead")] = 0,
    stay: Annotated[bool, typer.Option("--serve/--no-serve", help="并开启工作台 · and serve the desk")] = True, port: Port = 8765,
    actor: Actor = "", as_json: Json = False,
) -> None:  # fmt: skip
    """打开首次运行的智库（或生成的城市），并开启工作台 · open the think tank of the first run and serve its desk; --json only tells."""
    from api import homes, verbs

    label = homes.GENERATED if city else homes.DEMO
    folder = homes.home(home, label)
    with homes.open_home(folder, label) as store:
        out(verbs.demo(store, homes.actor(actor), city=city, progress=progress(as_json)), as_json, _tour)
    if stay and not as_json:
        _serve(folder, "127.0.0.1", port, False)


def _tour(data: dict[str, Any]) -> list[str]:
    ribbon = {"demo": "示范资料", "generated": "生成数据（虚构）"}.get(data["label"], "")
    counts = "  ".join(f"{kind_label(kind)} {count}" for kind, count in data["counts"].items())
    lines = [f"联姻 · 第{data['version']}版  〔{ribbon}〕", counts, "", "接着可以："]
    for example in data["examples"]:
        lines.append(f"  lianyin show {example['id']} --home \"{data['home']}\"    # {example['name']}")
    return [*lines, f"  lianyin search gya --home \"{data['home']}\"    # 拼音首字母也行"]


@app.command("import")
def import_(
    file: Path, home: Home = None, series: Annotated[str, typer.Option(help="系列名 · name of the table's series")] = "",
    mapping: Annotated[Path | None, typer.Option(help="列对应关系 · mapping file")] = None,
    kind: Annotated[str, typer.Option(help="表中是什么 · kind of the table's rows")] = "",
    retract: Annotated[bool, typer.Option("--retract", help="不再载明的一并撤去 · also retract what it no longer tells")] = False,
    namesakes: Namesakes = False, actor: Actor = "", as_json: Json = False,
) -> None:  # fmt: skip
    """导入文件或表格，一次更改 · take a text or table in as one change."""
    from api import homes, verbs

    with opened(home) as store:
        data = verbs.import_file(
            store, file, homes.actor(actor), series=series, mapping=mapping, kind=kind, retract=retract, namesakes=namesakes,
            progress=progress(as_json),
        )  # fmt: skip
        out(data, as_json, lambda told: [*_difference(told), *done(told), *_waiting(told)])


def _difference(data: dict[str, Any]) -> list[str]:
    """The first lines of what an import changed; `lianyin diff` shows all."""
    rows = [("+", one) for one in data["added"]] + [("−", one) for one in data["retracted"]]
    lines = [f"  {mark} {one['name']} · {one['property']}: {one['shown']}" for mark, one in rows[:20]]
    return lines + ([f"  … 共 {len(rows)} 条：lianyin diff {data['version'] - 1}"] if len(rows) > 20 else [])


def _waiting(data: dict[str, Any]) -> list[str]:
    if not data["retractions"]:
        return []
    lines = [f"新版不再载明 {len(data['retractions'])} 条（加 --retract 一并撤去）："]
    return lines + [f"  − {one['name']} · {one['property']} · {one['shown']}" for one in data["retractions"][:20]]


@app.command()
def read(file: Path, as_json: Json = False) -> None:
    """只读不存：文件说了什么 · what a file tells, storing nothing."""
    from api import verbs

    out(verbs.read(file), as_json, lambda told: [f"{one['property']}: {one['value']}  「{one['quote']}」" for one in told["statements"]])


@app.command()
def template(kind: str) -> None:
    """某种类的表头 · the headers of a table of this kind."""
    from seeds import tables

    typer.echo(tables.template(kind), nl=False)


@app.command()
def show(id: Id, home: Home = None, version: int | None = None, as_json: Json = False) -> None:
    """一个对象的全部事实，各有出处 · all we know of one thing, and from where."""
    from api import verbs

    with opened(home) as store:
        out(verbs.show(store, id, version=version), as_json, _page)


def _page(data: dict[str, Any]) -> list[str]:
    from graph.record.ontology import ontology

    lines = [f"{data['name']}  〔{kind_label(data['kind'])}〕  {data['id']}"]
    for fact in data["facts"]:
        state = "不予采信" if fact["state"] == "refused" else "说法不一" if fact["conflict"] else "明载"
        label = ontology().properties[fact["property"]].zh
        source = fact["quote"]["link"] or fact["source"][:60]
        lines.append(f"  {label}：{fact['shown']}  〔{state}〕 {_where(fact['quote'])} {source}  {fact['id']}")
    for guess in data["inferred"]:
        words = f"依据“{'、'.join(guess['words'])}”" if guess["words"] else "依据所在单位"
        lines.append(f"  {ontology().properties[guess['property']].zh}：{guess['shown']}  〔推断〕 {words}")
    return lines + [f"  ← {one['name']} · {ontology().properties[one['property']].zh}  {one['id']}" for one in data["incoming"]]


def _where(quote: dict[str, Any]) -> str:
    """The sentence, or the told cell among its neighbours; 原文未收录 where only the address of the original is known."""
    told = f"「{quote['text']}」" if quote["text"] else ""
    if "row" in quote:
        cells = [f"【{one['text'][:40]}】" if one["marked"] else one["text"][:12] for one in quote["cells"]]
        at = next((place for place, one in enumerate(quote["cells"]) if one["marked"]), 0)
        told = f"{quote['sheet']} 第{quote['row']}行 {' ｜ '.join(cells[max(0, at - 2) : at + 3])}".rstrip()
    return told + (" 原文未收录" if quote["kept"] is False else "")


@app.command()
def search(
    query: str, home: Home = None, kind: Annotated[str, typer.Option(help="种类 · kind")] = "",
    k: Annotated[int, typer.Option(min=1, max=1000)] = 20, as_json: Json = False,
) -> None:  # fmt: skip
    """按名称、又名、繁体、拼音、首字母查找 · find by name, pinyin or initials."""
    from api import verbs

    def lines(data: dict[str, Any]) -> list[str]:
        rows = [f"{hit['id']}  {kind_label(hit['kind'])}  {hit['name']}  {hit['unit']}  {hit['place']}" for hit in data["hits"]]
        return rows or ["没有找到"]

    with opened(home) as store:
        out(verbs.search(store, query, kind=kind, k=k), as_json, lines)


@app.command("set")
def set_(
    id: Annotated[str, typer.Argument(help="编号，或 new:workshop 新建")], property: str, value: str, home: Home = None, since: str = "",
    until: str = "", actor: Actor = "", reason: Reason = "", key: str = "", namesakes: Namesakes = False, as_json: Json = False,
) -> None:  # fmt: skip
    """补录或更正一项事实 · say a fact at the desk."""
    from api import homes, verbs

    with opened(home) as store:
        who = homes.actor(actor)
        if id.startswith("new:"):
            data = verbs.add(store, id[4:], value, who, reason=reason, key=key, namesakes=namesakes)
        else:
            data = verbs.set_fact(store, id, property, value, who, since=since, until=until, reason=reason, key=key, namesakes=namesakes)
        out(data, as_json, lambda told: [told["id"], *done(told)])


@app.command()
def unset(statement: str, home: Home = None, actor: Actor = "", reason: Reason = "", as_json: Json = False) -> None:
    """收回自己的话，或对文件的说法不予采信 · take a word back, or refuse what a document told."""
    from api import homes, verbs

    with opened(home) as store:
        out(verbs.unset_fact(store, statement, homes.actor(actor), reason=reason), as_json, done)


@app.command()
def merge(first: Id, second: str, home: Home = None, actor: Actor = "", reason: Reason = "", as_json: Json = False) -> None:
    """判为同一个 · judge two ids to be one thing."""
    from api import homes, verbs

    with opened(home) as store:
        data = verbs.merge(store, first, second, homes.actor(actor), reason=reason)
        out(data, as_json, lambda told: ["已经是同一个"] if told["already_one"] else [told["id"], *done(told)])


@app.command()
def split(id: Id, home: Home = None, actor: Actor = "", reason: Reason = "", as_json: Json = False) -> None:
    """从同一个里拆出来 · take a member out of its merged thing."""
    from api import homes, verbs

    with opened(home) as store:
        out(verbs.split(store, id, homes.actor(actor), reason=reason), as_json, done)


@app.command()
def history(
    id: Annotated[str | None, typer.Argument(help="编号 · a thing's id")] = None, home: Home = None,
    last: Annotated[int, typer.Option(min=1, max=10000)] = 20, as_json: Json = False,
) -> None:  # fmt: skip
    """最近更改，或一个对象的历史 · the last changes, or one thing's history."""
    from api import verbs

    lines = _changes if id is None else _told
    with opened(home) as store:
        out(verbs.history(store, id, last=last), as_json, lines)


def _changes(data: dict[str, Any]) -> list[str]:
    return [
        f"第{one['number']}版 {one['time']} {one['actor']} {one['reason']} +{one['adds']} −{one['retracts']}" for one in data["changes"]
    ]


def _told(data: dict[str, Any]) -> list[str]:
    def when(one: dict[str, Any]) -> str:
        return f"+{one['added']}" + (f" −{one['retracted']}" if one["retracted"] else "")

    return [f"{when(one)} {one['property']}: {one['shown']}" for one in data["statements"]]


@app.command()
def diff(first: int, second: Annotated[int | None, typer.Argument()] = None, home: Home = None, as_json: Json = False) -> None:
    """两个版本差在哪里 · what differs between two versions."""
    from api import verbs

    def lines(data: dict[str, Any]) -> list[str]:
        marked = [("+", one) for one in data["added"]] + [("−", one) for one in data["retracted"]]
        return [f"{mark} {one['name']} · {one['property']}: {one['shown']}" for mark, one in marked] or ["没有差别"]

    with opened(home) as store:
        out(verbs.diff(store, first, second), as_json, lines)


@app.command()
def undo(
    number: int, home: Home = None, with_later: Annotated[bool, typer.Option("--with-later", help="一并撤销后面依赖它的")] = False,
    namesakes: Namesakes = False, actor: Actor = "", reason: Reason = "", as_json: Json = False,
) -> None:  # fmt: skip
    """撤销一次更改 · take a change back."""
    from api import homes, verbs

    with opened(home) as store:
        data = verbs.undo(store, number, homes.actor(actor), reason=reason, with_later=with_later, namesakes=namesakes)
        out(data, as_json, done)


@app.command()
def export(
    file: Path, form: Annotated[str, typer.Option(help="jsonl | graphml | json | csv")] = "jsonl", home: Home = None, as_json: Json = False
) -> None:
    """导出 · write the graph to a file."""
    from api import verbs

    with opened(home) as store:
        out(verbs.export(store, form, file), as_json, lambda told: [f"{told['file']}（第{told['version']}版 {told['digest'][:16]}）"])


@app.command()
def backup(
    file: Annotated[Path | None, typer.Argument(help="目标文件（默认 backups/）")] = None, home: Home = None,
    recovery: Annotated[Path | None, typer.Option(help="同时写出恢复单 · also write the recovery sheet")] = None, as_json: Json = False,
) -> None:  # fmt: skip
    """备份（可在写入时进行） · copy the store while others write."""
    from api import verbs

    with opened(home) as store:
        out(verbs.backup(store, file, recovery), as_json, lambda told: [f"{told['file']}（第{told['version']}版 {told['digest'][:16]}）"])


@app.command()
def restore(
    file: Path, home: Home = None, recovery: Annotated[Path | None, typer.Option(help="恢复单 · recovery sheet")] = None,
    actor: Actor = "", as_json: Json = False,
) -> None:  # fmt: skip
    """用备份恢复 · make a backup the store again."""
    from api import homes, verbs
    from graph.record.errors import Conflict

    if address := homes.address(home):
        raise Conflict("embedded_only", place={"store": address})
    out(verbs.restore(homes.home(home), file, homes.actor(actor), recovery), as_json, lambda told: [f"已恢复到第{told['version']}版"])


@app.command()
def verify(home: Home = None, as_json: Json = False) -> None:
    """核验全部更改、原件和页面 · recompute the whole chain."""
    from api import verbs

    with opened(home) as store:
        data = verbs.verify(store)
    out(data, as_json, lambda told: [f"{one['what']}: {one['count']} {one['problem'] or 'ok'}" for one in told["checks"]])
    if not data["ok"]:
        sys.exit(2)


@app.command()
def erase(
    ids: list[str], everywhere: Everywhere = False, home: Home = None, actor: Actor = "", reason: Reason = "", as_json: Json = False
) -> None:
    """彻底清除（不可撤销） · erase for good."""
    from api import homes, verbs

    with opened(home) as store:
        out(verbs.erase(store, ids, homes.actor(actor), reason=reason, everywhere=everywhere), as_json, _erased)


def _erased(data: dict[str, Any]) -> list[str]:
    why = {"short": "太短，容易误伤（清除前可加 --everywhere）", "shared": "另有同名者"}
    return [
        f"已清除（第{data['version']}版）", *(f"  待改名：{one['id']} {one['name']}" for one in data["renamed"]),
        f"  其他文字中已隐去：{'、'.join(data['masked']) or '无'}",
        *(f"  其他文字中未隐去：{name}：{why[reason]}" for name, reason in data["left"].items()),
    ]  # fmt: skip


@app.command()
def doctor(home: Home = None, as_json: Json = False) -> None:
    """检查文件、密钥、版本链、磁盘 · look at the whole place."""
    from api import homes, verbs

    data = verbs.doctor(homes.home(home), homes.address(home))
    shown = [f"{key}: {value}" for key, value in data.items() if key not in ("checks", "findings")]
    out(data, as_json, lambda told: [*shown, *told["findings"]])
    if not data["ok"]:
        sys.exit(2)


@app.command()
def serve(
    home: Home = None, empty: Annotated[bool, typer.Option("--empty", help="自己的资料，不放示范 · your own, without demo data")] = False,
    host: Annotated[str, typer.Option(help="绑定的地址 · where to bind")] = "127.0.0.1",
    port: Port = 8765, as_json: Json = False,
) -> None:  # fmt: skip
    """开启服务，打印打开的地址 · serve the desk and the API, and print the address that opens it."""
    from api import homes

    shared = homes.address(home)
    empty = empty or bool(shared)
    folder = homes.home(home, "" if empty else homes.DEMO)
    if not empty and not (folder / "store.db").exists():
        from api import verbs

        with homes.open_home(folder, homes.DEMO) as store:
            verbs.demo(store, homes.actor(), progress=progress(as_json))

    _serve(folder, host, port, as_json, shared)


def _serve(folder: Path, host: str, port: int, as_json: bool, shared: str = "") -> None:
    from api import server

    def ready(address: str) -> None:
        told = {"address": address, "home": str(folder), "store": shared}
        out(told, as_json, lambda data: [f"联姻已开启：{data['address']}", f"资料：{shared or data['home']}", "Ctrl+C 停止"])

    server.serve(folder, host, port, ready, shared)


class StoreAct(StrEnum):
    """What `lianyin store` does."""

    init = "init"
    mirror = "mirror"
    adopt = "adopt"
    rejoin = "rejoin"


@app.command()
def store(
    act: StoreAct, address: Annotated[str, typer.Argument(help="地址（否则用 LIANYIN_STORE） · address")] = "",
    strangers: Annotated[bool, typer.Option("--strangers", help="mirror：看不懂的也清掉 · also take out what is not understood")] = False,
    actor: Actor = "", as_json: Json = False,
) -> None:  # fmt: skip
    """共用的库：init 建好库和约束，mirror 把可读图改回原样，adopt 收下手工改动，rejoin 数据库恢复到旧状态后接着用
    · make it, mend its readable graph, take in edits, go on from an older state."""
    from api import homes

    where = address or homes.address()
    if act is StoreAct.init:
        out({**homes.init(where), "others": homes.others(where)}, as_json, _init_lines)
        return
    if act is StoreAct.rejoin:
        from api import verbs

        out(verbs.rejoin(homes.home(), where, homes.actor(actor)), as_json, lambda told: [f"已接上：第{told['version']}版"])
        return
    from api import handwork

    with homes.open_shared(homes.home(), where) as opened:
        adopts = act is StoreAct.adopt
        data = handwork.adopt(opened, homes.actor(actor)) if adopts else handwork.put_back(opened, strangers=strangers)
    out(data, as_json, _handwork_lines)


def _init_lines(told: dict[str, Any]) -> list[str]:
    others = [f"库里另有 {told['others']} 个别人的节点，不会动它们；最好给联姻单独一个库"] if told["others"] else []
    return [f"已就绪：{told['store']}（{told['uuid']}）", *others]


def _handwork_lines(told: dict[str, Any]) -> list[str]:
    words = {"taken": "已收下", "put_back": "已改回", "left": "没有动"}
    strange = [one["what"] for one in told["left"] if one["strange"]]
    nodes = strange.count("node_new")
    more = [f"store mirror --strangers 会清掉其中 {len(strange)} 处，连同 {nodes} 个整节点；不是画上去的先挪走"] if strange else []
    return [f"可读图：第{told['version']}版", *(f"{words[key]}：{one['words']}" for key in words for one in told.get(key, ())), *more]


@app.command()
def copy(
    source: Annotated[str, typer.Argument(help="来源：文件夹或地址 · a folder or an address")],
    target: Annotated[str, typer.Argument(help="目标，须为空 · must be empty")], as_json: Json = False,
) -> None:  # fmt: skip
    """把整个库连同历史复制到别处，并核对摘要 · copy a whole store with its history, and compare digests."""
    from api import verbs

    data = verbs.copy(source, target, progress(as_json))
    out(data, as_json, lambda told: [f"已复制到 {told['to']}（第{told['version']}版 {told['digest'][:16]}）"])


class TokenAct(StrEnum):
    """What `lianyin token` does."""

    add = "add"
    list = "list"
    remove = "remove"


@app.command()
def token(
    act: TokenAct, name: Annotated[str, typer.Argument(help="名称，即操作人 · its name is the actor")] = "", home: Home = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """程序用的令牌：add 只显示一次 · tokens for programs; shown once."""
    from api import homes
    from api.security import Tokens

    tokens = Tokens(homes.home(home))
    match act:
        case TokenAct.add:
            out({"name": name, "token": tokens.add(name)}, as_json, lambda told: [told["token"]])
        case TokenAct.list:
            out({"names": tokens.names()}, as_json, lambda told: told["names"] or ["没有令牌"])
        case TokenAct.remove:
            tokens.remove(name)
            out({"removed": name}, as_json, lambda told: [f"已停用：{told['removed']}"])


from api import cli_matching  # noqa: E402, F401 - its commands come after these

if __name__ == "__main__":
    main()
