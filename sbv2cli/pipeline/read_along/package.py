"""The package of a book with its new files in it; everything else of it stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from sbv2cli.errors import UsageError
from sbv2cli.pipeline.read_along.overlay import ACTIVE_CLASS, clock, relative
from sbv2cli.pipeline.read_along.page import Edit, Node, Tree, read_tree
from sbv2cli.readers.archive import Archive, damaged
from sbv2cli.readers.epub.package import Package

_MODIFIED = "dcterms:modified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The new files of one page, by their paths in the archive."""

    item: str  # id of the page in the manifest
    overlay: str
    sound: str
    milliseconds: int


def package_tree(archive: Archive, package: Package) -> Tree:
    """The package, if it can have overlays.

    Raises:
        UsageError: it is not EPUB 3, or has overlays.
    """
    data = archive.read(package.path)
    tree = None if data is None else read_tree(data)
    if tree is None:
        raise damaged(f"{archive.path}:{package.path}", "the package is not well-formed XML")
    version = next((one.element.get("version") for one in tree.root.all("package")), "")
    if not version.startswith("3"):
        raise UsageError(
            "export.epub-version",
            f"media overlays need EPUB 3, and this is EPUB {version or '2'}",
            at=archive.path,
            hint="save it as EPUB 3 and render that; unchanged lines are not made again",
        )
    if any(one.element.get("media-overlay") for one in tree.root.all("item")):
        raise UsageError(
            "export.epub-overlays",
            "the book has media overlays already",
            at=archive.path,
            hint="give the book without its sound",
        )
    return tree


def with_overlays(
    tree: Tree, package: Package, added: Sequence[Added], style: str, modified: str
) -> bytes:
    """The package with overlays; `modified` is a time as 2026-01-02T03:04:05Z."""
    prefix = tree.free_prefix()
    metadata, manifest = (next(tree.root.all(name), None) for name in ("metadata", "manifest"))
    assert metadata is not None
    assert manifest is not None
    ids = {one.item: f"{prefix}overlay-{number}" for number, one in enumerate(added, start=1)}
    edits: list[Edit] = []
    for node in manifest.all("item"):
        name = ids.get(node.element.get("id").strip())
        if name is not None:
            place = node.start + 1 + len(node.written.encode())
            edits.append((place, place, f' media-overlay="{name}"'.encode()))
    items = "".join(_items(tree, package, added, ids, style, prefix))
    edits.append((manifest.last, manifest.last, items.encode()))
    edits += _modified(tree, metadata, modified)
    metas = "".join(_metas(metadata.sibling("meta"), added, ids))
    edits.append((metadata.last, metadata.last, metas.encode()))
    return tree.edited(edits)


def _items(
    tree: Tree,
    package: Package,
    added: Sequence[Added],
    ids: dict[str, str],
    style: str,
    prefix: str,
) -> Iterator[str]:
    item = next(tree.root.all("manifest")).sibling("item")

    def written(name: str, path: str, kind: str) -> str:
        href = quoteattr(relative(package.path, path))
        return f'<{item} id="{name}" href={href} media-type="{kind}"/>\n'

    yield written(f"{prefix}style", style, "text/css")
    for number, one in enumerate(added, start=1):
        yield written(ids[one.item], one.overlay, "application/smil+xml")
        yield written(f"{prefix}sound-{number}", one.sound, "audio/mp4")


def _metas(meta: str, added: Sequence[Added], ids: dict[str, str]) -> Iterator[str]:
    for one in added:
        yield (
            f'<{meta} property="media:duration" refines="#{ids[one.item]}">'
            f"{clock(one.milliseconds)}</{meta}>\n"
        )
    total = clock(sum(one.milliseconds for one in added))
    yield f'<{meta} property="media:duration">{total}</{meta}>\n'
    yield f'<{meta} property="media:active-class">{ACTIVE_CLASS}</{meta}>\n'


def _modified(tree: Tree, metadata: Node, modified: str) -> Iterator[Edit]:
    for node in metadata.all("meta"):
        if node.element.get("property") == _MODIFIED and not node.element.get("refines"):
            inside = [tree.characters[at] for at in node.here]
            start, end = (inside[0].start, inside[-1].end) if inside else (node.last, node.last)
            yield start, end, modified.encode()
            return
    meta = metadata.sibling("meta")
    new = f'<{meta} property="{_MODIFIED}">{modified}</{meta}>\n'
    yield metadata.last, metadata.last, new.encode()
