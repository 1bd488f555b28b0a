"""What a person types as a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from sbv2cli.errors import UsageError
from sbv2cli.installing.source import HubSource, LocalSource, UrlSource, parse


@pytest.mark.parametrize(
    ("text", "repo", "revision", "inside"),
    [
        ("owner/name", "owner/name", None, ""),
        ("owner/name@v1.0", "owner/name", "v1.0", ""),
        ("owner/na.me-1:声/花子", "owner/na.me-1", None, "声/花子"),
        ("owner/name@refs/pr/3:a", "owner/name", "refs/pr/3", "a"),
        ("hf://owner/name", "owner/name", None, ""),
        ("https://huggingface.co/owner/name", "owner/name", None, ""),
        ("https://huggingface.co/owner/name/", "owner/name", None, ""),
        ("https://hf.co/owner/name/tree/main/a/b", "owner/name", "main", "a/b"),
        ("https://huggingface.co/owner/name/blob/v1/a.aivm", "owner/name", "v1", "a.aivm"),
        (
            "https://huggingface.co/owner/name/resolve/main/%E8%8A%B1.aivmx?download=true",
            "owner/name",
            "main",
            "花.aivmx",
        ),
    ],
)
def test_a_repository(text, repo, revision, inside):
    assert parse(text, {}) == HubSource(repo=repo, revision=revision, inside=inside)


def test_the_hub_of_the_environment_is_one_too():
    hub = {"HF_ENDPOINT": "https://mirror.example:8443"}
    page = "https://mirror.example:8443/owner/name/tree/main"
    assert parse(page, hub) == HubSource(repo="owner/name", revision="main")
    assert isinstance(parse(page, {}), UrlSource)


def test_an_address_and_the_bytes_that_it_must_have():
    assert parse("https://a.example/x/v.aivmx", {}) == UrlSource(url="https://a.example/x/v.aivmx")
    found = parse(f"https://a.example/v.aivmx#sha256={'AB' * 32}", {})
    assert found == UrlSource(url="https://a.example/v.aivmx", sha256="ab" * 32)
    assert parse(str(found), {}) == found
    for mistyped in ("sha256=12ab", "SHA256:" + "ab" * 32):
        with pytest.raises(UsageError, match="no SHA-256"):
            parse(f"https://a.example/v.aivmx#{mistyped}", {})


def test_a_path_that_exists_wins_over_a_name_of_the_hub(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert isinstance(parse("voices/hana", {}), HubSource)
    Path("voices/hana").mkdir(parents=True)
    assert parse("voices/hana", {}) == LocalSource(path=tmp_path / "voices" / "hana")


@pytest.mark.parametrize(
    "text",
    ["hana", "./owner/name", "/nowhere/at/all", "a/b/c", "http://a.example/v.aivm", "ftp://a/b"],
)
def test_what_is_no_source_says_what_one_is(text):
    with pytest.raises(UsageError) as caught:
        parse(text, {})
    assert caught.value.code == "install.source"
    assert caught.value.hint
