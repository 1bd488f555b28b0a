#!/usr/bin/env python
"""Gather what the program says for its translators: `python tools/messages.py`.

Messages are found in the source: every string of several words that is no documentation, with
`{name}` where an f-string puts something in, and every text of the help. Each package has a file,
sbv2cli/translations/LANGUAGE/PACKAGE.po, which any editor of translations opens; `help.po` has the
help. A message that went away is dropped, one whose English changed has to be translated again.
`--check` writes nothing: the status is 1 where a file is out of date or a message lacks a
translation, and both are named.

A string that nobody sees gets the translation `-` ("not a message").
"""

from __future__ import annotations

import ast
import itertools
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import polib

from sbv2cli.cli.main import COMMANDS, sbv2
from sbv2cli.translations.help_texts import paragraphs

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "sbv2cli"
TRANSLATIONS = PACKAGE / "translations"
# Two words, or a word and something put in: what has neither is a name, a key or a format.
_SENTENCE = re.compile(r"(?:[A-Za-z]|\{\w+\})[\w'’\"}),]*[ ,;:]+[\"(]?(?:[a-z]{2}|\{\w)")
# A place in the package, markup, an escape, a table of symbols, SQL, JSON.
_NO_MESSAGE = re.compile(
    r"^[\w.]+:\w+$|^\s*<|\\|^(?:\S{1,3} )+\S{1,3}$|^[A-Z]{3,} |^(?:\{\{|\{\w+\}|[, ])*\"\w+\": "
)
_LETTERS = 3
# Labels and counts too short to be told from names, or put together of parts.
_SHORT = (
    "error[{code}]: {message}",
    "at: {place}",
    "{option} [default: {default}]",
    "{option} [required]",
    "{name} is {error}",
    "{number}: {states}",
    "{number} new: {why}",
    "{number} stale: {why}",
    "{number} reuse: {why}",
    "{number} failed: {why}",
    "{number} skipped: {why}",
    # Help with a list of names in it.
    "Sizes to begin with: {names}.",
    "Format: auto, {names}.",
    'there is no command "{name}"',
    "No such option {name}. {more}",
    "No such option {name}.",
    "No such command {name}. {more}",
    "a PDF",
    # Of libsndfile.
    "format not recognised",
    "file contains data in an unimplemented format",
    "error in WAV file. no 'data' chunk marker",
    "Missing argument {name}.",
    "Missing option {name}.",
    # Put together of parts that are messages, or of signs that look like no message.
    "{way_out}; --from text reads it as prose nevertheless",
    'did you mean "{name}"? {there}',
    "fields: {names}; columns of the script: {columns}",
    "{key} holds half of a character ({code})",
    "<{name}> is not known; its text is spoken",
    "<{name}> is not followed; {hint}",
    '"{key}" of {where}',
    "the manifest, speakers {number}",
    "the manifest, speakers {number}, styles {second}",
    "the manifest, speakers {number}, styles {second}, voice_samples {third}",
    "it is cut off",
    "{command_path} {long_help} shows all options.",
    "File is not a zip file",
    "expecting value",
    "expecting property name enclosed in double quotes",
    "unterminated string starting at",
    "extra data",
    "mismatched tag",
    "not well-formed (invalid token)",
    "undefined entity",
    "no element found",
    "Missing argument {name}. Choose from:",
    "Missing option {name}. Choose from:",
    # Names of kinds, which click puts into its sentences and does not mark.
    "integer",
    "integer range",
    "float",
    "float range",
    "boolean",
    "error",
    "warning",
    "note",
    "interrupted",
    "nothing to do",
    "made",
    "new",
    "stale",
    "reused",
    "failed",
    "skipped",
    "missing",
    "not reached",
    # What the system says of files, as `OSError.strerror` in lower case.
    "no such file or directory",
    "permission denied",
    "is a directory",
    "not a directory",
    "file exists",
    "file name too long",
    "read-only file system",
    "no space left on device",
    "name or service not known",
    "temporary failure in name resolution",
    "connection refused",
    "network is unreachable",
    "connection reset by peer",
    "timed out",
    # Why bytes are not of an encoding, as Python's codecs say it.
    "invalid start byte",
    "invalid continuation byte",
    "unexpected end of data",
    "truncated data",
    "illegal multibyte sequence",
    "incomplete multibyte sequence",
    "illegal encoding",
    "illegal utf-16 surrogate",
    "utf-16 stream does not start with bom",
    "utf-32 stream does not start with bom",
    "ordinal not in range(128)",
    "character maps to <undefined>",
    # What tomllib says of a settings file.
    "invalid initial character for a key part",
    "expected '=' after a key in a key/value pair",
    "expected newline or end of document after a statement",
    "expected ']' at the end of a table declaration",
    "invalid statement",
    "invalid value",
    "unterminated string",
    "unclosed array",
    "cannot overwrite a value",
    "invalid date or datetime",
    "unescaped '\\' in a string",
    "illegal character {name}",
    "cannot declare {name} twice",
    "too many levels of symbolic links",
    "refused",
    "fresh",
    "reuse",
    "file missing",
    "file changed",
    "failed before",
    "forced",
    "file name",
    "voice engine",
    "correction",
    "timings",
    "audio",
    "time",
    "line",
    "id",
    "character",
    "text",
    "reading",
    "voice",
    "style",
    "speed",
    "pitch",
    "take",
    "about",
    "code",
    "times",
    # Heads and values of tables in the documents.
    "key",
    "meaning",
    "value",
    "default",
    "a list of files",
    "; {lowest} to {highest}",
    "yes",
    "no",
    "none",
    "lines",
    "files",
    "clips",
    "checks",
    "listening",
    *(
        f"{{number}} {what}"
        for what in (
            *("line", "lines", "file", "files", "skipped", "failed", "new", "stale", "unchanged"),
            *("character", "characters", "error", "errors", "warning", "warnings", "note", "notes"),
            *("voice", "voices", "rename", "renames", "chapter", "chapters"),
        )
    ),
    "{number} orphaned file: {shown}; {why}",
    "{number} orphaned files: {shown}; {why}",
    "{number} orphaned file deleted",
    "{number} orphaned files deleted",
    "{number} of {total} lines",
    "{number} of {total} {what}",
    "{number} checks",
    "{path}, {number} s",
    "{origin} at {commit}: {found}",
    "speech {language}",
    "{number} known by their ids",
    "{number} edited",
    "{number} replaced",
    "{number} moved",
    "{number} gone",
    "{number} added by hand",
    "{number} line, {skipped} of them skipped",
    "{number} lines, {skipped} of them skipped",
    "{number} file in {folder}",
    "{number} files in {folder}",
    "same as another line ({number})",
    "{number} more",
    "{names} and {number} more",
    "WOLF RPG Editor: ゲームデータ, テキスト出力; give that text as CSV with a header",
    "{why} ({number})",
    "{clock} audio",
    "{clock} left",
    "{times} x real time",
    "{clock} ({times} x real time)",
)
# Names of rows and columns, and cells of one word: looked up in tables alone, since any of them may
# be the name of a file or a voice.
_WORDS = (
    # sbv2 doctor
    "system",
    "processors",
    "{usable}, of {cores} cores",
    "disk here",
    "{free} GiB free",
    "installed",
    "not installed",
    "not installed: {hint}",
    "program: {name}",
    "settings files",
    "none found",
    "{number} found",
    "voices in",
    "default voice",
    "data",
    "torch threads",
    "a build without CUDA",
    "device",
    "{device}, computes",
    "ok",
    "optional",
    "low",
    "built in",
    # sbv2 voices
    "name",
    "languages",
    "speakers",
    "styles",
    "rate",
    "size",
    "licence",
    "origin",
    "weights",
    "backend",
    "architecture",
    "version",
    "vocoder",
    "steps",
    "temperature",
    "possible_steps",
    "language_model",
    "needed",
    "read",
    "letters",
    "unknown",
    "broken",
    "number",
    "distance",
    "{language} there",
    "{language} missing",
    "creators",
    "description",
    "trained",
    "icons",
    "recordings",
    "{number} epochs",
    "{number} steps",
    "{number} epochs, {steps} steps",
    # sbv2 licences
    "part",
    "kind",
    "by",
    "package",
    "code",
    "messages",
    "page",
    "dictionary",
    # sbv2 check, sbv2 render --dry-run, changes.md
    "(skipped)",
    "state",
    "why",
    "dictionary: {row}",
    "ruby: {marked}",
    'the column "reading" of the line: {example}',
    "a bar before what is read so: {marked}",
    "ARPAbet, as in {example}",
    "pinyin with tones, as in {example}",
    "doubt",
    "word",
    "or",
    "because",
    "text before",
    "seconds",
    "seconds before",
    "file before",
    "was {id}",
    "as {id}",
    "Changes",
    "{number} fresh",
    "{number} reuse",
    "{number} not reached",
    "Made",
    "Reused",
    "Renamed",
    "Failed",
    "Skipped",
    # NAME.report.md of a join
    "Levels",
    "What to change",
    "Gains",
    "Nothing.",
    "silence",
    "pass",
    "fail",
    "chapter",
    "length",
    "verdict",
    "peak dB",
    "true peak dB",
    "floor dB",
    "head s",
    "tail s",
)
_LISTS = ("Sizes to begin with: ", "Format: auto, ")
_AT_MOST = 24  # alternatives of one string


