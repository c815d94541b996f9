"""Token IDs of the JavaScript tokenizer beside those of the SentencePiece library."""

import io
import random
import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sentencepiece

from edge import UserError
from edge.tokenizer import BOS, EOS, PAD, UNK, Tokenizer

TEXT = [
    "the cat sat on the mat, and the dog ate the cat's dinner.",
    "El perro no sabe qué hora es; mañana será otro día, ¿verdad?",
    "Der große Hund läßt den Ball über die Straße rollen: 1234 Meter!",
    "Я не знаю, який сьогодні день; їжак спить під ґанком.",
    "今天的天气很好。我们去公园吧！",
    "ぼくはネコがすきです。カタカナ ﾊﾝｶｸ",
    "나는 오늘 학교에 갔다.",
    "القط جلس على السجادة، والكلب نام.",
    "बिल्ली चटाई पर बैठी है।",
    "cafe\u0301 ﬁancé №5 ½ ① ＡＢＣ x² \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "000 000 !!! ... aaaa aaaa abab abab",
] * 4
CONTROL = {"pad_id": PAD, "unk_id": UNK, "bos_id": BOS, "eos_id": EOS}
KINDS = {"unigram": 320, "bpe": 320, "word": 120, "char": 300}

# Options of the trainer beside the kind of model.
OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "lower case": {"normalization_rule_name": "nmt_nfkc_cf"},
    "identity": {"normalization_rule_name": "identity"},
    "spaces kept": {"remove_extra_whitespaces": False, "normalization_rule_name": "nfkc"},
    "no space before": {"add_dummy_prefix": False},
    "no space before, spaces kept": {"add_dummy_prefix": False, "remove_extra_whitespaces": False},
    "tokens of several words": {"split_by_whitespace": False, "split_by_unicode_script": False},
    "bytes": {"byte_fallback": True, "character_coverage": 0.98},
    "rare characters": {"character_coverage": 0.98},
    "user-defined tokens": {"user_defined_symbols": ["cat", "ca", "<sep>", "\U0001f468\u200d\U0001f469", "a b", "▁"]},
    "features": {"control_symbols": ["\tV", "\tPST", "\t\tV", "\tV;"]},
}

ODD = [
    "",
    " ",
    "  \t ",
    "\u3000",
    "\x00",
    "a\x00b",
    "\x1c\x1d \x85 \xa0 \u200b\ufeff",
    "\ufeffthe cat",
    "\ufffd \ufffe \uffff",
    "the  cat   sat ",
    " the cat",
    "\nthe\r\ncat\t",
    "▁the▁cat▁",
    "▁▁ ▁",
    "<unk> <s> </s> <pad> <0x41> <0xE2>",
    "<s>",
    "e\u0301\u0301\u0323 e\u0323\u0301 \u0301e",
    "\u1100\u1161\u11a8 가\u11a8",
    "ﷺ ㍿ ﬃ ǆ ŉ",
    "catcat cacat ca b a b a bcat <sep><sep >",
    "0000000 000!!!!! ......",
    "the cat\tV;PST\tV",
    "the cat\t V ; ;nothing\t\t\n",
    "\tV",
    "\ud800",
    "a\udc80b",
    "cat \ud83d cat",
    "\U0010ffff\U0001f600\U0001f1ea\U0001f1f8",
    "x" * 3000,
    "the cat sat " * 300,
]


def every_code_point() -> list[str]:
    """Strings of 34 code points, which have all of them but surrogates, in order, and each one among letters."""
    points = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    return ["".join(points[start : start + 34]) for start in range(0, len(points), 34)]


def mixtures(count: int, seed: int) -> list[str]:
    """Random strings of words, letters of the text, white space, marks and any characters."""
    draw = random.Random(seed)
    letters = sorted(set("".join(TEXT)))
    words = " ".join(TEXT).split()
    odd = [*" \t\n\u3000▁\u200b\x01\u0301\u0323\ufb01\uff21\u2460\xbd", "  ", "<s>", "cat", "ca"]
    kinds: list[Callable[[], str]] = [
        lambda: draw.choice(words),
        lambda: draw.choice(letters),
        lambda: draw.choice(odd),
        lambda: chr(draw.choice([draw.randrange(0x250), draw.randrange(0xE000, 0x110000), draw.randrange(0xD800)])),
    ]
    return [
        "".join(draw.choices(kinds, [4, 4, 2, 1])[0]() + draw.choice(["", "", " "]) for _ in range(draw.randrange(30)))
        for _ in range(count)
    ]


