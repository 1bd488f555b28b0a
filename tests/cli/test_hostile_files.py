"""Files made to harm, through the command line: each has one outcome, soon and in little memory."""

from __future__ import annotations

import contextlib
import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import made_epub
import onnx
import onnx_graphs
import pytest
import small_child
from safetensors.torch import load_file, save_file
from stage import Sbv2, files, script

from sbv2cli.cli.main import main
from sbv2cli.voices.aivm import container, onnx_file
from sbv2cli.voices.bundle import open_bundle

SECRET = "合言葉は山と川。"
LAUGHS = '<!ENTITY l0 "やあ">' + "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)
)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def doctype(root: str) -> str:
    """Ten thousand million words, a file of the machine, and a DTD somewhere else."""
    secret = Path("secret.txt").absolute().as_uri()
    return (
        f'<!DOCTYPE {root} SYSTEM "{secret}" [{LAUGHS}<!ENTITY xxe SYSTEM "{secret}">'
        f'<!ENTITY % p SYSTEM "{secret}"> %p;]>'
    )


def ssml() -> bytes:
    return f"{doctype('speak')}<speak>はい。&l9;&xxe;</speak>".encode()


def html() -> bytes:
    return f"{doctype('html')}<html><body><p>はい。&l9;&xxe;</p></body></html>".encode()


def page() -> str:
    return made_epub.page("<p>はい。&l9;&xxe;</p>").replace("<!DOCTYPE html>", doctype("html"))


def epub() -> bytes:
    return made_epub.epub({"a.xhtml": page()}).getvalue()


def epub_package() -> bytes:
    book = zipfile.ZipFile(made_epub.epub({"a.xhtml": "<p>はい。</p>"}, metadata="&l9;&xxe;"))
    parts = {name: book.read(name) for name in book.namelist()}
    name = next(name for name in parts if name.endswith(".opf"))
    parts[name] = parts[name].replace(b"?>", b"?>" + doctype("package").encode(), 1)
    return made_epub.zipped(parts).getvalue()


def lexicon() -> bytes:
    pls = (
        f'<?xml version="1.0"?>{doctype("lexicon")}<lexicon version="1.0" alphabet="ipa"'
        ' xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" xml:lang="ja"><lexeme>'
        "<grapheme>はい</grapheme><alias>&l9;&xxe;</alias></lexeme></lexicon>"
    )
    head = '<link rel="pronunciation" type="application/pls+xml" hreflang="ja" href="a.pls"/>'
    return made_epub.epub(
        {"a.xhtml": made_epub.page("<p>はい。</p>", head=head)},
        items='<item id="l" href="a.pls" media-type="application/pls+xml"/>',
        files={"OPS/a.pls": pls},
    ).getvalue()


def docx() -> bytes:
    text = "<w:p><w:r><w:t>はい。&l9;&xxe;</w:t></w:r></w:p>"
    body = f"{doctype('document')}<w:document {W}><w:body>{text}</w:body></w:document>"
    return made_epub.zipped({"word/document.xml": body}).getvalue()


def workbook(strings: str, rows: str) -> bytes:
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    kind = '<Relationship Id="r{0}" Type="{1}/{2}" Target="{3}"/>'
    return made_epub.zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships xmlns="{package}">'
            + kind.format(1, relations, "officeDocument", "xl/workbook.xml")
            + "</Relationships>",
            "xl/workbook.xml": f'<workbook {SHEET} xmlns:r="{relations}"><sheets>'
            '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">'
            + kind.format(1, relations, "worksheet", "worksheets/sheet1.xml")
            + kind.format(2, relations, "sharedStrings", "sharedStrings.xml")
            + "</Relationships>",
            "xl/sharedStrings.xml": strings,
            "xl/worksheets/sheet1.xml": (
                f"<worksheet {SHEET}><sheetData>{rows}</sheetData></worksheet>"
            ),
        }
    ).getvalue()


ROWS = "".join(f'<row r="{n + 1}"><c r="A{n + 1}" t="s"><v>{n}</v></c></row>' for n in range(2))


