"""The command `lianyin`: reads arguments, calls one verb, prints. `--json` prints the verb's own data."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from api.published import Published
    from graph.record.sqlite_store import SqliteStore
    from matching.rules import Rule

app = typer.Typer(
    help="联姻 · a matchmaking desk for a city's innovation workshops, every fact with its sentence.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip

Home = Annotated[Path | None, typer.Option("--home", help="资料文件夹 · data folder (else LIANYIN_HOME)")]
Json = Annotated[bool, typer.Option("--json", help="机器可读 · print JSON")]
Actor = Annotated[str, typer.Option("--actor", help="操作人（留痕用） · who acts")]
Reason = Annotated[str, typer.Option("--reason", help="事由 · why")]
Namesakes = Annotated[bool, typer.Option("--namesakes", help="已清除者的同名另有其人 · names of erased people here are other people's")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 = 任选 · any")]
Id = Annotated[str, typer.Argument(help="编号 · a thing's id")]


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
            typer.echo(f"{error.message()}\n  {_place(error.place)}\n  {error.remedy()}\n  [{error.code}]", err=True)
        sys.exit(1)


def _place(place: dict[str, str | int]) -> str:
    return " · ".join(f"{key}: {value}" for key, value in place.items())


@contextmanager
def _store(home: Path | None) -> Iterator["SqliteStore"]:
    from api import homes

    with homes.open_home(homes.home(home)) as store:
        yield store


def _progress(as_json: bool) -> Callable[[str], None]:
    """One line a step on the terminal, from the first second on; nothing where the output is read by a program."""
    import time

    start = time.monotonic()

    def tell(step: str) -> None:
        if not as_json and sys.stderr.isatty():
            typer.echo(f"  {time.monotonic() - start:5.1f} s  {_STEPS.get(step, step)}", err=True)

    return tell


_STEPS = {"reading": "读取 reading", "resolving": "核对 resolving", "keeping": "保存原件 keeping", "recording": "入库 recording"}


def _out(data: dict[str, Any], as_json: bool, lines: Callable[[dict[str, Any]], list[str]]) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False) if as_json else "\n".join(lines(data)))


def _label(kind: str) -> str:
    from graph.record.ontology import ontology

    return ontology().kinds[kind].zh


def _done(data: dict[str, Any]) -> list[str]:
    if data["change"] is None:
        return [f"无变化（第{data['version']}版）"]
    return [f"第{data['version']}版：新增 {data['adds']}，撤去 {data['retracts']}。撤销：lianyin undo {data['change']}"]


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
        _out(verbs.demo(store, homes.actor(actor), city=city, progress=_progress(as_json)), as_json, _tour)
    if stay and not as_json:
        _serve(folder, "127.0.0.1", port, False)


def _tour(data: dict[str, Any]) -> list[str]:
    ribbon = {"demo": "示范资料", "generated": "生成数据（虚构）"}.get(data["label"], "")
    counts = "  ".join(f"{_label(kind)} {count}" for kind, count in data["counts"].items())
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

    with _store(home) as store:
        data = verbs.import_file(
            store, file, homes.actor(actor), series=series, mapping=mapping, kind=kind, retract=retract, namesakes=namesakes,
            progress=_progress(as_json),
        )  # fmt: skip
        _out(data, as_json, lambda told: [*_difference(told), *_done(told), *_waiting(told)])


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

    _out(verbs.read(file), as_json, lambda told: [f"{one['property']}: {one['value']}  「{one['quote']}」" for one in told["statements"]])


@app.command()
def template(kind: str) -> None:
    """某种类的表头 · the headers of a table of this kind."""
    from seeds import tables

    typer.echo(tables.template(kind), nl=False)


@app.command()
def show(id: Id, home: Home = None, version: int | None = None, as_json: Json = False) -> None:
    """一个对象的全部事实，各有出处 · all we know of one thing, and from where."""
    from api import verbs

    with _store(home) as store:
        _out(verbs.show(store, id, version=version), as_json, _page)


def _page(data: dict[str, Any]) -> list[str]:
    from graph.record.ontology import ontology

    lines = [f"{data['name']}  〔{_label(data['kind'])}〕  {data['id']}"]
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
        rows = [f"{hit['id']}  {_label(hit['kind'])}  {hit['name']}  {hit['unit']}  {hit['place']}" for hit in data["hits"]]
        return rows or ["没有找到"]

    with _store(home) as store:
        _out(verbs.search(store, query, kind=kind, k=k), as_json, lines)


@app.command("set")
def set_(
    id: Annotated[str, typer.Argument(help="编号，或 new:workshop 新建")], property: str, value: str, home: Home = None, since: str = "",
    until: str = "", actor: Actor = "", reason: Reason = "", key: str = "", namesakes: Namesakes = False, as_json: Json = False,
) -> None:  # fmt: skip
    """补录或更正一项事实 · say a fact at the desk."""
    from api import homes, verbs

    with _store(home) as store:
        who = homes.actor(actor)
        if id.startswith("new:"):
            data = verbs.add(store, id[4:], value, who, reason=reason, key=key, namesakes=namesakes)
        else:
            data = verbs.set_fact(store, id, property, value, who, since=since, until=until, reason=reason, key=key, namesakes=namesakes)
        _out(data, as_json, lambda told: [told["id"], *_done(told)])


@app.command()
def unset(statement: str, home: Home = None, actor: Actor = "", reason: Reason = "", as_json: Json = False) -> None:
    """收回自己的话，或对文件的说法不予采信 · take a word back, or refuse what a document told."""
    from api import homes, verbs

    with _store(home) as store:
        _out(verbs.unset_fact(store, statement, homes.actor(actor), reason=reason), as_json, _done)


@app.command()
def merge(first: Id, second: str, home: Home = None, actor: Actor = "", reason: Reason = "", as_json: Json = False) -> None:
    """判为同一个 · judge two ids to be one thing."""
    from api import homes, verbs

    with _store(home) as store:
        data = verbs.merge(store, first, second, homes.actor(actor), reason=reason)
        _out(data, as_json, lambda told: ["已经是同一个"] if told["already_one"] else [told["id"], *_done(told)])


@app.command()
def split(id: Id, home: Home = None, actor: Actor = "", reason: Reason = "", as_json: Json = False) -> None:
    """从同一个里拆出来 · take a member out of its merged thing."""
    from api import homes, verbs

    with _store(home) as store:
        _out(verbs.split(store, id, homes.actor(actor), reason=reason), as_json, _done)


@app.command()
def history(
    id: Annotated[str | None, typer.Argument(help="编号 · a thing's id")] = None, home: Home = None,
    last: Annotated[int, typer.Option(min=1, max=10000)] = 20, as_json: Json = False,
) -> None:  # fmt: skip
    """最近更改，或一个对象的历史 · the last changes, or one thing's history."""
    from api import verbs

    lines = _changes if id is None else _told
    with _store(home) as store:
        _out(verbs.history(store, id, last=last), as_json, lines)


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

    with _store(home) as store:
        _out(verbs.diff(store, first, second), as_json, lines)


