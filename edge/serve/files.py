"""LibreTranslate's API for files."""

from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Request, UploadFile
from pydantic import BaseModel
from starlette.responses import FileResponse

from edge.serve.deadline import within
from edge.serve.errors import ERRORS, ErrorBody
from edge.serve.file_store import FileStore
from edge.serve.file_translation import FileTranslation
from edge.serve.journal import note
from edge.serve.keys import Keys
from edge.serve.refusal import Refusal
from edge.serve.service import AUTO, Service

TRANSLATE_FILE = "/translate_file"
# Of a file's name, in characters.
_LONGEST = 100


class TranslatedFile(BaseModel):
    """Where the translation can be fetched, for a limited time."""

    translatedFileUrl: str


def routes(service: Service, keys: Keys) -> APIRouter:
    """`/translate_file` and `/download_file/NAME`."""
    router = APIRouter(tags=["LibreTranslate"])
    files, store = FileTranslation(service), FileStore(service.limits.file_keep)

    @router.post(TRANSLATE_FILE, responses=ERRORS)
    async def translate_file(
        request: Request,
        file: Annotated[UploadFile, File(description="the suffix of its name says of which format it is")],
        source: Annotated[str, Form(description="language code, or auto where the languages can be told apart")],
        target: Annotated[str, Form(description="language code")],
        api_key: Annotated[str, Form(description="instead of the header Authorization")] = "",
    ) -> TranslatedFile:
        """Translates a file into another one of its format."""
        key = keys.check(request, api_key)
        source, target = service.spelled(source), service.spelled(target)
        if source != AUTO:
            # Before the file is read.
            service.path(source, target)
        name = _name(file.filename or "")
        languages = {"source": service.loggable(source), "target": service.loggable(target)}
        async with within(service.limits.file_seconds):
            document = await files.read(name, await file.read())
            keys.check_characters(key, document.texts)
            note(request, document.texts, **languages, format=PurePath(name).suffix.lower())
            written = await files.translate(document, source, target)
        stem, suffix = PurePath(name).stem, PurePath(name).suffix
        stored = await store.put(f"{stem}_{target}{suffix}", written)
        return TranslatedFile(translatedFileUrl=str(request.url_for("download_file", name=quote(stored, safe=""))))

    missing = {"model": ErrorBody, "description": "There is no such file, or no more"}

    @router.get("/download_file/{name}", response_class=FileResponse, responses={404: missing})
    async def download_file(name: str) -> FileResponse:
        """Returns a file that was translated; its name cannot be guessed, so it needs no key."""
        found = store.find(name)
        if found is None:
            raise Refusal(404, "there is no such file, or no more: translate it again")
        return FileResponse(found.path, filename=found.name, media_type="application/octet-stream")

    return router


def _name(told: str) -> str:
    """The last part of a file's name as a client tells it, without what names of files cannot have."""
    name = PurePath(told.replace("\\", "/")).name
    path = PurePath("".join(character for character in name if character.isprintable()))
    return f"{path.stem[:_LONGEST]}{path.suffix[:_LONGEST]}"
