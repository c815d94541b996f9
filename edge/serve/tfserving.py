"""The TensorFlow Serving REST API: a client of the SavedModel can be pointed here, and back."""

import base64
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError
from starlette.convertors import StringConvertor, register_url_convertor

from edge.serve.body import Body, JsonRoute, Text
from edge.serve.directions import Direction
from edge.serve.errors import ERRORS, ErrorBody
from edge.serve.journal import note
from edge.serve.keys import Keys
from edge.serve.predictions import OUTPUTS, SIGNATURES, outputs, signature
from edge.serve.refusal import Refusal
from edge.serve.service import Service

_INPUT, _VERSION = "text", "1"
_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


_TEXT = {"anyOf": [{"type": "string"}, _object(b64={"type": "string", "pattern": _BASE64})]}
_TEXTS = {"type": "array", "items": _TEXT}


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(repr(key[:40]) for key in [*keys][:3]) or "nothing"


def _unnamed(value: Any) -> Any:
    """What an object has for the signature's only input; all else is what it is."""
    if not isinstance(value, dict):
        return value
    if [*value] != [_INPUT]:
        wrong = f"Has {{keys}}, but the signature's input is '{_INPUT}'"
        raise PydanticCustomError("inputs", wrong, {"keys": _listed(value)})
    return value[_INPUT]


def _decoded(value: Any) -> Any:
    """The text that an object has in base 64; all else is what it is."""
    if not isinstance(value, dict) or [*value] != ["b64"]:
        return value
    try:
        return base64.b64decode(value["b64"], validate=True).decode("utf-8", "replace")
    except (TypeError, ValueError) as error:
        raise PydanticCustomError("base64", "Is not base 64") from error


def _instance(value: Any) -> Any:
    text = _decoded(value)
    return text if isinstance(text, str) else _decoded(_unnamed(text))


Instance = Annotated[
    Text, BeforeValidator(_instance), WithJsonSchema({"anyOf": [*_TEXT["anyOf"], _object(text=_TEXT)]})
]
Inputs = Annotated[
    list[Annotated[Text, BeforeValidator(_decoded)]],
    BeforeValidator(_unnamed),
    WithJsonSchema({"anyOf": [_TEXTS, _object(text=_TEXTS)]}),
]


class PredictBody(Body):
    """What to predict: `instances`, each a text or `{"text": TEXT}`; or `inputs`, texts or `{"text": TEXTS}`."""

    # Whatever else there is is named where these are not.
    model_config = ConfigDict(
        extra="allow", json_schema_extra={"oneOf": [{"required": ["instances"]}, {"required": ["inputs"]}]}
    )

    signature_name: Literal["serving_default", "beam"] = "serving_default"
    instances: list[Instance] = Field([])
    inputs: Inputs = Field([])

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set & {"instances", "inputs"}) != 1:
            keys = _listed(sorted(self.model_fields_set))
            raise PydanticCustomError("either", "Needs either instances or inputs, but has {keys}", {"keys": keys})
        return self


class _Name(StringConvertor):
    """A name in a path, up to what TF Serving puts behind a colon."""

    regex = "[^/:]+"


register_url_convertor("model", _Name())


async def _check_version(name: str, version: Annotated[str, Path()]) -> None:
    if version != _VERSION:
        raise Refusal(404, f"Could not find version {version[:20]} of model {name}; there is version {_VERSION}")


async def _check_label(label: Annotated[str, Path()]) -> None:
    raise Refusal(
        404, f"Unrecognized servable version label: {label[:20]}; there is version {_VERSION}, without a label"
    )


def routes(service: Service, keys: Keys) -> APIRouter:
    """`/v1/models/NAME`, `/metadata` and `:predict` of it, and the same of its version."""
    router = APIRouter()
    known = service.directions.by_name

    async def find(name: Annotated[str, Path(json_schema_extra={"enum": [*known]})]) -> Direction:
        if name not in known:
            raise Refusal(404, f"no such model; there is {', '.join(known)}")
        return known[name]

    async def allow(request: Request) -> str:
        return keys.check(request)

    Found = Annotated[Direction, Depends(find)]
    Key = Annotated[str, Depends(allow)]

    async def status(direction: Found) -> dict:
        """Says that a model is there."""
        state = {"version": _VERSION, "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
        return {"model_version_status": [state]}

    async def metadata(direction: Found) -> dict:
        """Says what goes into a model's signatures and comes out."""
        longest = direction.components.max_target_length
        signatures = {key: signature(key, options, longest) for key, options in SIGNATURES.items()}
        return {
            "model_spec": {"name": direction.name, "signature_name": "", "version": _VERSION},
            "metadata": {"signature_def": {"signature_def": signatures}},
        }

    async def predict(request: Request, direction: Found, key: Key, asked: PredictBody) -> dict:
        """Translates texts, each as one sentence if the model can read it whole."""
        texts = asked.instances or asked.inputs
        service.check(texts)
        keys.check_characters(key, texts)
        note(request, texts, source=direction.source, target=direction.target)
        options = SIGNATURES[asked.signature_name]
        found = await service.n_best(texts, direction, options)
        components = direction.components
        # Of a text that was translated in segments there may be more.
        longest = max([components.max_target_length, *(len(each.target_tokens) for every in found for each in every)])
        rows = [outputs(translations, components.target, longest, options) for translations in found]
        if "instances" in asked.model_fields_set:
            return {"predictions": rows}
        return {"outputs": {name: [row[name] for row in rows] for name in OUTPUTS}}

    for suffix, checks, listed in (
        ("", [], True),
        ("/versions/{version:model}", [Depends(_check_version)], True),
        ("/labels/{label:model}", [Depends(_check_label)], False),
    ):
        model = APIRouter(
            prefix="/v1/models/{name:model}" + suffix,
            tags=["TF Serving"],
            route_class=JsonRoute,
            dependencies=checks,
            responses={404: {"model": ErrorBody, "description": "There is no such model, or no such version of it"}},
            include_in_schema=listed,
        )
        model.add_api_route("", status)
        model.add_api_route("/metadata", metadata)
        model.add_api_route(":predict", predict, methods=["POST"], responses=ERRORS, dependencies=[Depends(allow)])
        router.routes.extend(model.routes)
    return router
