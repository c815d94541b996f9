"""All of the server but its socket."""

from collections.abc import Sequence

from fastapi import FastAPI, Response
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from edge.serve import deepl, files, libretranslate, openai, page, streaming, suggestions, tfserving
from edge.serve.bounds import BoundBody
from edge.serve.errors import TRANSCRIPTIONS, add_handlers
from edge.serve.journal import Journal
from edge.serve.keys import Keys
from edge.serve.metrics import Metrics
from edge.serve.openapi import describe
from edge.serve.service import Service
from edge.serve.transcription import Transcription

_DESCRIPTION = (
    "Translates and transcribes with bundles of keras_s2s: LibreTranslate's API, DeepL's API, the TensorFlow "
    "Serving REST API, OpenAI's API for transcription, and a page."
)


def create_app(
    service: Service,
    transcription: Transcription,
    keys: Keys,
    metrics: Metrics,
    origins: Sequence[str] = (),
    log_text: bool = False,
    suggested: suggestions.Suggestions | None = None,
) -> ASGIApp:
    """Puts a server together.

    Args:
        service: translates, if it has a direction.
        transcription: transcribes, if it has a recognizer.
        keys: API keys.
        metrics: where requests are counted.
        origins: other sites whose pages may call this server; none if not given, `*` for all.
        log_text: whether the log has the users' texts.
        suggested: where suggestions are stored; None to refuse them.
    """
    # The interactive documentation would load scripts from elsewhere.
    app = FastAPI(title="keras_s2s", description=_DESCRIPTION, version="1", docs_url=None, redoc_url=None)
    app.state.log_text = log_text
    routers = [openai.routes(service, transcription, keys), page.routes(service, transcription, keys)]
    if service.directions.by_name:
        routers += [
            libretranslate.routes(service, keys, suggested is not None),
            suggestions.routes(service, keys, suggested),
            *(interface.routes(service, keys) for interface in (deepl, files, streaming, tfserving)),
        ]
    for router in routers:
        # Not as routers within a router: they are looked through for the methods of a path.
        app.router.routes.extend(router.routes)
    page.mount(app)

    @app.get("/health", tags=["Operation"])
    @app.get("/healthz", tags=["Operation"])
    async def health() -> dict[str, str]:
        """Says that the server is there."""
        return {"status": "ok"}

    @app.get("/metrics", tags=["Operation"], response_model=None, responses={200: {"content": {"text/plain": {}}}})
    async def numbers() -> Response:
        """What has been counted, for Prometheus."""
        return Response(metrics.text(), media_type=metrics.content_type)

    add_handlers(app)
    describe(app, service, transcription)
    for route in app.routes:
        # As Starlette's own routes have it, and after the document was made, which would list everything twice.
        if isinstance(route, APIRoute) and route.methods and "GET" in route.methods:
            route.methods.add("HEAD")
    if origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=["GET", "POST"], allow_headers=["*"], max_age=3600
        )
    uploads = {}
    if transcription.recognizers.by_name:
        uploads[TRANSCRIPTIONS] = service.limits.audio_upload
    if service.directions.by_name:
        uploads[files.TRANSLATE_FILE] = service.limits.file_upload
    return Journal(BoundBody(app, service.limits, uploads), metrics.request)
