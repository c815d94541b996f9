"""What a flatbuffer is made of."""

from keras_s2s.export.schema import builtin, schema, unpack


def operators(flatbuffer: bytes) -> list[str]:
    """Lists the operators of a flatbuffer as `NAME:VERSION`, sorted.

    Custom operators, of which those that need TensorFlow begin with `Flex`, are listed as `CUSTOM NAME:VERSION`.
    """
    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
    listed = set()
    for code in unpack(flatbuffer).operatorCodes:
        custom = f" {code.customCode.decode()}" if code.customCode else ""
        listed.add(f"{names[builtin(code)]}{custom}:{code.version}")
    return sorted(listed)
