"""Who suits whom: suggestions, groups, decisions, needs, what missing data costs."""

from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import looking, matches, sheets
from api import matching_models as models
from api.desk import Asked, Read, Write
from api.models import ThingPage, Told
from api.routes.things import SHEETS, Cursor, Format, Limit

if TYPE_CHECKING:
    from matching.grouping import GroupQuestion
    from matching.suggestion import Question

router = APIRouter(tags=["matching"])
Status = Literal["incomplete", "open", "in_work", "solved", "expired"]
Answer = Literal["accept", "decline", "put_off"]


def _etag(asked: Asked, body: Told) -> str:
    """Version, recipe, question, language and day stand for an answer; they cost no search."""
    told = f"{body.model_dump_json()}\0{asked.lang}\0{matches.today()}"
    return f"{asked.published.version}.{asked.published.matcher.recipe}.{blake2b(told.encode(), digest_size=8).hexdigest()}"


def _asks(asked: Asked, body: models.Asking) -> "Question":
    from matching.suggestion import Question

    return Question(
        body.id, body.text, None if body.kinds is None else tuple(body.kinds), matches.rules_from(body.rules), body.k, body.seed,
        asked.lang, body.trade, tuple(body.without), matches.today(),
    )  # fmt: skip


@router.post("/suggestions", response_model=models.Suggestions, responses=SHEETS)
def suggest(asked: Read, body: models.Asking, format: Format = "json") -> Response:
    """Partners for a thing or a sentence: score of both sides, reasons with evidence, cautions, gaps, what would change the rank.

    The same question at the same version and recipe has the same answer, byte for byte: If-None-Match gets 304.
    """
    question = _asks(asked, body)
    if format != "json":
        return sheets.file(asked, format, "suggestions", lambda: matches.suggest(asked.published, question)["items"], _etag(asked, body))
    return asked.answer(lambda: matches.suggest(asked.published, question), _etag(asked, body))


@router.post("/suggestions/counts", response_model=ThingPage, responses=SHEETS)
def suggestion_counts(
    asked: Read, body: models.Counting, cursor: Cursor = "", limit: Limit = looking.PAGE, format: Format = "json"
) -> Response:
    """The things behind a number of a suggestion's `counts`: exactly so many rows. Writes nothing."""
    question, rules = _asks(asked, body), tuple(dict.fromkeys(body.at))
    return sheets.listed(
        asked, format, "things",
        lambda start, most: matches.counted(asked.published, question, body.which, rules, cursor=start, limit=most), (cursor, limit),
        _etag(asked, body),
    )  # fmt: skip


@router.get("/suggestions/criteria", response_model=models.Criteria)
def criteria(asked: Read) -> Response:
    """How scores are made: every criterion with its weight and what it measures."""
    return asked.answer(lambda: matches.criteria(asked.lang), f"{asked.published.matcher.recipe}.{asked.lang}")


def _question(asked: Asked, body: models.Grouping) -> "GroupQuestion":
    from matching.grouping import APART, GroupQuestion

    rules = matches.rules_from(body.rules)
    return GroupQuestion(
        body.text, body.id, body.lead, tuple(body.kinds), (body.low, body.high), APART if rules is None else rules, tuple(body.wanted),
        tuple(body.locked), tuple(body.banned), None if body.previous is None else tuple(body.previous), body.seed, asked.lang,
        matches.today(),
    )  # fmt: skip


@router.post("/groups", response_model=models.Groups)
def group(asked: Read, body: models.Grouping) -> Response:
    """Up to three groups of three to nine that differ in at least two members; or the nearest one, the rules that it breaks, one way out.

    Good, not proven: nothing here says that there is no better group, or none at all.
    """
    question = _question(asked, body)
    return asked.answer(lambda: matches.group(asked.published, question), _etag(asked, body))


@router.post("/groups/instance")
def group_instance(asked: Read, body: models.Grouping) -> Response:
    """The instance behind a group question, for other solvers: docs/reference/formation.md."""
    question = _question(asked, body)
    return asked.answer(lambda: matches.instance(asked.published, question), _etag(asked, body))


@router.post("/decisions", response_model=models.Decided, status_code=201)
def decide(asked: Write, body: models.Deciding) -> Response:
    """Accepts, declines or puts off a pair. It counts in both directions until it is undone (POST /changes/{change}/undo)."""
    from matching.decisions import Verdict

    verdict = Verdict(body.candidate, body.answer, body.asked, body.text.strip(), body.reason, body.words, body.until)
    published = asked.published
    seen = (published.version if body.version is None else body.version, body.recipe or published.matcher.recipe)
    return asked.done(matches.decide(asked.store, verdict, asked.actor, seen=seen, key=asked.key), 201)


@router.get("/decisions", response_model=models.DecisionPage, responses=SHEETS)
def decisions(
    asked: Read, answer: Answer | None = None, about: Annotated[str, Query(description="a thing's id", max_length=80)] = "",
    cursor: Cursor = "", limit: Limit = looking.PAGE, format: Format = "json",
) -> Response:  # fmt: skip
    """The decisions that count, latest first, each with its note (`words`).

    A note is a fact of the decision like any other: POST /things/{id}/facts with the property `words` says or corrects it later.
    """
    return sheets.listed(
        asked, format, "decisions",
        lambda start, most: matches.decisions(asked.published, answer=answer or "", about=about, cursor=start, limit=most), (cursor, limit),
    )  # fmt: skip


@router.get("/needs", response_model=models.NeedPage, responses=SHEETS)
def needs(
    asked: Read, status: Status | None = None, cursor: Cursor = "", limit: Limit = looking.PAGE, format: Format = "json"
) -> Response:
    """The needs with their status."""
    etag = f"{asked.published.etag}.{asked.lang}.{matches.today()}"
    return sheets.listed(
        asked, format, "needs",
        lambda start, most: matches.needs(asked.published, status=status or "", cursor=start, limit=most, lang=asked.lang),
        (cursor, limit), etag,
    )  # fmt: skip


@router.get("/data-worth", response_model=models.Worth)
def data_worth(asked: Read, kind: Annotated[list[models.KindOf], Query(max_length=4)] = ["workshop"]) -> Response:  # noqa: B006
    """For each missing cell, in how many top tens it left a rule unverified or a criterion without data."""
    etag = f"{asked.published.version}.{asked.published.matcher.recipe}.{asked.lang}.{matches.today()}"
    return asked.answer(lambda: matches.data_worth(asked.published, tuple(dict.fromkeys(kind)), asked.lang), etag)