@app.command()
def undo(
    number: int, home: Home = None, with_later: Annotated[bool, typer.Option("--with-later", help="一并撤销后面依赖它的")] = False,
    namesakes: Namesakes = False, actor: Actor = "", reason: Reason = "", as_json: Json = False,
) -> None:  # fmt: skip
    """撤销一次更改 · take a change back."""
    from api import homes, verbs

    with _store(home) as store:
        data = verbs.undo(store, number, homes.actor(actor), reason=reason, with_later=with_later, namesakes=namesakes)
        _out(data, as_json, _done)


@app.command()
def export(
    file: Path, form: Annotated[str, typer.Option(help="jsonl | graphml | json | csv")] = "jsonl", home: Home = None, as_json: Json = False
) -> None:
    """导出 · write the graph to a file."""
    from api import verbs

    with _store(home) as store:
        _out(verbs.export(store, form, file), as_json, lambda told: [f"{told['file']}（第{told['version']}版 {told['digest'][:16]}）"])


@app.command()
def backup(
    file: Annotated[Path | None, typer.Argument(help="目标文件（默认 backups/）")] = None, home: Home = None,
    recovery: Annotated[Path | None, typer.Option(help="同时写出恢复单 · also write the recovery sheet")] = None, as_json: Json = False,
) -> None:  # fmt: skip
    """备份（可在写入时进行） · copy the store while others write."""
    from api import verbs

    with _store(home) as store:
        _out(verbs.backup(store, file, recovery), as_json, lambda told: [f"{told['file']}（第{told['version']}版 {told['digest'][:16]}）"])