def gathered() -> dict[str, list[str]]:
    """The messages of each file of translations, in the order of the source."""
    files: dict[str, dict[str, None]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE).parts
        if inside[0] == "translations":
            continue
        name = inside[0] if len(inside) > 1 else "basics"
        found = files.setdefault(name, {})
        for message in messages_of(path.read_text(encoding="utf-8")):
            found.setdefault(message)
    files["help"] = dict.fromkeys(map(escaped, help_texts()))
    files["short"] = dict.fromkeys(_SHORT)
    files["words"] = dict.fromkeys(_WORDS)
    files["click"] = dict.fromkeys(messages_of_click())
    seen: set[str] = set()
    unique: dict[str, list[str]] = {}
    for name in dict.fromkeys(["help", "short", "words", *sorted(files)]):
        unique[name] = [message for message in files[name] if message not in seen]
        seen.update(unique[name])
    return {name: messages for name, messages in sorted(unique.items()) if messages}


def messages_of(source: str) -> Iterator[str]:
    """Every string of a module that may be a message."""
    yield from _below(ast.parse(source))


def _below(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # documentation
    if isinstance(node, ast.keyword) and node.arg in {"help", "epilog", "metavar"}:
        return  # gathered from the commands themselves
    if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp | ast.IfExp):
        texts = alternatives(node)
        if texts is not None:
            yield from (text.strip() for text in texts if _is_message(text))
            return
    for child in ast.iter_child_nodes(node):
        yield from _below(child)


