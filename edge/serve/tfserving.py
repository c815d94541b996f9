"""TF Serving's REST shapes: a client of the SavedModel can be pointed here, and back."""

import base64
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel
from starlette.convertors import Convertor, register_url_convertor

from edge.serve.body import JSON, json_object, openapi_body, validated
from edge.serve.directions import Direction
from edge.serve.journal import note
from edge.serve.keys import Keys
from edge.serve.predictions import OUTPUTS, SIGNATURES, outputs, signature
from edge.serve.refusal import Refusal
from edge.serve.reply import ERRORS, ErrorBody, json_reply
from edge.serve.service import Service

_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_VERSION = "1"


class PredictBody(BaseModel):
    """What to predict: `instances`, each a text or `{"text": TEXT}`; or `inputs`, texts or `{"text": TEXTS}`."""

    signature_name: str = "serving_default"
    instances: list[Any] = []
    inputs: Any = None


class _Name(Convertor[str]):
    """A model's name in a path, up to what TF Serving puts behind a colon."""

    regex = "[^/:]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("model", _Name())


def routes(service: Service, keys: Keys) -> APIRouter:
    """`/v1/models/NAME`, `/v1/models/NAME/metadata` and `/v1/models/NAME:predict`."""
    router = APIRouter(tags=["TF Serving"])
    models = Path(json_schema_extra={"enum": [*service.directions.by_name]})
    unknown = {404: {"model": ErrorBody, "description": "There is no such model"}}

    def find(name: str) -> Direction:
        known = service.directions.by_name
        if name not in known:
            raise Refusal(404, f"no such model; there is {', '.join(known)}")
        return known[name]

    @router.get("/v1/models/{name:model}", responses=unknown)
    async def status(name: Annotated[str, models]) -> dict:
        """Says that a model is there."""
        find(name)
        state = {"version": _VERSION, "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
        return {"model_version_status": [state]}

    @router.get("/v1/models/{name:model}/metadata", responses=unknown)
    async def metadata(name: Annotated[str, models]) -> dict:
        """Says what goes into a model's signatures and comes out."""
        longest = find(name).components.max_target_length
        signatures = {key: signature(key, options, longest) for key, options in SIGNATURES.items()}
        return {
            "model_spec": {"name": name, "signature_name": "", "version": _VERSION},
            "metadata": {"signature_def": {"signature_def": signatures}},
        }

    @router.post(
        "/v1/models/{name:model}:predict",
        responses={200: {"content": {"application/json": {}}}, **unknown, **ERRORS},
        response_model=None,
        openapi_extra=openapi_body(_describe_body(service), JSON),
    )
    async def predict(name: Annotated[str, models], request: Request) -> Response:
        """Translates texts, each as one sentence if the model can read it whole."""
        keys.check(request)
        direction = find(name)
        # Whatever the content type: TF Serving does not ask, and its examples are curl's, which calls it a form.
        asked = validated(PredictBody, json_object(await request.body()), strict=True)
        if asked.signature_name not in SIGNATURES:
            raise Refusal(400, f"signature_name: is not {' or '.join(SIGNATURES)}")
        by_row = "instances" in asked.model_fields_set
        if by_row == ("inputs" in asked.model_fields_set):
            raise Refusal(400, "body: needs either instances or inputs")
        texts = _instances(asked.instances) if by_row else _inputs(asked.inputs)
        service.check(texts)
        note(request, texts, source=direction.source, target=direction.target)
        options = SIGNATURES[asked.signature_name]
        found = await service.n_best(texts, direction, options)
        components = direction.components
        # Of a text that was translated in segments there may be more.
        longest = max([components.max_target_length, *(len(each.target_pieces) for every in found for each in every)])
        rows = [outputs(translations, components.target, longest, options) for translations in found]
        if by_row:
            return json_reply({"predictions": rows})
        return json_reply({"outputs": {name: [row[name] for row in rows] for name in OUTPUTS}})

    return router


def _instances(instances: list[Any]) -> list[str]:
    return _texts(value.get("text") if isinstance(value, dict) and "text" in value else value for value in instances)


def _inputs(inputs: Any) -> list[str]:
    texts = inputs.get("text") if isinstance(inputs, dict) else inputs
    if not isinstance(texts, list):
        raise Refusal(400, "inputs: are not a list of texts")
    return _texts(texts)


def _texts(values: Iterable[Any]) -> list[str]:
    """Texts, or `{"b64": TEXT}` each, as TF Serving takes them."""
    texts = []
    for value in values:
        if isinstance(value, dict) and [*value] == ["b64"] and isinstance(value["b64"], str):
            try:
                value = base64.b64decode(value["b64"], validate=True).decode("utf-8", "replace")
            except ValueError as error:
                raise Refusal(400, "b64: is not base 64") from error
        if not isinstance(value, str):
            raise Refusal(400, "instances and inputs: are not all texts")
        texts.append(value)
    return texts


def _describe_body(service: Service) -> dict[str, Any]:
    """What `:predict` takes, for OpenAPI."""
    base64_text = {"type": "object", "properties": {"b64": {"type": "string", "pattern": _BASE64}}, "required": ["b64"]}
    base64_text["additionalProperties"] = False
    text = {"anyOf": [{"type": "string", "maxLength": service.limits.characters}, base64_text]}
    texts = {"type": "array", "items": text, "maxItems": service.limits.items}

    def named(value: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "properties": {"text": value}, "required": ["text"]}

    instances = {**texts, "items": {"anyOf": [*text["anyOf"], named(text)]}}
    inputs = {"anyOf": [texts, named(texts)]}
    signature = {"type": "string", "enum": [*SIGNATURES], "default": "serving_default"}
    return {
        "type": "object",
        "properties": {"signature_name": signature, "instances": instances, "inputs": inputs},
        "oneOf": [{"required": ["instances"]}, {"required": ["inputs"]}],
    }