@app.command()
def restore(
    file: Path, home: Home = None, recovery: Annotated[Path | None, typer.Option(help="恢复单 · recovery sheet")] = None,
    actor: Actor = "", as_json: Json = False,
) -> None:  # fmt: skip
    """用备份恢复 · make a backup the store again."""
    from api import homes, verbs

    _out(verbs.restore(homes.home(home), file, homes.actor(actor), recovery), as_json, lambda told: [f"已恢复到第{told['version']}版"])


@app.command()
def verify(home: Home = None, as_json: Json = False) -> None:
    """核验全部更改、原件和页面 · recompute the whole chain."""
    from api import verbs

    with _store(home) as store:
        data = verbs.verify(store)
    _out(data, as_json, lambda told: [f"{one['what']}: {one['count']} {one['problem'] or 'ok'}" for one in told["checks"]])
    if not data["ok"]:
        sys.exit(2)


@app.command()
def erase(ids: list[str], home: Home = None, actor: Actor = "", reason: Reason = "", as_json: Json = False) -> None:
    """彻底清除（不可撤销） · erase for good."""
    from api import homes, verbs

    def lines(data: dict[str, Any]) -> list[str]:
        return [f"已清除（第{data['version']}版）", *(f"  待改名：{one['id']} {one['name']}" for one in data["renamed"])]

    with _store(home) as store:
        _out(verbs.erase(store, ids, homes.actor(actor), reason=reason), as_json, lines)


@app.command()
def doctor(home: Home = None, as_json: Json = False) -> None:
    """检查文件、密钥、版本链、磁盘 · look at the whole place."""
    from api import homes, verbs

    data = verbs.doctor(homes.home(home))
    shown = [f"{key}: {value}" for key, value in data.items() if key not in ("checks", "findings")]
    _out(data, as_json, lambda told: [*shown, *told["findings"]])
    if not data["ok"]:
        sys.exit(2)

# ---- who suits whom


Lang = Annotated[str, typer.Option("--lang", help="zh | en")]
Kinds = Annotated[list[str] | None, typer.Option("--kind", help="找哪一类：workshop person organisation need（可重复）")]
Rules = Annotated[
    list[str] | None, typer.Option("--rule", help='规则的 JSON，如 {"rule":"differ","by":"trade"}（可重复；none = 不设规则）')
]


@contextmanager
def _published(home: Path | None) -> Iterator["Published"]:
    from api.published import Published, default_recipe

    with _store(home) as store:
        yield Published(store.snapshot(), store, store, default_recipe())


def _rules(told: list[str] | None) -> "tuple[Rule, ...] | None":
    from api import matches
    from api.bodies import read_json

    return matches.rules_from([] if told == ["none"] else [read_json(one.encode()) for one in told]) if told else None


def _language(lang: str) -> str:
    from graph.record.errors import language

    return lang if lang in ("zh", "en") else language()


@app.command()
def suggest(
    asked: Annotated[str, typer.Argument(help="编号，或一句话 · an id, or a sentence")], home: Home = None, kind: Kinds = None,
    rule: Rules = None, k: Annotated[int, typer.Option(min=1, max=50)] = 10, seed: Annotated[int, typer.Option(min=0)] = 0, lang: Lang = "",
    as_json: Json = False,
) -> None:  # fmt: skip
    """谁适合与它合作，为什么 · who suits it, and why."""
    from api import matches
    from matching.suggestion import Question

    with _published(home) as published:
        id, text = _thing_or_text(published, asked)
        question = Question(id, text, tuple(kind or ["workshop"]), _rules(rule), k, seed, _language(lang), day=matches.today())
        _out(matches.suggest(published, question), as_json, _suggestions)