def _is_message(text: str) -> bool:
    # Values with hardly a letter between them would be found again in any text.
    letters = re.findall("[A-Za-z]", re.sub(r"\{\w+\}", "", text))
    return len(letters) > _LETTERS and bool(_SENTENCE.search(text)) and not _NO_MESSAGE.search(text)


def alternatives(node: ast.expr) -> list[str] | None:
    """What a string can be; None if the expression is no string that can be known."""
    if isinstance(node, ast.Constant):
        return [escaped(node.value)] if isinstance(node.value, str) else None
    if isinstance(node, ast.IfExp):
        branches = [alternatives(node.body), alternatives(node.orelse)]
        return None if None in branches else [text for branch in branches for text in branch or ()]
    if isinstance(node, ast.BinOp):
        left, right = alternatives(node.left), alternatives(node.right)
        if not isinstance(node.op, ast.Add) or left is None or right is None:
            return None
        return [a + b for a, b in itertools.islice(itertools.product(left, right), _AT_MOST)]
    if isinstance(node, ast.JoinedStr):
        names: dict[str, int] = {}
        parts = [_part(value, names) for value in node.values]
        return ["".join(one) for one in itertools.islice(itertools.product(*parts), _AT_MOST)]
    return None


def _part(value: ast.expr, names: dict[str, int]) -> list[str]:
    if isinstance(value, ast.Constant):
        return [escaped(str(value.value))]
    assert isinstance(value, ast.FormattedValue)
    if isinstance(value.value, ast.IfExp):
        known = alternatives(value.value)
        if known is not None:
            return known
    name = _name_of(value.value)
    names[name] = names.get(name, 0) + 1
    return [f"{{{name}}}" if names[name] == 1 else f"{{{name}{names[name]}}}"]