def train(folder: Path, kind: str, **options: Any) -> Path:
    """Trains a SentencePiece model, without any code of ours."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT),
        model_writer=model,
        model_type=kind,
        vocab_size=KINDS[kind] + 256 * ("byte_fallback" in options),
        hard_vocab_limit=False,
        minloglevel=2,
        **{"character_coverage": 1.0, **CONTROL, **options},
    )
    path = folder / f"{kind}.model"
    path.write_bytes(model.getvalue())
    return path


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def same(node: Callable[..., Any], path: Path, texts: Sequence[str]) -> None:
    """Compares IDs, surfaces, truncated IDs and decoded text with those of Python."""
    tokenizer = Tokenizer(path)
    ids = [tokenizer.encode(text) for text in texts]
    found = node("tokenize.mjs", model=str(path), texts=texts, ids=ids)
    assert found["length"] == len(tokenizer)
    assert found["tokens"] == tokenizer.tokens(range(len(tokenizer)))
    different = [text for text, own, other in zip(texts, ids, found["ids"], strict=True) if own != other]
    assert not different, f"{len(different)} of {len(texts)}: {different[:3]!a}"
    assert found["surfaces"] == [tokenizer.surfaces(text) for text in texts]
    assert found["cut"] == [tokenizer.cut(text, own, 8) for text, own in zip(texts, ids, strict=True)]
    assert found["texts"] == [tokenizer.decode(own) for own in ids]


@pytest.mark.parametrize("options", OPTIONS)
def test_odd_and_random_strings(node, tmp_path, kind, options):
    if kind == "word" and "user_defined_symbols" in OPTIONS[options]:
        pytest.skip("SentencePiece splits words at spaces only")
    path = train(tmp_path, kind, **OPTIONS[options])
    texts = [*ODD, *TEXT, *mixtures(1000, seed=len(options))]
    if kind == "unigram" and "user_defined_symbols" in OPTIONS[options]:
        # SentencePiece breaks ties behind a user-defined token in a way of its own: `!!!` is `! !!` or `!! !`.
        texts = [text for text in texts if not re.search(r"([!.0a])\1|(ab){2}", unicodedata.normalize("NFKC", text))]
        assert len(texts) > 500
    same(node, path, texts)


def test_strings_that_have_every_code_point(node, tmp_path, kind):
    same(node, train(tmp_path, kind), every_code_point())


def test_every_code_point_alone_and_behind_letters(node, tmp_path):
    points = [chr(point) for point in range(0x3400) if not 0xD800 <= point <= 0xDFFF]
    texts = [text for point in points for text in (point, f"cat{point}e {point}")]
    same(node, train(tmp_path, "unigram", normalization_rule_name="nmt_nfkc_cf"), texts)


def test_decomposed_letters(node, tmp_path, kind):
    """Rules of the text's own: NFD of what is read, NFC of what is written."""
    rules = {}
    for name, form in (("normalization", "NFD"), ("denormalization", "NFC")):
        pairs = {letter: unicodedata.normalize("NFD", letter) for letter in "éñüäößйїаґकख़ñ"}
        pairs = {one: two for one, two in pairs.items() if one != two}
        pairs = pairs if form == "NFD" else {two: one for one, two in pairs.items()}
        table = "".join(
            f"{' '.join(f'{ord(each):X}' for each in one)}\t{' '.join(f'{ord(each):X}' for each in two)}\n"
            for one, two in sorted(pairs.items())
        )
        file = tmp_path / f"{name}.tsv"
        file.write_text(table)
        rules[f"{name}_rule_tsv"] = str(file)
    same(node, train(tmp_path, kind, **rules), [*ODD, *TEXT, *mixtures(300, seed=1)])


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_unused_tokens(node, tmp_path, kind):
    """They keep their ID, and no text has them: as `keras_s2s.tokenizer` makes a unigram model without ties."""
    protocol = pytest.importorskip("sentencepiece.sentencepiece_model_pb2")
    path = train(tmp_path, kind)
    proto = protocol.ModelProto()
    proto.ParseFromString(path.read_bytes())
    for piece in list(proto.pieces)[5::7]:
        piece.type = proto.SentencePiece.UNUSED
    path.write_bytes(proto.SerializeToString())
    same(node, path, [*TEXT, *mixtures(500, seed=2)])


def test_any_ids_decode_alike(node, tmp_path):
    """Also bytes that are no character, and control tokens in the middle."""
    for options in ({}, {"remove_extra_whitespaces": False}, {"add_dummy_prefix": False}):
        path = train(tmp_path, "unigram", byte_fallback=True, character_coverage=0.98, **options)
        tokenizer, draw = Tokenizer(path), random.Random(3)
        ids = [[draw.randrange(draw.choice([8, 260, len(tokenizer)])) for _ in range(12)] for _ in range(500)]
        found = node("tokenize.mjs", model=str(path), ids=ids)
        assert found["texts"] == [tokenizer.decode(each) for each in ids]


@pytest.mark.parametrize("data", [b"", b"x", b"not a model\n" * 99, bytes(100), b"\xff" * 100])
def test_a_file_that_is_no_model(node, tmp_path, data):
    path = tmp_path / "x.model"
    path.write_bytes(data)
    message = node("tokenize.mjs", model=str(path))["error"]
    assert message.startswith(f"{path}: cannot be read as a SentencePiece model (") and "\n" not in message


def test_control_tokens_elsewhere_are_refused(node, tmp_path):
    path = train(tmp_path, "unigram", pad_id=-1, unk_id=0, bos_id=1, eos_id=2)
    with pytest.raises(UserError) as caught:
        Tokenizer(path)
    assert node("tokenize.mjs", model=str(path))["error"] == str(caught.value)
