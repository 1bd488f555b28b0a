"""Small EPUBs for tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="OPS/package.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>"
)


def page(body: str, *, lang: str = "ja", head: str = "") -> str:
    """A page in XHTML."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        f' xml:lang="{lang}"><head><title>-</title>{head}</head><body>{body}</body></html>'
    )


def zipped(files: Mapping[str, str | bytes]) -> io.BytesIO:
    """A zip with these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    stream.seek(0)
    return stream


def epub(
    pages: Mapping[str, str],
    *,
    lang: str = "ja",
    metadata: str = "",
    nav: str = "",
    spine: str = "",
    items: str = "",
    files: Mapping[str, str | bytes] | None = None,
) -> io.BytesIO:
    """A book of pages, name -> body or a whole page, in this order."""
    manifest = "".join(
        f'<item id="p{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(pages)
    )
    order = spine or "".join(f'<itemref idref="p{n}"/>' for n in range(len(pages)))
    if nav:
        manifest += (
            '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
        )
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:language>{lang}</dc:language>'
        f"{metadata}</metadata><manifest>{manifest}{items}</manifest><spine>{order}</spine></package>"
    )
    content: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OPS/package.opf": package,
    }
    for name, body in pages.items():
        whole = body if body.lstrip().startswith("<?xml") else page(body, lang=lang)
        content[f"OPS/{name}"] = whole
    if nav:
        content["OPS/nav.xhtml"] = page(f'<nav epub:type="toc"><ol>{nav}</ol></nav>', lang=lang)
    return zipped({**content, **(files or {})})
