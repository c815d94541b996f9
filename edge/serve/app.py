"""All of the server but its socket."""

from collections.abc import Sequence

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp

from edge.serve import libretranslate, page, streaming, tfserving
from edge.serve.guard import Guard
from edge.serve.journal import Journal
from edge.serve.keys import Keys
from edge.serve.metrics import Metrics
from edge.serve.refusal import Refusal
from edge.serve.reply import error_reply
from edge.serve.service import Service

_DESCRIPTION = "Translates with bundles of keras_s2s: LibreTranslate's API, TF Serving's REST shapes, and a page."


def create_app(
    service: Service, keys: Keys, metrics: Metrics, origins: Sequence[str] = (), log_text: bool = False
) -> ASGIApp:
    """Puts a server together.

    Args:
        service: translates.
        keys: who may.
        metrics: where requests are counted.
        origins: other sites whose pages may call this server; none if not given, `*` for all.
        log_text: whether the log has the users' texts.
    """
    # The interactive documentation would load scripts from elsewhere.
    app = FastAPI(title="keras_s2s", description=_DESCRIPTION, version="1", docs_url=None, redoc_url=None)
    app.state.log_text = log_text
    for interface in (libretranslate, streaming, tfserving, page):
        # Not as routers within a router: they are looked through for the methods of a path below.
        app.router.routes.extend(interface.routes(service, keys).routes)
    page.mount(app)

    @app.get("/healthz", tags=["Operation"])
    async def health() -> dict[str, str]:
        """Says that the server is there."""
        return {"status": "ok"}

    @app.get("/metrics", tags=["Operation"], response_model=None, responses={200: {"content": {"text/plain": {}}}})
    async def numbers() -> Response:
        """What has been counted, for Prometheus."""
        return Response(metrics.text(), media_type=metrics.content_type)

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        return error_reply(refusal.status, refusal.message, refusal.headers)

    @app.exception_handler(HTTPException)
    async def failed(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            # A path's routes know only their own methods.
            routes = [
                route for route in app.routes if isinstance(route, Route) and route.path_regex.match(request.url.path)
            ]
            headers["Allow"] = ", ".join(sorted(set().union(*(route.methods for route in routes))))
        return error_reply(error.status_code, error.detail.lower(), headers)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        return error_reply(500, "internal error")

    if origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=["GET", "POST"], allow_headers=["*"], max_age=3600
        )
    return Journal(Guard(app, service.limits), metrics.request)
