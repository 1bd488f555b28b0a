"""Which files of a listing are a voice."""

from __future__ import annotations

from sbv2cli.installing.layouts import Found, is_paper, papers, voices_in
from sbv2cli.installing.origins.origin import RemoteFile


def listing(names: str) -> list[RemoteFile]:
    return [RemoteFile(path=name, size=10) for name in names.split()]


def found(names: str, backend: str = "torch", wanted: str | None = None) -> dict[str, set[str]]:
    voices = voices_in(listing(names), backend=backend, wanted=wanted)
    return {voice.name: {file.path for file in voice.files} for voice in voices}


def only(names: str, **options: str) -> Found:
    (voice,) = voices_in(listing(names), **{"backend": "torch", **options})
    return voice


SBV2 = "a/config.json a/style_vectors.npy a/v_e1_s10.safetensors a/v_e1_s9.safetensors"


def test_of_a_folder_only_what_speaking_needs():
    more = "a/G_0.pth a/D_0.pth a/wavs/1.wav a/events.out a/D_1.safetensors"
    wanted = {"a/config.json", "a/style_vectors.npy", "a/v_e1_s10.safetensors"}
    assert found(f"{SBV2} {more} model.zip") == {"a": wanted}


def test_the_latest_step_counts_as_a_number_and_a_named_one_wins():
    assert [file.name for file in only(SBV2).weights] == ["v_e1_s10.safetensors"]
    assert [file.name for file in only(SBV2).others] == ["v_e1_s9.safetensors"]
    for named in ("v_e1_s9", "v_e1_s9.safetensors"):
        assert [f.name for f in only(SBV2, wanted=named).weights] == ["v_e1_s9.safetensors"]


def test_graphs_where_torch_is_not():
    names = f"{SBV2} a/v.plan.onnx a/v.render.onnx a/old.onnx a/old.onnx.data"
    chosen = {file.name for file in only(names, backend="onnx").weights}
    assert chosen == {"v.plan.onnx", "v.render.onnx"}
    others = [file.name for file in only(f"{names} a/D_1.onnx", backend="onnx").others]
    assert others == ["old.onnx", "v_e1_s10.safetensors", "v_e1_s9.safetensors"]
    named = only(names, backend="onnx", wanted="v.plan.onnx")
    assert {file.name for file in named.weights} == {"v.plan.onnx", "v.render.onnx"}
    # A diffusion has two parts more.
    more = f"{names} a/v.begin.onnx a/v.step.onnx"
    assert len(only(more, backend="onnx", wanted="v.step.onnx").weights) == 4
    graph = "a/config.json a/style_vectors.npy a/old.onnx a/old.onnx.data"
    assert found(graph) == {"a": set(graph.split())}


def test_one_file_voices_are_one_each_in_the_form_that_runs():
    names = "花.aivm 花.aivmx b.aivmx"
    assert found(names) == {"花": {"花.aivm"}, "b": {"b.aivmx"}}
    assert found(names, "onnx") == {"花": {"花.aivmx"}, "b": {"b.aivmx"}}


def test_a_vocoder_is_part_of_its_voice_and_no_voice():
    names = "a/config.json a/m.safetensors a/vocoder/config.json a/vocoder/g.safetensors"
    assert found(names) == {"a": set(names.split())}


def test_names_that_look_like_patterns_mean_themselves():
    names = "[a]/config.json [a]/style_vectors.npy [a]/v.safetensors [a]/vocoder/config.json"
    assert found(names) == {"[a]": set(names.split())}
    assert found("x[1].onnx x[1].onnx.json") == {"x[1]": {"x[1].onnx", "x[1].onnx.json"}}


def test_pickles_alone_are_seen_and_not_taken():
    voice = only("a/config.json a/G_1.pth")
    assert [file.name for file in voice.pickles] == ["G_1.pth"]
    assert found("a/config.json a/notes.txt") == {}


def test_the_licence_of_the_folder_wins_over_that_of_the_top():
    files = listing(f"{SBV2} LICENSE README.md a/LICENSE b/LICENSE a/声の利用規約.txt")
    (voice,) = voices_in(files, backend="torch")
    chosen = {name: file.path for name, file in papers(voice, files).items()}
    assert chosen == {
        "LICENSE": "a/LICENSE",
        "README.md": "README.md",
        "声の利用規約.txt": "a/声の利用規約.txt",
    }


def test_papers_are_small_texts():
    for name in ("LICENSE", "license.txt", "LICENCE.md", "NOTICE", "はじめにお読みください.txt"):
        assert is_paper(RemoteFile(path=name, size=100)), name
    for name in ("README.wav", "license.safetensors", "notes.txt"):
        assert not is_paper(RemoteFile(path=name, size=100)), name
    assert not is_paper(RemoteFile(path="LICENSE", size=1 << 30))