def _thing_or_text(published: "Published", asked: str) -> tuple[str, str]:
    import re

    return (asked, "") if re.fullmatch("[a-z2-7]{16}", asked) else ("", asked)


def _suggestions(data: dict[str, Any]) -> list[str]:
    counts = data["counts"]
    way = f"候选 {counts['all']} → 合规 {counts['lawful']} → 列 {len(data['items'])}"
    lines = [f"{data['question']['name']} · {way} · 第{data['version']}版"]
    lines += [f"  〔{data['read']['note']}〕"] if data["read"] and data["read"]["note"] else []
    for item in data["items"]:
        sides = " ".join(f"{side['title']} {side['score']:.2f}" for side in (item["give"], item["get"]) if side)
        named = " · ".join(filter(None, (item["name"], item["unit"], item["place"])))
        lines += ["", f"{item['shown']} {named}  得分 {item['score']:.2f}（第{item['rank']}）  {sides}"]
        lines += [f"    〔{one['label']}〕{one['text']}{'〔推断〕' if one['guessed'] else ''}" for one in item["reasons"]]
        lines += [f"    提醒：{one['text']}" for one in item["cautions"]]
        lines += [f"    {one['text']}" for one in item["counterfactuals"] if one["code"] != "none"]
    lines += ["", *(one["text"] for one in data["relaxations"])] if not data["items"] else []
    return [*lines, "", data["note"]]


