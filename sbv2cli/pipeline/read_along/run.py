"""A manifest and the EPUB it was made from -> a new EPUB that is read along. Loads no voice."""

from __future__ import annotations

import io
import posixpath
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from sbv2cli.errors import UsageError
from sbv2cli.files import PartFile, disk_errors
from sbv2cli.pipeline.derive import manifest_path, manifest_rows, sidecar
from sbv2cli.pipeline.give_back import GivenBack, name_in, read_source
from sbv2cli.pipeline.join import sound
from sbv2cli.pipeline.join.lines import JoinLine, find_lines
from sbv2cli.pipeline.join.parts import Part
from sbv2cli.pipeline.join.settings import JoinSettings
from sbv2cli.pipeline.read_along import overlay
from sbv2cli.pipeline.read_along.marked import Marked, marked
from sbv2cli.pipeline.read_along.package import Added, package_tree, with_overlays
from sbv2cli.pipeline.read_along.page import Tree
from sbv2cli.readers.archive import Archive
from sbv2cli.readers.epub import reader
from sbv2cli.readers.epub.package import Package, read_package
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.records import ManifestRow
from sbv2cli.writers import manifest, timeline
from sbv2cli.writers.audio.formats import Encoding
from sbv2cli.writers.audio.sink import FileSink
from sbv2cli.writers.timeline import ExportOptions, TimedLine

# EPUB 3.3, core media types: AAC in MP4. Vorbis, FLAC and WAV are none.
_AAC = Encoding(format="m4b")
_FOLDER = "read-along"
_STYLE = f"{_FOLDER}.css"
# What of a book may have been spoken, which the numbers of its lines tell.
_READ_AS = (
    ReaderOptions(),
    ReaderOptions(notes="speak"),
    ReaderOptions(front_matter="speak"),
    ReaderOptions(notes="speak", front_matter="speak"),
)


def read_along(
    path: Path,
    source: Path,
    *,
    options: ExportOptions,
    output: Path | None = None,
    force: bool = False,
    advance: Callable[[], None] = lambda: None,
) -> GivenBack:
    """Write a copy of a book that a run has read, with the sound of its lines as media overlays.

    Only the package and the pages that are spoken change: nothing of them that is seen does.
    `advance` is called for each line that has been written.
    """
    path = manifest_path(path)
    data = read_source(source)
    of_book = _rows_of(path, manifest_rows(path), source, data)
    archive = Archive.of(io.BytesIO(data), str(source))
    package = read_package(archive)
    tree = package_tree(archive, package)
    file = (output or path.parent) / f"{source.stem}.read-along.epub"
    if file.exists() and not force:
        raise UsageError(
            "export.exists",
            "there is another file already",
            at=str(file),
            hint="choose another folder with --output, or replace it: --force",
        )
    asked = JoinSettings(manifest=path, to=file, encoding=_AAC, missing="skip")
    sounds = {line.id: line for line in find_lines(asked).lines}
    book = _Book(archive, package, tree, path, options)
    spoken = list(book.pages(of_book, sounds))
    if not spoken:
        raise UsageError(
            "export.epub-lines",
            "no line with a sound was found on the pages of the book",
            at=str(source),
            hint="are its pages well-formed XML? sbv2 join makes an audiobook of it",
        )
    with disk_errors(file), PartFile(file) as part:
        buffered = io.BufferedRandom(part.file)  # type: ignore[arg-type]
        with zipfile.ZipFile(buffered, "w") as archived:
            book.write(archived, spoken, advance)
        buffered.detach()
        part.keep()
    filled = sum(page.marked.lines for page in spoken)
    return GivenBack(file=file, filled=filled, lines=len(of_book), silent=tuple(book.silent))


def _rows_of(
    path: Path, rows: Sequence[ManifestRow], source: Path, data: bytes
) -> Sequence[ManifestRow]:
    """The rows of a book, with their places in it.

    Also where its lines were imported first, as `sbv2 book` does: then the run has read a file of
    lines, and the places are those of the lines with the same ids and texts.
    """
    try:
        name = name_in(manifest.read_manifest(path).header, source, data)
    except UsageError:
        found = max((_imported(rows, source, data, one) for one in _READ_AS), key=len)
        if len(found) * 2 <= len(rows):
            raise
        return found
    return [row for row in rows if row.source.path == name]


