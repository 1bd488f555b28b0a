"""Lines that say the same share one sound, and where the file is the same too, its bytes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from sbv2cli.pipeline.keys import Keys
from sbv2cli.pipeline.reading import ReadLine
from sbv2cli.pipeline.write import Written
from sbv2cli.records import LineId, Waveform

# Files of one sound that are written at a time: a line may be said a thousand times in a script,
# and each copy holds bytes.
AT_A_TIME = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The line whose file the others of its post key copy, and what became of that file."""

    id: LineId
    written: Written


@dataclass(slots=True)
class SharedSound:
    """One sound on its way, and every line that waits for it.

    A line that joins while the file of its twin is being written waits for that file.
    """

    name: str  # among those of the run
    waiting: list[tuple[ReadLine, Keys]] = field(default_factory=list)
    sounds: tuple[Waveform, ...] = ()  # none yet
    attempts: int = 0
    under_way: set[str] = field(default_factory=set)  # post keys of files that are being made
    made: dict[str, First] = field(default_factory=dict)  # by post key
    writing: int = 0  # files, copies among them

    def ready(self) -> list[tuple[ReadLine, Keys, First | None]]:
        """The lines that can be written now, each with the line that it copies, if any."""
        if not self.sounds:
            return []
        found: list[tuple[ReadLine, Keys, First | None]] = []
        still: list[tuple[ReadLine, Keys]] = []
        for index, (read, keys) in enumerate(self.waiting):
            if self.writing == AT_A_TIME:
                still += self.waiting[index:]
                break
            first = self.made.get(keys.post)
            if first is None and keys.post in self.under_way:
                still.append((read, keys))
                continue
            if first is None:
                self.under_way.add(keys.post)
            self.writing += 1
            found.append((read, keys, first))
        self.waiting = still
        return found

    def wrote(self, keys: Keys, written: Written) -> None:
        """A file has been made, or could not be; then the next line of its key is a first one."""
        self.writing -= 1
        if keys.post in self.under_way:
            self.under_way.discard(keys.post)
            if written.failure is None and written.error is None:
                self.made[keys.post] = First(id=written.id, written=written)

    @property
    def done(self) -> bool:
        """Whether nobody waits and nothing is being written."""
        return bool(self.sounds) and not self.waiting and not self.writing
