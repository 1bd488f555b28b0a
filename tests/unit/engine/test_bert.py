"""BERT features against the recorded vectors, and their own promises."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sbv2cli.engine.bert.features import Features, RowCache, batches, spread
from sbv2cli.engine.bert.loading import load_bert
from sbv2cli.engine.bert.tokenisers import open_tokeniser
from sbv2cli.errors import MachineError
from sbv2cli.records import LineFailure, LineId, Utterance

MODELS = Path(__file__).parents[2] / "golden" / "model" / "dev" / "bert"
JAPANESE = MODELS / "tiny-deberta-v2-japanese-char"
CHINESE = MODELS / "tiny-chinese-roberta"


def load(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def utterance(text: str | None, counts=None, *, language="ja", name="line", **more) -> Utterance:
    counts = tuple([1] * (len(text or "") + 2) if counts is None else counts)
    phones = max(sum(counts), 1)
    ids = np.zeros(phones, dtype=np.int64)
    return Utterance(
        id=LineId(name),
        phones=ids,
        tones=ids,
        languages=ids,
        speaker=0,
        style=np.zeros(256, np.float32),
        length_scale=1.0,
        sdp_ratio=0.2,
        noise_scale=0.6,
        noise_scale_w=0.8,
        seed=0,
        noise_name=name,
        take=1,
        model_text=text,
        phones_per_token=counts,
        text_language=language,
        **more,
    )


@pytest.fixture(scope="module")
def features() -> Features:
    return Features({"ja": JAPANESE, "zh": CHINESE}, load_bert)


def test_every_recorded_case(golden):
    root = golden / "model"
    entries = json.loads((root / "dev" / "index.json").read_text(encoding="utf-8"))
    results = load(golden / "replay_bert.py").replay(root, entries)
    assert len({name for name, *_ in results}) == 11
    assert len(results) == 56
    for name, stage, worst, _ in results:
        assert worst < 1e-5, (name, stage)


def test_recorded_features_come_out_of_whole_lines(golden, features):
    root = golden / "model"
    entries = json.loads((root / "dev" / "index.json").read_text(encoding="utf-8"))
    cases = [entry for entry in entries if entry["kind"] == "bert"]
    arrays = [dict(np.load(root / entry["file"])) for entry in cases]
    lines = [
        utterance(
            entry["text"],
            recorded["word2ph_blank"],
            language={"JP": "ja", "ZH": "zh"}[entry["language"]],
            assist_text=entry["assist_text"],
            assist_weight=0.7,
        )
        for entry, recorded in zip(cases, arrays, strict=True)
    ]
    for feature, recorded in zip(features.of(lines), arrays, strict=True):
        assert feature.dtype == torch.float32
        np.testing.assert_allclose(feature.numpy(), recorded["feat_assist_0.7"], atol=1e-5)


def test_features_are_batch_invariant_to_the_bit(features):
    texts = ["今日は良い天気ですね.", "え?", "東京都に住んでいる友達から.", "え!", "あ" * 90]
    lines = [utterance(text) for text in texts]
    alone = [Features({"ja": JAPANESE}, load_bert).of([line])[0] for line in lines]
    together = Features({"ja": JAPANESE}, load_bert).of(lines)
    backwards = Features({"ja": JAPANESE}, load_bert).of(lines[::-1])[::-1]
    for single, joint, reverse in zip(alone, together, backwards, strict=True):
        assert torch.equal(single, joint)
        assert torch.equal(single, reverse)


def test_a_text_is_encoded_once(features):
    fresh = Features({"ja": JAPANESE}, load_bert)
    lines = [utterance("はい."), utterance("いいえ.", assist_text="はい."), utterance("はい.")]
    first = fresh.of(lines)
    assert fresh.encoded == 2
    second = fresh.of(lines)
    assert fresh.encoded == 2
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_line_without_a_text_wants_nothing(features):
    assert features.of([utterance(None, (1, 1))]) == [None]


def test_a_bad_line_fails_alone(features):
    good = utterance("はい.")
    lines = [
        good,
        utterance("はい.", (1, 1, 1), name="short"),
        utterance("はい.", (1, 2, -1, 2, 1), name="negative"),
        utterance("你" * 120, language="zh", name="long"),
        utterance("hello", language="en", name="no-model"),
        good,
    ]
    results = features.of(lines)
    assert torch.equal(results[0], results[5])
    codes = [(r.id, r.code) for r in results[1:5] if isinstance(r, LineFailure)]
    assert codes == [
        ("short", "bert.tokens"),
        ("negative", "bert.tokens"),
        ("long", "bert.too-long"),
        ("no-model", "bert.missing"),
    ]
    assert "sees 5 tokens" in results[1].message
    assert "counts phones for 3" in results[1].message
    assert "122 tokens" in results[3].message
    assert "96 at most" in results[3].message


def test_the_scale_multiplies_and_the_assist_text_draws(features):
    plain, doubled, drawn, wholly = features.of(
        [
            utterance("はい."),
            utterance("はい.", bert_scale=2.0),
            utterance("はい.", assist_text="いいえ", assist_weight=0.25),
            utterance("はい.", assist_text="いいえ", assist_weight=1.0),
        ]
    )
    mean = features.of([utterance("いいえ")])[0].mean(dim=1, keepdim=True)
    torch.testing.assert_close(doubled, 2 * plain)
    torch.testing.assert_close(drawn, 0.75 * plain + 0.25 * mean)
    torch.testing.assert_close(wholly, mean.expand_as(wholly))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(counts=st.lists(st.integers(0, 4), min_size=2, max_size=20))
def test_spread_repeats_each_row(counts):
    rows = torch.arange(len(counts) * 3.0).reshape(len(counts), 3)
    expected = [rows[i] for i, count in enumerate(counts) for _ in range(count)]
    columns = spread(rows, counts)
    assert columns.shape == (3, sum(counts))
    assert all(torch.equal(columns[:, i], row) for i, row in enumerate(expected))


@settings(max_examples=50, deadline=None)
@given(lines=st.lists(st.tuples(st.sampled_from(["ja", "zh"]), st.integers(2, 900)), max_size=60))
def test_packs_are_a_partition_within_bounds(lines):
    keys = [(language, str(number)) for number, (language, _) in enumerate(lines)]
    lengths = {key: length for key, (_, length) in zip(keys, lines, strict=True)}
    keys.sort(key=lambda key: (key[0], lengths[key]))
    made = list(batches(keys, [lengths[key] for key in keys]))
    assert [key for batch in made for key in batch] == keys
    for batch in made:
        assert len({key[0] for key in batch}) == 1
        assert len(batch) <= 16
        assert len(batch) == 1 or sum(lengths[key] for key in batch) <= 1024


def test_the_cache_keeps_to_its_bound():
    cache = RowCache(4 * 10 * 3)
    for number in range(5):
        cache.put(("ja", str(number)), torch.zeros(10))
    assert cache.size == 120
    assert cache.get(("ja", "1")) is None
    assert cache.get(("ja", "2")) is not None
    cache.put(("ja", "new"), torch.zeros(10))
    assert cache.get(("ja", "2")) is not None, "used just now"
    assert cache.get(("ja", "3")) is None
    cache.put(("ja", "huge"), torch.zeros(1000))
    assert cache.get(("ja", "huge")) is None


def test_japanese_characters():
    ids = load_bert(JAPANESE).tokeniser.ids
    assert ids("Ａa　 \t\u200b１") == ids("Aa1")
    assert ids("A") == [1, 118, 2]
    assert ids("a") == [1, 72, 2]
    assert ids("") == [1, 2]
    assert ids("ऄ") == [1, 3, 2]


def test_chinese_characters():
    ids = load_bert(CHINESE).tokeniser.ids
    assert ids("É") == ids("e")
    assert ids("") == [101, 102]
    assert len(ids("你 好")) == 4


def test_sentence_pieces(tmp_path):
    sentencepiece = pytest.importorskip("sentencepiece")
    with (tmp_path / "spm.model").open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["Hello, how are you today?", "I am well, and you?"] * 20),
            model_writer=file,
            vocab_size=25,
            minloglevel=2,
            pad_id=0,
            bos_id=1,
            eos_id=2,
            unk_id=3,
            pad_piece="[PAD]",
            bos_piece="[CLS]",
            eos_piece="[SEP]",
            unk_piece="[UNK]",
        )
    tokeniser = open_tokeniser(tmp_path, "deberta-v2")
    ids = tokeniser.ids("Hello, you!")
    pieces = [tokeniser.processor.IdToPiece(i) for i in ids]
    assert pieces[0] == "[CLS]"
    assert pieces[-1] == "[SEP]"
    assert 3 in ids, "the exclamation mark was never seen"
    assert "".join(pieces[1:-2]) == "▁Hello,▁you"


def test_a_broken_piece_file_says_so(tmp_path):
    pytest.importorskip("sentencepiece")
    (tmp_path / "spm.model").write_bytes(b"nonsense")
    with pytest.raises(MachineError, match="cannot be read"):
        open_tokeniser(tmp_path, "deberta-v2")


def broken(tmp_path: Path, source: Path = JAPANESE) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(source, folder)
    return folder


def change(folder: Path, **keys) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | keys
    path.write_text(json.dumps(config), encoding="utf-8")


@pytest.mark.parametrize(
    ("breakage", "code", "words"),
    [
        (lambda f: (f / "config.json").unlink(), "bert.config", "no config.json"),
        (lambda f: (f / "config.json").write_text("{"), "bert.config", "cannot be read"),
        (lambda f: (f / "config.json").write_text("[]"), "bert.config", "not a JSON object"),
        (lambda f: change(f, model_type="gpt2"), "bert.vocabulary", "neither"),
        (lambda f: change(f, hidden_act="mish"), "bert.config", '"mish"'),
        (lambda f: change(f, num_hidden_layers=1), "bert.config", "num_hidden_layers is 1"),
        (lambda f: change(f, conv_kernel_size=4), "bert.config", "conv_kernel_size is 4"),
        (lambda f: change(f, hidden_size=None), "bert.config", "another form"),
        (lambda f: change(f, vocab_size=7), "bert.weights", "[22012, 12]"),
        (lambda f: change(f, share_att_key=False), "bert.weights", "pos_key_proj"),
        (lambda f: (f / "model.safetensors").unlink(), "bert.weights", "no weights"),
        (lambda f: (f / "model.safetensors").write_bytes(b"x"), "bert.weights", "cannot be read"),
        (lambda f: (f / "vocab.txt").unlink(), "bert.vocabulary", "neither"),
        (lambda f: (f / "vocab.txt").write_text("a\nb\n"), "bert.vocabulary", "[CLS]"),
    ],
)
def test_a_broken_folder_says_what_is_wrong(tmp_path, breakage, code, words):
    folder = broken(tmp_path)
    breakage(folder)
    with pytest.raises(MachineError) as raised:
        load_bert(folder)
    assert raised.value.code == code
    assert words in raised.value.message
    assert str(folder) in raised.value.at


def test_a_pickle_with_code_is_refused(tmp_path):
    class Harm:
        def __reduce__(self):
            return (print, ("harm",))

    folder = broken(tmp_path)
    (folder / "model.safetensors").unlink()
    torch.save({"embeddings": Harm()}, folder / "pytorch_model.bin")
    with pytest.raises(MachineError, match="never run") as raised:
        load_bert(folder)
    assert raised.value.code == "bert.weights"
