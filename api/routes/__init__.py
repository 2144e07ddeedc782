"""The routes, one router a theme. A new router is a module here and a line in ROUTERS."""

from fastapi import APIRouter

from api.routes import changes, documents, evidence, front, home, imports, matches, network, shortlists, tables, things

ROUTERS: tuple[APIRouter, ...] = (
    home.router, things.router, changes.router, documents.router, evidence.router, imports.router, network.router, matches.router,
    shortlists.router, tables.router, front.router,
)  # fmt: skip
