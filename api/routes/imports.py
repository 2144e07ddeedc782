"""Imports: a file comes in as a job, with progress, cancel, and an outcome that says how to undo it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from api import models, verbs
from api.desk import Asking, Desk, Plain, Write
from api.jobs import Job, Jobs
from api.problems import asked_language
from graph.record.model import digest_hex

router = APIRouter(prefix="/imports", tags=["imports"])

LOOK = 0.1
"""Seconds between two looks at a job whose events are watched."""

_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/NewImport"}},
        "text/csv": {"schema": {"contentMediaType": "text/csv"}, "example": "名称,所在单位\n甲工作室,某厂\n"},
        "text/plain": {"schema": {"contentMediaType": "text/plain"}, "example": "市总工会命名甲工作室为劳模创新工作室。"},
    },
}
"""What POST /imports takes: a file as it is, with its name and the rest in the query, or all of it as JSON."""


def _job(request: Request, job: Annotated[str, Path(description="an import's id", max_length=80)]) -> Job:
    return _remembered(request.app.state.desk).get(job)


def _remembered(desk: Desk) -> Jobs:
    """The jobs, after a look at the store: where something was erased, those that are over are forgotten."""
    desk.publisher.now()
    return desk.jobs


Known = Annotated[Job, Depends(_job)]


async def _upload(
    request: Request,
    name: Annotated[str, Query(description="the file's name; .csv for a table", max_length=200, examples=["名单.csv"])] = "",
    series: Annotated[str, Query(description="name of the table's series", max_length=200)] = "",
    kind: Annotated[str, Query(description="kind of the table's rows", max_length=40)] = "",
    retract: Annotated[bool, Query(description="also retract what the source no longer tells")] = False,
) -> "tuple[models.NewImport, bytes]":
    """What came in: the body as JSON, or a file as it is."""
    body = await request.body()
    type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if type == "application/json":
        told = read_import(body)
        return told, told.text.encode()
    name = name or "import"  # a table is known by its suffix; else the name stays as the person knows it
    if name.lower().endswith(".csv") != (type == "text/csv"):
        name += ".csv" if type == "text/csv" else ".txt"
    return models.NewImport(name=name, text="", series=series, kind=kind, retract=retract), body


def read_import(body: bytes) -> models.NewImport:
    """The JSON form. Raises RequestValidationError."""
    from fastapi.exceptions import RequestValidationError
    from pydantic import ValidationError

    try:
        return models.NewImport.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors()]) from None


@router.post("", response_model=models.Job, status_code=202, openapi_extra={"requestBody": _BODY})
def import_(asked: Write, upload: Annotated[tuple[models.NewImport, bytes], Depends(_upload)]) -> Response:
    """Takes a text or a CSV table in as one change. The answer is a job; its outcome says what changed and how to undo it."""
    told, data = upload
    request = (told.name, digest_hex(data), told.series, told.mapping, told.kind, str(told.retract))
    job = asked.desk.jobs.start(told.name, asked.actor, request, _work(asked, told, data), key=asked.key)
    answer = asked.done(job.as_data(asked.lang), 202)
    answer.headers["Location"] = f"/api/v1/imports/{job.id}"
    return answer


def _work(asked: Asking, told: models.NewImport, data: bytes) -> Callable[[Callable[[str], None]], dict[str, Any]]:
    store, actor, key = asked.store, asked.actor, asked.key

    def work(progress: Callable[[str], None]) -> dict[str, Any]:
        done = verbs.import_bytes(
            store, told.name, data, actor, series=told.series, mapping=told.mapping, kind=told.kind, retract=told.retract,
            key=key, progress=progress,
        )  # fmt: skip
        return {**done, "undo": f"/api/v1/changes/{done['change']}/undo" if done["change"] else None}

    return work


@router.get("", response_model=models.Jobs)
def imports(asked: Plain) -> Response:
    """The imports that are remembered, latest first."""
    return asked.now({"jobs": [job.as_data(asked.lang) for job in _remembered(asked.desk).all()]})


@router.get("/{job}", response_model=models.Job)
def job(asked: Plain, job: Known) -> Response:
    """How an import goes."""
    return asked.now(job.as_data(asked.lang))


@router.delete("/{job}", response_model=models.Job)
def cancel(asked: Plain, job: Known) -> Response:
    """Cancels an import before it writes: nothing is changed then. 409 `job_too_late` where it writes already or is over."""
    job.cancel()
    return asked.now(job.as_data(asked.lang))


@router.get("/{job}/events", response_class=EventSourceResponse)
async def events(request: Request, job: Known) -> AsyncIterator[ServerSentEvent]:
    """The import's states as they come, each as the whole job; the last one is its end."""
    lang, told = asked_language(request.headers), -1
    while True:
        finished = job.finished
        if job.told != told:
            told = job.told
            yield ServerSentEvent(data=job.as_data(lang), event="progress", id=str(told))
        if finished:
            return
        await asyncio.sleep(LOOK)
