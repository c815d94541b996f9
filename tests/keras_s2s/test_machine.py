from pathlib import Path

import pytest
import tensorflow as tf

from keras_s2s import machine


@pytest.mark.parametrize(
    "flags, seconds, chosen",
    [
        ("avx512f", {tf.bfloat16: 0.1, tf.float32: 1.0}, "float32"),
        ("avx512f avx512_bf16", {tf.bfloat16: 0.5, tf.float32: 1.0}, "bfloat16"),
        ("avx512f amx_bf16", {tf.bfloat16: 0.1, tf.float32: 1.0}, "bfloat16"),
        # Instructions that are there, and slow.
        ("avx512f avx512_bf16", {tf.bfloat16: 2.0, tf.float32: 1.0}, "float32"),
        ("avx512f avx512_bf16", {tf.bfloat16: 0.95, tf.float32: 1.0}, "float32"),
    ],
)
def test_bfloat16_where_it_is_there_and_fast(monkeypatch, flags, seconds, chosen):
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: f"flags : {flags}\n")
    monkeypatch.setattr(machine, "_seconds", seconds.__getitem__)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: [])
    machine.fast_precision.cache_clear()
    try:
        assert machine.fast_precision() == chosen
    finally:
        machine.fast_precision.cache_clear()


def test_products_are_timed():
    assert 0 < machine._seconds(tf.float32) < 10