def escaped(text: str) -> str:
    """A text whose own braces are told from those that stand for a value."""
    return text.replace("{", "{{").replace("}", "}}")


def _name_of(node: ast.expr) -> str:
    """A name that tells a translator what is put in: the last word of the expression."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower() or "value"
        case ast.Call(func=ast.Name(id="len"), args=[first, *_]):
            return f"number_of_{_name_of(first)}"
        case ast.Call(args=[first, *_]) | ast.Subscript(value=first) | ast.Starred(value=first):
            return _name_of(first)
        case ast.Call(func=inner) | ast.BinOp(left=inner):
            return _name_of(inner)
        case _:
            return "value"


def messages_of_click() -> Iterator[str]:
    """What click says of a command line, which it marks for gettext and puts values into."""
    folder = Path(click.__file__).parent
    for name in ("core", "exceptions", "parser", "termui", "types"):
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                marked = {"_": 1, "ngettext": 2}.get(node.func.id, 0)
                for argument in node.args[:marked]:
                    if isinstance(argument, ast.Constant):
                        yield argument.value


def help_texts() -> Iterator[str]:
    """Paragraphs and options of the help of every command."""
    yield from ("Usage", "Options", "Commands", "Everyday options", "Show this message and exit.")
    yield from (text for _, text in COMMANDS.values())
    for command in _commands(sbv2):
        for text in (command.help, command.epilog, command.short_help):
            for paragraph in paragraphs(text or ""):
                title, _, below = paragraph.partition("\n")
                # Of examples the title alone; it is found again by itself.
                yield title if below and title.startswith("Example") else paragraph
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.help:
                text, _, default = " ".join(parameter.help.split()).partition(" [default: ")
                if not text.startswith(_LISTS):
                    yield text
                if re.search(r"[a-z]{2} [a-z]|'s", default):
                    yield default.removesuffix("]")
            group = getattr(parameter, "group", None)
            if group:
                yield group


def _commands(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _commands(inner)


def updated(path: Path, messages: list[str]) -> polib.POFile:
    """The file of translations with these messages and the translations that it has."""
    known: Mapping[str, str] = (
        {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))} if path.exists() else {}
    )
    file = polib.POFile(wrapwidth=100)
    file.metadata = {
        "Language": path.parent.name,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for message in messages:
        file.append(polib.POEntry(msgid=message, msgstr=known.get(message, "")))
    return file


def main() -> int:
    """Write the files of every language, or only compare them."""
    only_check = "--check" in sys.argv[1:]
    files = gathered()
    faults: list[str] = []
    for language in sorted(one for one in TRANSLATIONS.iterdir() if (one / "help.po").exists()):
        faults += _language(language, files, only_check=only_check)
    print("\n".join(faults), file=sys.stderr)
    return int(only_check and bool(faults))


def _language(folder: Path, files: Mapping[str, list[str]], *, only_check: bool) -> list[str]:
    faults = [
        f"{path.name}: nothing of the program is in it"
        for path in sorted(folder.glob("*.po"))
        if path.stem not in files
    ]
    for name, messages in files.items():
        path = folder / f"{name}.po"
        file = updated(path, messages)
        missing = [entry.msgid for entry in file if not entry.msgstr]
        if missing:
            faults.append(f"{path.name}: {len(missing)} without translation, first: {missing[0]!r}")
        text = f"{file}\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            faults.append(f"{path.name}: out of date")
            if not only_check:
                path.write_text(text, encoding="utf-8")
    return faults


if __name__ == "__main__":
    sys.exit(main())
