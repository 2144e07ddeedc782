"""Commands of who suits whom: suggest, group, decide, map, needs, data-worth."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.console import Actor, Home, Json, app, done, opened, out

if TYPE_CHECKING:
    from api.published import Published
    from matching.rules import Rule

Lang = Annotated[str, typer.Option("--lang", help="zh | en")]
Kinds = Annotated[list[str] | None, typer.Option("--kind", help="找哪一类：workshop person organisation need（可重复）")]
Rules = Annotated[
    list[str] | None, typer.Option("--rule", help='规则的 JSON，如 {"rule":"differ","by":"trade"}（可重复；none = 不设规则）')
]


@contextmanager
def _published(home: Path | None) -> Iterator["Published"]:
    from api.published import Origin, Published, default_recipe
    from api.settings import Settings

    with opened(home) as store:
        yield Published(store.snapshot(), Origin(store, store, default_recipe(), Settings(home=store.home).embed))


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
        question = Question(id, text, tuple(kind) if kind else None, _rules(rule), k, seed, _language(lang), day=matches.today())
        out(matches.suggest(published, question), as_json, _suggestions)


def _thing_or_text(published: "Published", asked: str) -> tuple[str, str]:
    from graph.record.model import THING_ID

    return (asked, "") if THING_ID.fullmatch(asked) else ("", asked)


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
    lines += ["", data["advice"], *(one["text"] for one in data["relaxations"])] if not data["items"] else []
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
        out(matches.group(published, question), as_json, _groups)


def _groups(data: dict[str, Any]) -> list[str]:
    lines = [data["words"], *([data["read"]["note"]] if data["read"] and data["read"]["terms"] else [])]
    for number, choice in enumerate(data["choices"] or filter(None, [data["nearest"]]), 1):
        lines += ["", f"方案{number}  得分 {choice['total']:.3f}" if data["choices"] else "最接近的一组："]
        lines += [f"  提醒：{one['text']}" for one in choice["cautions"]]
        for member in choice["members"]:
            why = " ".join(one["text"] for one in (*member["reasons"][:1], *member["cautions"]))
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
        out(matches.decide(published.reader, verdict, homes.actor(actor), seen=seen, key=key), as_json, done)


@app.command()
def map(home: Home = None, as_json: Json = False) -> None:
    """片区、规模、彼此的联系 · clusters, their size, and what joins them."""
    from api import network

    def lines(data: dict[str, Any]) -> list[str]:
        titles = {one["id"]: one["title"] for one in data["clusters"]}
        joined = [f"  {titles[one['first']]} — {titles[one['second']]}：{one['links']}" for one in data["links"]]
        return [*titles.values(), "", *joined]

    with _published(home) as published:
        out(network.map_data(published, detail="members" if as_json else "discs"), as_json, lines)


@app.command()
def needs(
    home: Home = None, status: Annotated[str, typer.Option(help="incomplete open in_work solved expired")] = "", as_json: Json = False
) -> None:
    """需求及其状态 · needs and their status."""
    from api import matches

    def lines(data: dict[str, Any]) -> list[str]:
        return [f"{row['said']}  {row['id']}  {row['name']}  {'、'.join(one['name'] for one in row['raised_by'])}" for row in data["rows"]]

    with _published(home) as published:
        out(matches.needs(published, status=status, limit=1_000_000), as_json, lines)


@app.command("data-worth")
def data_worth(home: Home = None, kind: Kinds = None, lang: Lang = "", as_json: Json = False) -> None:
    """补哪些资料最值 · which missing data is worth most."""
    from api import matches

    def lines(data: dict[str, Any]) -> list[str]:
        cells = [f"  {cell['answers']:4}  {cell['name']} · {cell['gap']}  {cell['id']}" for cell in data["cells"][:20]]
        return [*(line["text"] for line in data["lines"]), "", *cells]

    with _published(home) as published:
        out(matches.data_worth(published, tuple(kind or ["workshop"]), _language(lang)), as_json, lines)
