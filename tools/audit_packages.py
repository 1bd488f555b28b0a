"""Known vulnerabilities of the pinned packages, where somebody can be asked for them.

    pip install pip-audit && python -m tools.audit_packages

pip-audit (Apache-2.0) asks PyPI about every version in constraints.txt; nothing is installed or
resolved. A package that PyPI does not know there, or a mirror without advisories, is "not audited":
pip-audit ends well then too, so it is counted here. The status is 1 where something is known to be
vulnerable, 0 where nothing is, and where nobody could be asked, which is said.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"


def verdict(report: Mapping[str, Any]) -> tuple[str, int]:
    """What pip-audit's JSON says, for people, and the status."""
    packages = report["dependencies"]
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    found = [
        f"{each['name']} {each['version']}: {flaw['id']}, mended in"
        f" {', '.join(flaw['fix_versions']) or 'no version'}"
        for each in packages
        for flaw in each.get("vulns", ())
    ]
    audited = len(packages) - len(skipped)
    if not audited:
        return f"nothing was audited: the index knows no advisories of {len(packages)} packages", 0
    told = [f"{audited} of {len(packages)} packages audited, {len(found)} vulnerabilities", *found]
    told += [f"not audited: {', '.join(skipped)}"] if skipped else []
    return "\n".join(told), 1 if found else 0


def main() -> int:
    """Ask, and tell."""
    program = shutil.which("pip-audit")
    if program is None:
        sys.stderr.write("nothing was audited: pip-audit is not installed\n")
        return 0
    options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "-f", "json"]
    done = subprocess.run(  # noqa: S603 - its path is of this machine
        [program, "-r", str(CONSTRAINTS), *options], capture_output=True, text=True, check=False
    )
    try:
        report = json.loads(done.stdout)
    except ValueError:
        why = done.stderr.strip().rpartition("\n")[2][:200]
        sys.stderr.write(f"nothing was audited: {why}\n")
        return 0
    text, status = verdict(report)
    sys.stderr.write(f"{text}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