def _imported(
    rows: Sequence[ManifestRow], source: Path, data: bytes, options: ReaderOptions
) -> list[ManifestRow]:
    lines = reader.read(io.BytesIO(data), str(source), options)
    places = {(line.id, line.text): line.source for line in lines}
    return [
        replace(row, source=places[row.id, row.text])
        for row in rows
        if (row.id, row.text) in places
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page that is spoken."""

    path: str  # in the archive
    item: str  # its id in the manifest of the book
    part: Part
    marked: Marked


@dataclass(slots=True)
class _Book:
    """A book under way."""

    archive: Archive
    package: Package
    tree: Tree  # of the package
    manifest: Path
    options: ExportOptions
    folder: str = field(init=False)  # of what is added
    silent: list[str] = field(default_factory=list)  # pages with sound, but no place for it

    def __post_init__(self) -> None:
        base = posixpath.dirname(self.package.path)
        folder = _FOLDER
        while any(one.startswith(posixpath.join(base, folder)) for one in self.archive.files):
            folder += "-"
        self.folder = posixpath.join(base, folder)

    def pages(self, rows: Sequence[ManifestRow], sounds: Mapping[str, JoinLine]) -> Iterator[_Page]:
        """The pages with lines that have a sound and a place."""
        items = {self.archive.find(one.path): one.id for one in self.package.items.values()}
        of_page: dict[str, list[ManifestRow]] = {}
        for row in rows:
            of_page.setdefault(row.source.member or "", []).append(row)
        for path, lines in of_page.items():
            said = [sounds[row.id] for row in lines if row.id in sounds]
            data = self.archive.read(path) if path in items else None
            if not said:
                continue
            if data is None:
                self.silent.append(path)
                continue
            part = _part(said)
            style = overlay.relative(path, self._added(_STYLE))
            seconds = part.samples / part.rate
            found = marked(data, lines, self._timed(part), self.options, style, seconds)
            if found is None:
                self.silent.append(path)
            else:
                yield _Page(path=path, item=items[path], part=part, marked=found)

    def _timed(self, part: Part) -> Mapping[str, TimedLine]:
        folder, found = self.manifest.parent, {}
        for line, start in zip(part.lines, part.starts, strict=True):
            assert line.row is not None
            timed = timeline.timed(line.row, sidecar(folder, line.row))
            found[line.id] = timeline.moved(timed, start / part.rate)
        return found

    def _added(self, name: str) -> str:
        return posixpath.join(self.folder, name)

    def write(
        self, archived: zipfile.ZipFile, pages: Sequence[_Page], advance: Callable[[], None]
    ) -> None:
        """Write the whole book."""
        _put(archived, "mimetype", b"application/epub+zip", packed=False)
        style, added, sounds = self._added(_STYLE), [], []
        for number, page in enumerate(pages, start=1):
            one = Added(
                item=page.item,
                overlay=self._added(f"page-{number:03d}.smil"),
                sound=self._added(f"page-{number:03d}.m4a"),
                milliseconds=page.marked.clips[-1].end,
            )
            added.append(one)
            sounds.append((one, page))
        when = datetime.fromtimestamp(self.manifest.stat().st_mtime, UTC)
        modified = when.strftime("%Y-%m-%dT%H:%M:%SZ")  # so the same lines make the same book
        changed = {page.path: page.marked.data for page in pages}
        opf = self.archive.find(self.package.path) or self.package.path
        changed[opf] = with_overlays(self.tree, self.package, added, style, modified)
        self._copy(archived, changed)
        _put(archived, style, overlay.STYLE.encode())
        for one, page in sounds:
            smil = overlay.smil(one.overlay, page.path, one.sound, page.marked.clips)
            _put(archived, one.overlay, smil)
            _put_sound(archived, one.sound, page.part)
            for _ in page.part.lines:
                advance()

    def _copy(self, archived: zipfile.ZipFile, changed: Mapping[str, bytes]) -> None:
        new = {self.archive.files[path].filename: data for path, data in changed.items()}
        seen = {"mimetype"}
        for entry in self.archive.zip.infolist():
            if entry.filename in seen:
                continue
            seen.add(entry.filename)
            data = new.get(entry.filename)
            if data is None:
                data = b"" if entry.is_dir() else self.archive.zip.read(entry)
            packed = entry.compress_type != zipfile.ZIP_STORED
            _put(archived, entry.filename, data, packed=packed, when=entry.date_time)


_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first that a zip knows


def _put(
    archived: zipfile.ZipFile,
    name: str,
    data: bytes,
    *,
    packed: bool = True,
    when: tuple[int, int, int, int, int, int] = _EPOCH,
) -> None:
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    archived.writestr(zipfile.ZipInfo(name, when), data, kind)


def _put_sound(archived: zipfile.ZipFile, name: str, part: Part) -> None:
    """Encode a sound beside the book, then put it in: it need not fit into memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.m4a"
        with FileSink(path, part.rate, _AAC, fsync=False) as sink:
            for block in sound.sound(part, {}, None, None):
                sink.write(block)
            sink.close()
        entry = zipfile.ZipInfo(name, _EPOCH)
        entry.file_size = path.stat().st_size
        with path.open("rb") as file, archived.open(entry, "w") as to:
            while block_ := file.read(1 << 20):
                to.write(block_)


def _part(lines: Sequence[JoinLine]) -> Part:
    rate = max(line.rate for line in lines)
    starts, total = timeline.starts([line.placed for line in lines], rate)
    return Part(
        path=Path("sound.m4a"),
        title=None,
        number=None,
        lines=tuple(lines),
        rate=rate,
        starts=tuple(starts),
        samples=total,
        chapters=(),
    )
