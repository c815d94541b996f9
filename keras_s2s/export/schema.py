"""A flatbuffer as objects: the one place that uses TensorFlow's unlisted flatbuffer schema."""

import flatbuffers
from tensorflow.lite.python import schema_py_generated as schema

__all__ = ["builtin", "pack", "schema", "unpack"]


def unpack(flatbuffer: bytes) -> schema.ModelT:
    """The objects of a flatbuffer."""
    return schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(flatbuffer, 0))


def pack(model: schema.ModelT) -> bytes:
    """The flatbuffer of objects."""
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def builtin(code: schema.OperatorCodeT) -> int:
    """Which `schema.BuiltinOperator` an operator code is."""
    # Codes past 127 do not fit the old one-byte field: it then holds 127, and the new field is the larger.
    return max(code.builtinCode, code.deprecatedBuiltinCode)
