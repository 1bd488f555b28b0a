"""The command line of the campaigns."""

from __future__ import annotations

import os

# Before torch is imported: a process that forks must have one thread.
os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools import storm
from tools.storm import descriptors, disks, fuzz, kills, manifests, voices
from tools.storm.outcome import Campaign, Tally, joined, table

CAMPAIGNS = {
    "kills": Campaign(kills.begin, "killed"),
    "acts": Campaign(kills.begin_acts, "killed"),
    "disks": Campaign(disks.begin, "refused"),
    "manifests": Campaign(manifests.begin, "refused"),
    "voices": Campaign(voices.begin, "refused"),
    "descriptors": Campaign(descriptors.begin, "not 0"),
    "fuzz": Campaign(fuzz.begin, "refused", fuzz.AT_ONCE),
}
_SAVED = 30  # seconds between two writings of the report


def tried(
    name: str,
    *,
    seed: int,
    numbers: range,
    only: Sequence[str] = (),
    report: Path | None = None,
) -> Tally:
    """Make the tries of a campaign, and tell how far it is."""
    campaign = CAMPAIGNS[name]
    tally = Tally(name, seed)
    started = said = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        tries = campaign.begin(Path(folder), seed, tuple(only))
        for first in range(numbers.start, numbers.stop, campaign.at_once):
            some = range(first, min(first + campaign.at_once, numbers.stop))
            for number, outcome in tries(some):
                tally.add(number, outcome)
                if outcome.problem is not None:
                    failure = tally.failures[-1]
                    print(f"{failure.case}: {failure.problem}\n  {failure.repeat}", file=sys.stderr)
            if time.monotonic() - said >= _SAVED:
                said = time.monotonic()
                told = f"{name}: up to {some.stop}, {len(tally.failures)} failures"
                print(f"{told}, {said - started:.0f} s", file=sys.stderr)
                _save(report, tally)
    _save(report, tally)
    return tally


def _save(report: Path | None, *tallies: Tally) -> None:
    if report is not None:
        text = json.dumps([one.as_json() for one in tallies], ensure_ascii=False, indent=1)
        report.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Run campaigns, or put their reports together."""
    parser = argparse.ArgumentParser(description=(storm.__doc__ or "").partition("\n\n")[0])
    parser.add_argument("campaign", nargs="+", help=f"{', '.join(CAMPAIGNS)}; or table FILE...")
    parser.add_argument("--count", type=int, default=100, help="tries of each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first try")
    parser.add_argument("--case", action="append", default=[], help="only these; repeatable")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there too")
    said = parser.parse_args()
    if said.campaign[0] == "table":
        reports = [one for name in said.campaign[1:] for one in json.loads(Path(name).read_text())]
    else:
        reports = _run(said)
    whole = joined(reports)
    print(table(whole, {name: one.struck for name, one in CAMPAIGNS.items()}))
    for one in whole:
        for failure in one["failures"]:
            print(f"{failure['case']}: {failure['problem']}\n  {failure['repeat']}")
    sys.exit(1 if any(one["failures"] for one in whole) else 0)


def _run(said: argparse.Namespace) -> list[dict[str, Any]]:
    unknown = set(said.campaign) - set(CAMPAIGNS)
    if unknown:
        raise SystemExit(f"there is no campaign {', '.join(sorted(unknown))}")
    numbers = range(said.first, said.first + said.count)
    tallies = []
    for name in said.campaign:
        tallies.append(
            tried(name, seed=said.seed, numbers=numbers, only=said.case, report=said.json)
        )
        _save(said.json, *tallies)
    return [tally.as_json() for tally in tallies]


if __name__ == "__main__":
    main()
