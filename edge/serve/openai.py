"""OpenAI's API for transcription: clients made for it work unchanged."""

import zlib
from typing import Annotated, Any, Literal, LiteralString

from fastapi import APIRouter, File, Form, Request, UploadFile
from pydantic import AfterValidator, BaseModel
from pydantic_core import PydanticCustomError
from starlette.responses import PlainTextResponse

from edge.serve.directions import Direction
from edge.serve.errors import MODELS, SPEECH_ERRORS, TRANSCRIPTIONS
from edge.serve.journal import note
from edge.serve.keys import Keys
from edge.serve.languages import language_name, plain_code
from edge.serve.recognizers import ServedRecognizer
from edge.serve.refusal import Refusal
from edge.serve.service import Service
from edge.serve.transcription import Transcribed, Transcription
from edge.subtitles import subtitles, web_subtitles
from edge.transcript import Segment

_DESCRIPTION = """Transcribes an audio file of a language that the model knows.

`response_format` says how: `json`, `text`, `srt`, `vtt`, or `verbose_json` with segments, and with words where
`timestamp_granularities[]` has `word`. `prompt` is accepted and has no effect.
"""


class Model(BaseModel):
    """A model that is served."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: Literal["keras_s2s"] = "keras_s2s"


class Models(BaseModel):
    """All models that are served."""

    object: Literal["list"] = "list"
    data: list[Model]


class SpokenText(BaseModel):
    """A transcript."""

    text: str


class TimedWord(BaseModel):
    """A word with its times in seconds."""

    word: str
    start: float
    end: float


class TimedSegment(BaseModel):
    """A phrase with its times in seconds. `no_speech_prob` is 0: what has no speech is not transcribed."""

    id: int
    seek: int
    start: float
    end: float
    text: str
    tokens: list[int]
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float


class VerboseText(BaseModel):
    """A transcript with times."""

    task: Literal["transcribe"] = "transcribe"
    language: str
    duration: float
    text: str
    segments: list[TimedSegment]
    words: list[TimedWord] | None = None


def _refuse(reason: LiteralString) -> Any:
    """A flag that asks for what there is not."""

    def check(value: bool) -> bool:
        if value:
            raise PydanticCustomError("unavailable", reason)
        return value

    return AfterValidator(check)


def routes(service: Service, transcription: Transcription, keys: Keys) -> APIRouter:
    """`/v1/models`, and `/v1/audio/transcriptions` where there is a speech bundle."""
    router = APIRouter(tags=["OpenAI"])
    recognizers = transcription.recognizers
    served: dict[str, Direction | ServedRecognizer] = {**service.directions.by_name, **recognizers.by_name}
    created = {name: int(model.bundle.model.stat().st_mtime) for name, model in served.items()}

    @router.get(MODELS)
    async def models() -> Models:
        """The bundles of this server."""
        return Models(data=[Model(id=name, created=when) for name, when in created.items()])

    if not recognizers.by_name:
        return router

    @router.post(
        TRANSCRIPTIONS,
        description=_DESCRIPTION,
        responses={200: {"content": {"text/plain": {}}}, **SPEECH_ERRORS},
        response_model=SpokenText | VerboseText,
        response_model_exclude_none=True,
    )
    async def transcribe(
        request: Request,
        file: Annotated[UploadFile, File(description="WAV; with the extra `audio` also FLAC, Ogg and MP3")],
        model: Annotated[str, Form(description="its name; anything where there is only one")] = "",
        response_format: Annotated[Literal["json", "text", "srt", "vtt", "verbose_json"], Form()] = "json",
        language: Annotated[str, Form(description="of the speech; the model's, if given")] = "",
        prompt: Annotated[str, Form(description="has no effect")] = "",
        temperature: Annotated[float, Form(ge=0, le=1, description="above 0: random sampling")] = 0.0,
        granularities: Annotated[
            list[Literal["word", "segment"]], Form(alias="timestamp_granularities[]", description="of verbose_json")
        ] = [],  # noqa: B006  # FastAPI copies it.
        stream: Annotated[bool, Form(), _refuse("Is not available")] = False,
        api_key: Annotated[str, Form(description="instead of the header Authorization")] = "",
    ) -> Any:
        keys.check(request, api_key)
        used = recognizers.find(model)
        _check_language(used, language)
        found = await transcription.transcribe(await file.read(), used, temperature)
        note(request, [found.transcript.text], model=used.name, seconds=round(found.seconds, 2))
        segments = found.transcript.segments
        match response_format:
            case "json":
                return SpokenText(text=found.transcript.text)
            case "verbose_json":
                return _verbose(found, used, temperature, "word" in granularities)
            case "text":
                return PlainTextResponse(f"{found.transcript.text}\n")
            case "srt":
                return PlainTextResponse("".join(subtitles(segments)))
            case "vtt":
                return PlainTextResponse("".join(web_subtitles(segments)))

    return router


def _check_language(served: ServedRecognizer, language: str) -> None:
    """Refuses a language that the model does not know, if it says which it knows: `en-GB` and `en` are one."""
    known = served.source
    if language and known and _main(language) != _main(known):
        raise Refusal(400, f"language: {language[:20]!r} is not what {served.name} transcribes, which is {known}")


def _main(code: str) -> str:
    return plain_code(code).partition("-")[0]


def _verbose(found: Transcribed, served: ServedRecognizer, temperature: float, has_words: bool) -> VerboseText:
    transcript = found.transcript
    words = [TimedWord(word=word.text, start=_second(word.start), end=_second(word.end)) for word in transcript.words]
    target = served.recognizer.components.target
    return VerboseText(
        # As OpenAI has it: a name in small letters.
        language=language_name(served.source or "").lower(),
        duration=_second(found.seconds),
        text=transcript.text,
        segments=[
            _segment(place, segment, target.encode(segment.text)[:-1], temperature)
            for place, segment in enumerate(transcript.segments)
        ],
        words=words if has_words else None,
    )


def _segment(place: int, segment: Segment, tokens: list[int], temperature: float) -> TimedSegment:
    text = segment.text.encode()
    scores = segment.token_scores
    return TimedSegment(
        id=place,
        seek=0,
        start=_second(segment.start),
        end=_second(segment.end),
        text=segment.text,
        tokens=tokens,
        temperature=temperature,
        avg_logprob=round(sum(scores) / max(1, len(scores)), 4),
        compression_ratio=round(len(text) / len(zlib.compress(text)), 4),
        no_speech_prob=0.0,
    )


def _second(seconds: float) -> float:
    return round(seconds, 3)
