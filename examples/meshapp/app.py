"""The web application: its health and its projects."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from meshapp.database import reason_of
from meshapp.models import Base, Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from werkzeug.routing import MapAdapter

GREATEST_ID = 2**63 - 1
ROUTES = Map(
    [
        Rule("/api/health", endpoint="health", methods=["GET"]),
        Rule(f"/api/projects/<int(max={GREATEST_ID}):project_id>", endpoint="project", methods=["GET"]),
    ]
)
# TimeoutError and a refused socket come through SQLAlchemy as they are.
DATABASE_ERRORS = (DBAPIError, OSError)


def create_app(engine: Engine) -> Callable[..., Any]:
    """Return the WSGI application that serves the database behind `engine`.

    `GET /api/health` reads every model once: 200, or 503 with the reason.
    `GET /api/projects/{id}` answers the project with its mesh results: 200, 404, or 500 with the reason.
    """

    @Request.application
    def app(request: Request) -> Response:
        try:
            return _dispatch(ROUTES.bind_to_environ(request.environ), engine)
        except HTTPException as refusal:
            return _answer(HTTPStatus(refusal.code or 500), {"error": refusal.name})

    return app


def _dispatch(routes: MapAdapter, engine: Engine) -> Response:
    endpoint, arguments = routes.match()
    if endpoint == "health":
        return _health(engine)
    return _project(engine, arguments["project_id"])


def _health(engine: Engine) -> Response:
    try:
        with Session(engine) as session:
            for mapper in sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__):
                session.scalars(select(mapper.class_).limit(1)).all()
    except DATABASE_ERRORS as error:
        body = {"status": "unhealthy", "reason": reason_of(error)}
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE, body)
    return _answer(HTTPStatus.OK, {"status": "healthy"})


def _project(engine: Engine, project_id: int) -> Response:
    try:
        with Session(engine) as session:
            project = session.get(Project, project_id)
            if project is None:
                return _answer(HTTPStatus.NOT_FOUND, {"error": f"there is no project {project_id}"})
            return _answer(HTTPStatus.OK, project.to_dict(include_results=True))
    except DATABASE_ERRORS as error:
        return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": reason_of(error)})


def _answer(status: HTTPStatus, body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), status=status, mimetype="application/json")
