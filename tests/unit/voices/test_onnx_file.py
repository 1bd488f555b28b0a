"""The outside of ONNX files: what the onnx package wrote we read, and nothing else breaks us."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from sbv2cli.errors import VoiceError
from sbv2cli.voices.aivm import onnx_file


def model(metadata=(), *, inputs=("x", "入力")):
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in inputs]
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    weights = numpy_helper.from_array(np.zeros(400, np.float32), "weights")
    node = helper.make_node("Identity", [inputs[0]], ["y"])
    made = helper.make_model(helper.make_graph([node], "g", values, [out], [weights]))
    for key, value in metadata:
        made.metadata_props.append(onnx.StringStringEntryProto(key=key, value=value))
    return made


def written(tmp_path, made, name="a.onnx"):
    path = tmp_path / name
    path.write_bytes(made.SerializeToString())
    return path


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(st.lists(st.tuples(texts, texts), max_size=6))
def test_metadata_is_what_the_package_wrote(tmp_path_factory, pairs):
    path = written(tmp_path_factory.mktemp("onnx"), model(pairs))
    assert onnx_file.metadata(path) == dict(pairs)
    assert onnx_file.input_names(path) == ("x", "入力")


@given(st.lists(st.tuples(texts, texts), max_size=4), st.dictionaries(texts, texts, max_size=4))
def test_rewriting_changes_the_metadata_alone(tmp_path_factory, pairs, add):
    folder = tmp_path_factory.mktemp("onnx")
    source = written(folder, model(pairs))
    drop = frozenset(key for key, _ in pairs[:2])
    onnx_file.rewrite(source, folder / "b.onnx", drop=drop, add=add)
    made = onnx.load(folder / "b.onnx")
    kept = {key: value for key, value in dict(pairs).items() if key not in drop}
    assert {entry.key: entry.value for entry in made.metadata_props} == kept | add
    assert len({entry.key for entry in made.metadata_props if entry.key in add}) == len(add)
    assert made.graph == model().graph
    onnx_file.rewrite(folder / "b.onnx", folder / "c.onnx", drop=frozenset(), add={})
    assert (folder / "c.onnx").read_bytes() == (folder / "b.onnx").read_bytes()


def test_the_graph_is_not_read(tmp_path):
    path = tmp_path / "big.onnx"
    entry = model([("a", "b")]).SerializeToString()
    with path.open("wb") as file:
        # A graph that says it has eight gigabytes, of which the file has but a hole.
        file.write(b"\x3a" + onnx_file._number(8 << 30))
        file.seek(8 << 30, 1)
        metadata = list(onnx.ModelProto.FromString(entry).metadata_props)
        only = onnx.ModelProto(metadata_props=metadata)
        file.write(only.SerializeToString())
    assert onnx_file.metadata(path) == {"a": "b"}


def test_weights_in_another_file_are_seen(tmp_path):
    made = model()
    assert not onnx_file.data_files(written(tmp_path, made))
    onnx.save_model(
        made, tmp_path / "b.onnx", save_as_external_data=True, location="b.data", size_threshold=0
    )
    assert onnx_file.data_files(tmp_path / "b.onnx") == {"b.data"}
    onnx_file.must_stay_inside(tmp_path / "b.onnx")


def nested(place: str) -> dict[str, onnx.ModelProto]:
    """Numbers in another file: of a weight, a constant, a branch, a function."""
    tensor = onnx.TensorProto(name="w", data_type=1, dims=[2], data_location=1)
    tensor.external_data.add(key="location", value=place)
    constant = onnx.helper.make_node("Constant", [], ["y"], value=tensor)
    branch = onnx.helper.make_graph([constant], "branch", [], [])
    choice = onnx.helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    graphs = {
        "weight": onnx.helper.make_graph([], "a", [], [], [tensor]),
        "constant": onnx.helper.make_graph([constant], "a", [], []),
        "branch": onnx.helper.make_graph([choice], "a", [], []),
    }
    models = {name: onnx.helper.make_model(graph) for name, graph in graphs.items()}
    function = onnx.helper.make_function("d", "f", [], ["y"], [constant], [])
    empty = onnx.helper.make_graph([], "a", [], [])
    return {**models, "function": onnx.helper.make_model(empty, functions=[function])}


@pytest.mark.parametrize("where", nested(""))
@pytest.mark.parametrize("place", ["../../etc/passwd", "/etc/passwd", "a\\..\\..\\b", "C:\\a"])
def test_no_graph_reads_outside_its_folder(tmp_path, where, place):
    with pytest.raises(VoiceError) as caught:
        onnx_file.must_stay_inside(written(tmp_path, nested(place)[where]))
    assert caught.value.code == "voice.onnx-outside"
    assert place in caught.value.message


def test_graphs_in_graphs_have_an_end(tmp_path):
    graph = b""
    for _ in range(60):  # more than the package onnx would write
        attribute = onnx_file._delimited(6, graph)
        graph = onnx_file._delimited(1, onnx_file._delimited(5, attribute))
    path = tmp_path / "deep.onnx"
    path.write_bytes(onnx_file._delimited(onnx_file.MODEL_GRAPH, graph))
    with pytest.raises(VoiceError, match="nested"):
        onnx_file.data_files(path)


def test_every_cut_is_noticed(tmp_path):
    whole = model([("key", "value" * 50)]).SerializeToString()
    path = tmp_path / "cut.onnx"
    passed = []
    for length in (*range(20), *range(20, len(whole), 7)):
        path.write_bytes(whole[:length])
        if refused_or_read(onnx_file.metadata, path) is not None:
            passed.append(length)
    # Between two fields a cut leaves a whole file of fewer fields.
    for length in passed:
        onnx.ModelProto.FromString(whole[:length])
    assert len(passed) < 5


READERS = [onnx_file.metadata, onnx_file.input_names, onnx_file.data_files]


@pytest.mark.parametrize("read", READERS)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory, read, data):
    path = tmp_path_factory.mktemp("bytes") / "a.onnx"
    path.write_bytes(data)
    refused_or_read(read, path)


@pytest.mark.parametrize("read", READERS)
@given(place=st.integers(0, 2200), bit=st.integers(0, 7))
def test_any_flipped_bit_is_read_or_refused(tmp_path_factory, read, place, bit):
    data = bytearray(model([("key", "value")]).SerializeToString())
    data[place % len(data)] ^= 1 << bit
    path = tmp_path_factory.mktemp("bits") / "a.onnx"
    path.write_bytes(data)
    refused_or_read(read, path)


def refused_or_read(read, path):
    try:
        return read(path)
    except VoiceError as error:
        said = error
    assert (said.code, bool(said.hint)) == ("voice.onnx-file", True)
    return None


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no graph"),
        (b"\x3a\x00\x3a\x00", "several graphs"),
        (b"\x3a\x05", "cut off"),
        (b"\x3b", "begins no field"),
        (b"\x02\x00", "begins no field"),
        (b"\x08" + b"\xff" * 12, "no end"),
        (b"\x3a\x00\x72\x04\x0a\x02\xff\xfe", "not UTF-8"),
        (b"\x3a\x00\x72\x02\x0a\x09", "cut off"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, data, why):
    path = tmp_path / "a.onnx"
    path.write_bytes(data)
    with pytest.raises(VoiceError, match=why):
        onnx_file.metadata(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(VoiceError, match="no such file"):
        onnx_file.metadata(tmp_path / "nothing.onnx")
