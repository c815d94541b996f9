"""What a flatbuffer is made of: the one place that uses TensorFlow's unlisted flatbuffer schema."""

from tensorflow.lite.python import schema_py_generated as schema


def operators(flatbuffer: bytes) -> list[str]:
    """Lists the operators of a flatbuffer as `NAME:VERSION`, sorted.

    Custom operators, of which those that need TensorFlow begin with `Flex`, are listed as `CUSTOM NAME:VERSION`.
    """
    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(flatbuffer, 0))
    listed = set()
    for code in model.operatorCodes:
        # Codes past 127 do not fit the old one-byte field: it then holds 127, and the new field is the larger.
        name = names[max(code.builtinCode, code.deprecatedBuiltinCode)]
        custom = f" {code.customCode.decode()}" if code.customCode else ""
        listed.add(f"{name}{custom}:{code.version}")
    return sorted(listed)