@app.command()
def group(
    text: Annotated[str, typer.Argument(help="题目 · topic")] = "", home: Home = None,
    id: Annotated[str, typer.Option("--id", help="围绕的需求或对象 · a need or another thing")] = "",
    lead: Annotated[str, typer.Option(help="牵头的编号 · who leads")] = "",
    size: Annotated[str, typer.Option(help="家数，如 5 或 3-9 · members")] = "3-9", kind: Kinds = None, rule: Rules = None,
    wanted: Annotated[list[str] | None, typer.Option(help="最好覆盖 · should be covered")] = None,
    lock: Annotated[list[str] | None, typer.Option(help="必选 · must be in")] = None,
    ban: Annotated[list[str] | None, typer.Option(help="不选 · must not")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0, lang: Lang = "", as_json: Json = False,
) -> None:  # fmt: skip
    """围绕题目、需求或牵头单位组团 · form a group around a topic, a need or a lead."""
    from api import matches
    from graph.record.errors import InvalidData
    from matching.grouping import APART, GroupQuestion

    low, _, high = size.partition("-")
    if not low.isdecimal() or not (high or low).isdecimal():
        raise InvalidData("instance_wrong", place={"property": "size"}, expected="5 | 3-9")
    rules = _rules(rule)
    question = GroupQuestion(
        text, id, lead, tuple(kind or ["workshop"]), (int(low), int(high or low)), APART if rules is None else rules, tuple(wanted or ()),
        tuple(lock or ()), tuple(ban or ()), None, seed, _language(lang), matches.today(),
    )  # fmt: skip
    with _published(home) as published:
        _out(matches.group(published, question), as_json, _groups)


def _groups(data: dict[str, Any]) -> list[str]:
    lines = [data["words"]]
    for number, choice in enumerate(data["choices"] or [data["nearest"]], 1):
        lines += ["", f"方案{number}  得分 {choice['total']:.3f}" if data["choices"] else "最接近的一组："]
        for member in choice["members"]:
            why = member["reasons"][0]["text"] if member["reasons"] else ""
            lines.append(f"  {member['said']} {member['name']} · {member['unit']}  {'、'.join(member['covers'])}  {why}")
        lines += [f"  {one['said']}：{one['words']}" for one in choice["rules"]]
    return [*lines, *([f"出路：{data['relaxation']['words']}"] if data["relaxation"] else []), "", data["note"]]


@app.command()
def decide(
    candidate: Annotated[str, typer.Argument(help="候选的编号")], answer: Annotated[str, typer.Argument(help="accept | decline | put_off")],
    asked: Annotated[str, typer.Option("--for", help="为谁：编号或一句话 · for whom: an id or a sentence")], home: Home = None,
    reason: Annotated[str, typer.Option(help="不采纳的原因代码 · code")] = "", words: Annotated[str, typer.Option(help="说明")] = "",
    until: Annotated[str, typer.Option(help="暂缓至 · hidden until")] = "", key: str = "", actor: Actor = "", as_json: Json = False,
) -> None:  # fmt: skip
    """采纳、不采纳或暂缓一对 · accept, decline or put off a pair."""
    from api import homes, matches
    from matching.decisions import Verdict

    with _published(home) as published:
        id, text = _thing_or_text(published, asked)
        verdict = Verdict(candidate, answer, id, text, reason, words, until)
        seen = (published.version, published.matcher.recipe)
        _out(matches.decide(published.reader, verdict, homes.actor(actor), seen=seen, key=key), as_json, _done)


@app.command()
def map(home: Home = None, as_json: Json = False) -> None:
    """片区、规模、彼此的联系 · clusters, their size, and what joins them."""
    from api import network

    def lines(data: dict[str, Any]) -> list[str]:
        titles = {one["id"]: one["title"] for one in data["clusters"]}
        joined = [f"  {titles[one['first']]} — {titles[one['second']]}：{one['links']}" for one in data["links"]]
        return [*titles.values(), "", *joined]

    with _published(home) as published:
        _out(network.map_data(published, detail="members" if as_json else "discs"), as_json, lines)


@app.command()
def needs(
    home: Home = None, status: Annotated[str, typer.Option(help="incomplete open in_work solved expired")] = "", as_json: Json = False
) -> None:
    """需求及其状态 · needs and their status."""
    from api import matches

    def lines(data: dict[str, Any]) -> list[str]:
        return [f"{row['said']}  {row['id']}  {row['name']}  {'、'.join(one['name'] for one in row['raised_by'])}" for row in data["rows"]]

    with _published(home) as published:
        _out(matches.needs(published, status=status, limit=1_000_000), as_json, lines)


@app.command("data-worth")
def data_worth(home: Home = None, kind: Kinds = None, lang: Lang = "", as_json: Json = False) -> None:
    """补哪些资料最值 · which missing data is worth most."""
    from api import matches

    def lines(data: dict[str, Any]) -> list[str]:
        cells = [f"  {cell['answers']:4}  {cell['name']} · {cell['gap']}  {cell['id']}" for cell in data["cells"][:20]]
        return [*(line["text"] for line in data["lines"]), "", *cells]

    with _published(home) as published:
        _out(matches.data_worth(published, tuple(kind or ["workshop"]), _language(lang)), as_json, lines)


@app.command()
def serve(
    home: Home = None, empty: Annotated[bool, typer.Option("--empty", help="自己的资料，不放示范 · your own, without demo data")] = False,
    host: Annotated[str, typer.Option(help="绑定的地址 · where to bind")] = "127.0.0.1",
    port: Port = 8765, as_json: Json = False,
) -> None:  # fmt: skip
    """开启服务，打印打开的地址 · serve the desk and the API, and print the address that opens it."""
    from api import homes

    folder = homes.home(home, "" if empty else homes.DEMO)
    if not empty and not (folder / "store.db").exists():
        from api import verbs

        with homes.open_home(folder, homes.DEMO) as store:
            verbs.demo(store, homes.actor(), progress=_progress(as_json))

    _serve(folder, host, port, as_json)


def _serve(folder: Path, host: str, port: int, as_json: bool) -> None:
    from api import server

    def ready(address: str) -> None:
        told = {"address": address, "home": str(folder)}
        _out(told, as_json, lambda data: [f"联姻已开启：{data['address']}", f"资料：{data['home']}", "Ctrl+C 停止"])

    server.serve(folder, host, port, ready)


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
            _out({"name": name, "token": tokens.add(name)}, as_json, lambda told: [told["token"]])
        case TokenAct.list:
            _out({"names": tokens.names()}, as_json, lambda told: told["names"] or ["没有令牌"])
        case TokenAct.remove:
            tokens.remove(name)
            _out({"removed": name}, as_json, lambda told: [f"已停用：{told['removed']}"])


if __name__ == "__main__":
    main()
