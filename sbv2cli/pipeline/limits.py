"""When a run gives up: `--on-error stop`, `--max-failures 20`, `--max-failures 5%`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from sbv2cli.errors import UsageError
from sbv2cli.pipeline.job import Job

_WRITTEN = re.compile(r"(\d+)|(\d+(?:\.\d+)?)%")


@dataclass(slots=True)
class Limit:
    """How many lines may fail; `None` is any number."""

    most: int | None = None
    failed: int = 0

    @classmethod
    def of(cls, job: Job, lines: int) -> Limit:
        """The limit of a job of so many lines."""
        if job.on_error == "stop":
            return cls(most=0)
        return (
            cls() if job.max_failures is None else cls(most=most_failures(job.max_failures, lines))
        )

    @property
    def reached(self) -> bool:
        """Whether more have failed than may."""
        return self.most is not None and self.failed > self.most

    def count(self) -> None:
        """One more has failed."""
        self.failed += 1


def most_failures(written: str, lines: int) -> int:
    """`20` or `5%` as a number of lines."""
    match = _WRITTEN.fullmatch(written.strip())
    if match is None:
        raise UsageError(
            "setting.max-failures",
            f'max_failures is "{written}"',
            hint="write a number of lines or a share: --max-failures 20, --max-failures 5%",
        )
    return int(match[1]) if match[1] else math.floor(lines * float(match[2]) / 100)
