"""A second import into the same file: ids stay, and so does what people have changed in it.

Each line carries a note of what the source said (`imported`): a digest for each of its keys. So it
can be told which values are the source's and which are a person's, wherever the file has been.

- A value that nobody touched follows the source.
- A value that a person gave, changed or deleted stays while the source says what it said.
- Where both have changed, the source counts, and a finding says what was replaced.
- A reading that a person gave belongs to its text, and goes with it.
- Lines that a person added stay behind the line that they stood behind.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote

from sbv2cli.errors import ScriptError
from sbv2cli.pipeline.importing.records import IMPORTED, KEYS, Record, record_of, with_notation
from sbv2cli.pipeline.match_lines import How, match_lines
from sbv2cli.pipeline.stable_ids import kept_ids
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.ruby import may_hold_ruby
from sbv2cli.readers.script import read_script
from sbv2cli.records import Finding, LineId, ScriptLine

_APART = frozenset({"id", "text", "ruby", "meta", IMPORTED})  # of the keys of a record
_TEXT, _META = "text", "meta."

Values = dict[str, Any]  # key -> value; text and ruby are one value, columns of meta one each


@dataclass(slots=True)
class Again:
    """What a second import found."""

    lines: list[Record] = field(default_factory=list)  # those that are not as they were
    counts: Counter[str] = field(default_factory=Counter)  # of lines, by how they were found
    kept: Counter[str] = field(default_factory=Counter)  # values that people gave, by key

    def as_json(self) -> Record:
        """All of it, for programs."""
        return {"counts": dict(self.counts), "kept": dict(self.kept), "lines": self.lines}


@dataclass(frozen=True, slots=True)
class _Found:
    old: int
    how: How | Literal["id"]


def earlier_lines(place: Path, options: ReaderOptions) -> list[ScriptLine] | None:
    """The lines of an earlier import; `None` for a file that is none.

    Raises:
        ScriptError: it is one, and has errors.
    """
    own = ReaderOptions(language=options.language, markup=options.markup)
    try:
        lines = list(read_script(place, own))
    except ScriptError:
        return None
    if not any(line.imported for line in lines):
        return None
    ids = Counter(line.id for line in lines)
    for line in lines:
        wrong = [found for found in line.findings if found.severity == "error"]
        if wrong or ids[line.id] > 1:
            message = wrong[0].message if wrong else f'the id "{line.id}" stands there twice'
            raise ScriptError(
                "import.earlier",
                f"the earlier import has an error: {message}",
                at=str((wrong[0].at if wrong else None) or line.source),
                hint="put it right, or give up what was changed there: --force",
            )
    return lines


def with_note(record: Record) -> Record:
    """A record of the source with a note of what it says."""
    said = _values(record)
    note = " ".join(f"{quote(key, safe='')}={_digest(value)}" for key, value in said.items())
    return {**record, IMPORTED: note}


def merge(
    old: Sequence[ScriptLine], new: Sequence[ScriptLine], *, stamped: bool
) -> tuple[list[tuple[ScriptLine, Record]], Again]:
    """The lines of the source with the ids and the changes of the earlier file, and their records.

    What was changed on both sides, or is gone with what people gave to it, is a finding.
    """
    again = Again()
    matches = _matches(old, new)
    ids = kept_ids(
        [(line.id, line.source.path, line.id_given) for line in new],
        [line.id for line in old],
        [None if match is None else match.old for match in matches],
        stamped=stamped,
    )
    merged = []
    for line, match, identity in zip(new, matches, ids, strict=True):
        named = _named(line, identity)
        if match is None:
            again.counts["new"] += 1
            again.lines.append({"id": identity, "how": "new", "text": line.text})
            merged.append((named, with_note(record_of(named))))
        else:
            merged.append(_merged(old[match.old], named, match, again))
    return _with_added(old, merged, matches, again), again


def _matches(old: Sequence[ScriptLine], new: Sequence[ScriptLine]) -> list[_Found | None]:
    """By the ids that the source gives; else by neighbours and likeness of what it said."""
    by_id = {line.id: at for at, line in enumerate(old)}
    matches = [
        _Found(by_id[line.id], "id") if line.id_given and line.id in by_id else None for line in new
    ]
    taken = {match.old for match in matches if match is not None}
    left = [at for at, line in enumerate(old) if at not in taken and line.imported]
    open_ = [to for to, match in enumerate(matches) if match is None]
    found = match_lines(
        [old[at].text for at in left],
        [new[to].text for to in open_],
        old_keys=[_noted(old[at]).get(_TEXT, "") for at in left],
        new_keys=[_digest(_values(record_of(new[to]))[_TEXT]) for to in open_],
    )
    for to, match in zip(open_, found, strict=True):
        if match is not None:
            matches[to] = _Found(left[match.old], match.how)
    return matches


def _named(line: ScriptLine, identity: str) -> ScriptLine:
    """A line with its id, which is its own: what was said of one made from the position is over."""
    if line.id_given:
        return line
    found = tuple(one for one in line.findings if one.code != "script.id-twice")
    return replace(line, id=LineId(identity), id_given=True, findings=found)


def _merged(
    old: ScriptLine, new: ScriptLine, match: _Found, again: Again
) -> tuple[ScriptLine, Record]:
    """A line of the source with what people have made of it."""
    source = record_of(new)
    noted, theirs, values = _noted(old), _values(record_of(old)), _values(source)
    kept, replaced = [], {}
    for key in sorted(theirs.keys() | noted.keys()):
        mine, now, before = theirs.get(key), values.get(key), noted.get(key, "")
        if _digest(mine) == before or mine == now:
            continue
        if now is None or _digest(now) == before:
            values[key] = mine
            kept.append(key)
        else:
            replaced[key] = mine, now
    if values[_TEXT][0] != source["text"]:
        values["carried"] = None  # readings stand over the words of the source
    if "reading" in kept and values[_TEXT][0] != old.text:
        kept.remove("reading")
        replaced["reading"] = values.pop("reading"), None
    again.counts[match.how] += 1
    again.kept.update(kept)
    text = values[_TEXT][0]
    told = {
        "was": old.text if old.text != text else None,
        "kept": kept,
        "replaced": {key: mine for key, (mine, _) in replaced.items()},
    }
    if match.how not in {"same", "id"} or any(told.values()):
        said = {key: value for key, value in told.items() if value}
        again.lines.append({"id": new.id, "how": match.how, "text": text, **said})
    found = tuple(_replaced(key, mine, now, new) for key, (mine, now) in replaced.items())
    record = _record(values, new.id, with_note(source)[IMPORTED])
    return replace(new, findings=(*new.findings, *found)), record


def _with_added(
    old: Sequence[ScriptLine],
    merged: Sequence[tuple[ScriptLine, Record]],
    matches: Sequence[_Found | None],
    again: Again,
) -> list[tuple[ScriptLine, Record]]:
    """Lines that people added, behind the line that they stood behind; those that are gone told."""
    where = {match.old: to for to, match in enumerate(matches) if match is not None}
    behind: defaultdict[int, list[tuple[ScriptLine, Record]]] = defaultdict(list)
    place = -1
    gone: list[Finding] = []
    for at, line in enumerate(old):
        if at in where:
            place = where[at]
        elif line.imported:
            again.counts["gone"] += 1
            again.lines.append({"id": line.id, "how": "gone", "was": line.text})
            gone += _gone(line)
        else:
            again.counts["added"] += 1
            behind[place].append((replace(line, findings=()), record_of(line)))
    lines = [*behind[-1]]
    for to, one in enumerate(merged):
        lines += [one, *behind[to]]
    if gone and lines:
        first, record = lines[0]
        lines[0] = replace(first, findings=(*first.findings, *gone)), record
    return lines


# ---- what a line says, key by key ----------------------------------------------------------------


def _values(record: Record) -> Values:
    return {
        _TEXT: [record["text"], record.get("ruby", [])],
        **{key: value for key, value in record.items() if key not in _APART},
        **{f"{_META}{name}": value for name, value in record.get("meta", {}).items()},
    }


def _record(values: Values, identity: str, note: str) -> Record:
    """The record of some values, with the id of another."""
    text, ruby = values[_TEXT]
    meta = {
        key.removeprefix(_META): value
        for key, value in values.items()
        if key.startswith(_META) and value is not None
    }
    said = {
        "id": identity,
        **{key: value for key, value in values.items() if not key.startswith(_META)},
        "text": text,
        "ruby": ruby or ([] if may_hold_ruby(text) else None),
        "meta": meta or None,
        IMPORTED: note,
    }
    return {key: said[key] for key in (*KEYS, "meta", IMPORTED) if said.get(key) is not None}


def _noted(line: ScriptLine) -> dict[str, str]:
    parts = (part.partition("=") for part in (line.imported or "").split())
    return {unquote(key): value for key, _, value in parts}


def _digest(value: Any) -> str:
    """Six signs for a value, so that a change goes unnoticed once in 16 million times."""
    if value is None:
        return ""
    written = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(written.encode("utf-8", "replace"), digest_size=3).hexdigest()


# ---- what is said of it --------------------------------------------------------------------------


def _replaced(key: str, mine: Any, now: Any, line: ScriptLine) -> Finding:
    was = _shown(mine) if mine is not None else "taken away"
    if now is None:
        message = f"the {key} {was} was given to the earlier text, and is left out"
    else:
        message = f"the {key} was changed by hand ({was}) and in the source, which counts"
    return Finding(
        code="import.replaced",
        severity="warning",
        message=message,
        at=line.source,
        hint="put it into the new file again, if it still holds",
    )


def _gone(line: ScriptLine) -> Iterator[Finding]:
    noted, theirs = _noted(line), _values(record_of(line))
    given = {key: value for key, value in theirs.items() if _digest(value) != noted.get(key, "")}
    if given:
        shown = ", ".join(f"{key} {_shown(value)}" for key, value in given.items())
        yield Finding(
            code="import.gone",
            severity="warning",
            message=f'the source has no line "{line.id}" any more; by hand it had {shown}',
            at=line.source,
            hint="put it into the new file again, if it still holds",
        )


def _shown(value: Any) -> str:
    if isinstance(value, list):  # a text and its ruby
        value = with_notation(*value)
    return json.dumps(value, ensure_ascii=False)[:80]
