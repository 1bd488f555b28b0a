"""The tutorial on installing a voice, run as it is written, against a server of our own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import shell
import tiny_bert
import tiny_voice
from hub_server import Hub, serving

if TYPE_CHECKING:
    from stage import Sbv2

PAGES = ("docs/tutorial/install-a-voice.md", "docs/ja/tutorial/install-a-voice.md")


@pytest.fixture
def hub(stage: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The two repositories that the page names, with voices and a BERT that are quickly made."""
    for name in [name for name in os.environ if name.startswith("HF_")]:
        monkeypatch.delenv(name)
    voices = stage / "published" / "voices"
    for seed, name in enumerate(("jvnv-F1-jp", "jvnv-F2-jp", "jvnv-M1-jp")):
        tiny_voice.write(voices / name, seed=seed, bert=True)
    (voices / "README.md").write_text("---\nlicense: cc-by-sa-4.0\n---\n")
    bert = tiny_bert.write(stage / "published" / "bert")
    with serving() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        server.add("litagin/style_bert_vits2_jvnv", voices, licence="cc-by-sa-4.0")
        server.add("ku-nlp/deberta-v2-large-japanese-char-wwm", bert, licence="cc-by-sa-4.0")
        yield server


@pytest.mark.parametrize("page", PAGES)
def test_a_newcomer_reaches_a_rendered_script(sbv2: Sbv2, hub: Hub, page: str) -> None:
    text = (shell.ROOT / page).read_text(encoding="utf-8")
    (script,) = re.findall(r"```text\n(.*?)```", text, flags=re.DOTALL)
    Path("lines.txt").write_text(script, encoding="utf-8")
    commands = [call for row in shell.examples(text) for call in shell.calls(row)]
    assert [call[0] for call in commands].count("say") == 2
    said = {}
    for call in commands:
        asks = call[:2] in (["voices", "install"], ["voices", "remove"])
        answer = ["--yes"] if asks and "--dry-run" not in call else []
        result = sbv2(*call, *answer)
        assert result.status == 0, (call, result.talk)
        said[" ".join(call[:2])] = result
        if call[0] == "render":
            assert len(list(Path("out").rglob("*.wav"))) == 3
            assert '"licence":"cc-by-sa-4.0"' in Path("out/manifest.jsonl").read_text("utf-8")
    assert Path("hello.wav").stat().st_size > 1000
    assert Path("hello.wav").read_bytes() != Path("happy.wav").read_bytes()
    assert "cc-by-sa-4.0" in said["voices list"].out
    assert "up to date" in said["voices update"].talk
    assert not Path(".local/share/sbv2/voices/jvnv-F1-jp").exists()
