"""What to do when whoever reads our stdout has gone, as `head` does."""

from __future__ import annotations

import os
import sys

STATUS = 141  # what a shell reports for a process that SIGPIPE ended


def closed_quietly() -> int:
    """Make the interpreter's last flush quiet, and return the exit status.

    Commands call it themselves: Click would turn a closed pipe into status 1, which means a bug.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return STATUS