def xlsx() -> bytes:
    strings = (
        f"{doctype('sst')}<sst {SHEET}><si><t>text</t></si><si><t>はい。&l9;&xxe;</t></si></sst>"
    )
    return workbook(strings, ROWS)


def xlsx_of_nothing() -> bytes:
    """A gigabyte of blanks in a megabyte."""
    blanks = " " * (1 << 30)
    return workbook(f"<sst {SHEET}><si><t>text</t></si><si><t>a{blanks}b</t></si></sst>", ROWS)


XML: dict[str, Callable[[], bytes]] = {
    "a.ssml": ssml,
    "a.html": html,
    "a.epub": epub,
    "package.epub": epub_package,
    "lexicon.epub": lexicon,
    "a.docx": docx,
    "a.xlsx": xlsx,
}


def command(*arguments: str, memory_mib: int = 700) -> tuple[int, str]:
    """The status and all that a command says, in a process with little memory."""

    def run() -> tuple[int, str]:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                main(list(arguments))
            except SystemExit as ended:
                return int(ended.code or 0), said.getvalue()
        raise AssertionError

    outcome = small_child.run(run, memory_mib=memory_mib, seconds=30)
    assert outcome.broke is None, outcome.broke
    assert outcome.grown_mib < memory_mib / 2
    status, said = outcome.value
    assert "error[bug]" not in said
    return status, said


@pytest.mark.parametrize("verb", ["check", "import", "render"])
@pytest.mark.parametrize("name", XML)
def test_no_entity_is_followed(stage: Path, name: str, verb: str) -> None:
    script("secret.txt", SECRET)
    Path(name).write_bytes(XML[name]())
    options = {"check": ["--json"], "import": ["-o", "made.csv"], "render": ["-m", "hana"]}
    status, said = command(verb, name, *options[verb])
    assert status in {0, 2, 3}, said
    made = [path.read_bytes() for path in Path.cwd().glob("made*")]
    assert SECRET not in said
    assert SECRET.encode() not in b"".join(made)


def test_a_gigabyte_in_a_megabyte(stage: Path) -> None:
    Path("a.xlsx").write_bytes(xlsx_of_nothing())
    status, said = command("check", "a.xlsx")
    assert status == 2
    assert "script.document-long" in said


@pytest.mark.parametrize(
    "wanted",
    [
        "../../evil.wav",
        "/tmp/evil.wav",
        "a/../../evil.wav",
        "..\\evil.wav",
        "C:\\evil.wav",
        "~/e.wav",
    ],
)
def test_the_output_files_of_piper_stay_in_the_folder(sbv2: Sbv2, stage: Path, wanted: str) -> None:
    script("l.jsonl", json.dumps({"text": "はい。", "output_file": wanted}) + "\n")
    before = {path for path in stage.parent.rglob("*") if ".cache" not in path.parts}
    result = sbv2("render", "l.jsonl", "-m", "hana", "-o", "out")
    assert result.status == 2
    assert "error[name.outside]" in result.talk
    new = {path for path in stage.parent.rglob("*") if ".cache" not in path.parts} - before
    assert not [path for path in new if path.suffix == ".wav"]


def test_an_output_file_of_piper_in_a_folder_below(sbv2: Sbv2, stage: Path) -> None:
    script("l.jsonl", json.dumps({"text": "はい。", "output_file": "a/b.wav"}) + "\n")
    assert sbv2("render", "l.jsonl", "-m", "hana").status == 0
    assert "a/b.wav" in files()


def test_a_graph_reads_no_file_outside_its_folder(sbv2: Sbv2, stage: Path) -> None:
    folder = onnx_graphs.convert(open_bundle(stage / "voices" / "hana"), stage / "graphs")
    path = next(Path(folder).glob("*.render.onnx"))
    model = onnx.load(path)
    onnx.external_data_helper.convert_model_to_external_data(model, location="w", size_threshold=0)
    onnx.save(model, path)
    model = onnx.load(path, load_external_data=False)
    for tensor in model.graph.initializer:
        if tensor.external_data:
            tensor.external_data[0].value = "../../etc/passwd"
    path.write_bytes(model.SerializeToString())
    for line in (
        ("say", "はい。", "-m", str(folder), "-o", "a.wav"),
        ("voices", "verify", str(folder)),
    ):
        result = sbv2(*line)
        assert result.status == 4, result.talk
        assert "voice.onnx-outside" in result.talk + result.out
        assert "../../etc/passwd" in result.talk + result.out
    assert not Path("a.wav").exists()


