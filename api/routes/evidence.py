"""Evidence: what a statement was read from."""

from hashlib import blake2b
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api import evidence, evidence_models
from api.desk import Read
from api.routes.things import Personal

router = APIRouter(prefix="/evidence", tags=["evidence"])


@router.get("/{statement}", response_model=evidence_models.Evidence)
def evidence_of(
    asked: Read, statement: Annotated[str, Path(description="a statement's id", max_length=80)], personal: Personal = False
) -> Response:
    """The sentence that a statement was read from, marked, with two before and after, in 原文 and 净文; or the row of its table.

    Birth dates, phones and contacts in texts are masked (■).
    """
    etag = f"{asked.published.etag}.{asked.lang}.{personal:d}"
    return asked.answer(lambda: evidence.evidence(asked.published, [statement], lang=asked.lang, personal=personal)[0], etag)


@router.post("", response_model=evidence_models.ManyEvidence)
def evidence_of_many(asked: Read, body: evidence_models.AskingEvidence) -> Response:
    """The same for up to 50 statements at once; writes nothing."""
    told = blake2b(f"{body.model_dump_json()}\0{asked.lang}".encode(), digest_size=8).hexdigest()
    published = asked.published
    return asked.answer(
        lambda: {
            "version": published.version,
            "rows": evidence.evidence(published, body.ids, lang=asked.lang, personal=body.personal),
        },
        f"{published.etag}.{told}",
    )