@pytest.fixture
def aivm(sbv2: Sbv2) -> Path:
    script("LICENSE.md", "ACML 1.0\n")
    made = sbv2(*"voices convert hana --to aivm -o h.aivm --name h --license LICENSE.md".split())
    assert made.status == 0, made.talk
    return Path("h.aivm")


HUGE = '{"model": {"n_layers": 1000000000}, "sbv2cli": {"bert": "none"}}'
LIES = {
    "sizes": ("aivm_hyper_parameters", HUGE),
    "speakers": ("aivm_hyper_parameters", '{"data": {"n_speakers": 1000000000000}}'),
    "rate": ("aivm_hyper_parameters", '{"data": {"hop_length": 100000000000}}'),
    "no JSON": ("aivm_hyper_parameters", "[" * 100_000),
    "styles": ("aivm_style_vectors", "AAAA" * 100),
    "manifest": ("aivm_manifest", '{"speakers": ' + "[" * 100_000),
}


@pytest.mark.parametrize("lie", LIES)
def test_metadata_that_lie(sbv2: Sbv2, stage: Path, aivm: Path, lie: str) -> None:
    key, value = LIES[lie]
    texts = container.header(aivm)["__metadata__"]
    save_file(load_file(aivm), aivm, metadata={**texts, key: value})
    status, said = command("say", "はい。", "-m", str(aivm), "-o", "a.wav")
    assert status == (0 if lie == "manifest" else 4), said
    assert status == 0 or "error[voice." in said
    # What is shown is what the file says, where nobody has to build it.
    shown, told = command("voices", "show", str(aivm))
    assert shown == (0 if lie == "sizes" else 4), told
    assert len(said) + len(told) < 4000


@pytest.fixture
def aivmx(sbv2: Sbv2) -> Path:
    script("LICENSE.md", "ACML 1.0\n")
    made = sbv2(*"voices convert hana --to aivmx -o h.aivmx --name h --license LICENSE.md".split())
    assert made.status == 0, made.talk
    return Path("h.aivmx")


@pytest.mark.parametrize("lie", LIES)
def test_metadata_of_a_graph_that_lie(stage: Path, aivmx: Path, lie: str) -> None:
    key, value = LIES[lie]
    lying = aivmx.with_name("l.aivmx")
    onnx_file.rewrite(aivmx, lying, drop=frozenset(), add={key: value})
    status, said = command("say", "はい。", "-m", str(lying), "-o", "a.wav")
    # Of a graph the sizes in its configuration are never built.
    assert status == (0 if lie in ("manifest", "sizes") else 4), said
    assert status == 0 or "error[voice." in said
    assert len(said) < 4000


def test_style_vectors_that_promise_more_than_there_is(stage: Path) -> None:
    path = stage / "voices" / "hana" / "style_vectors.npy"
    data = path.read_bytes()
    path.write_bytes(data.replace(b"(3, 256)", b"(10000000000, 256)").replace(b"  \n", b"\n", 1))
    status, said = command("say", "はい。", "-m", "hana", "-o", "a.wav")
    assert status == 4
    assert "voice.styles-file" in said


def test_weights_whose_header_lies(stage: Path) -> None:
    (path,) = (stage / "voices" / "hana").glob("*.safetensors")
    began = time.process_time()
    header = json.dumps(
        {"a": {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4 * 10**12]}}
    ).encode()
    for start in (len(header), 2**63 - 1, 90_000_000):
        path.write_bytes(start.to_bytes(8, "little") + header + bytes(1000))
        status, said = command("say", "はい。", "-m", "hana", "-o", "a.wav")
        assert status == 4, said
        assert "voice.weights-broken" in said
    assert time.process_time() - began < 10
