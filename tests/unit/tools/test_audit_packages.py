"""What is said of pip-audit's answer."""

from __future__ import annotations

from tools.audit_packages import verdict

GOOD = {"name": "click", "version": "8.5.1", "vulns": []}
UNKNOWN = {"name": "torch", "skip_reason": "Dependency not found on PyPI"}
BAD = {
    "name": "h11",
    "version": "0.15.0",
    "vulns": [{"id": "PYSEC-2025-1", "fix_versions": ["0.16.0"]}],
}


def test_a_vulnerable_package_is_named_with_its_cure() -> None:
    text, status = verdict({"dependencies": [GOOD, BAD, UNKNOWN]})
    assert status == 1
    assert text.splitlines() == [
        "2 of 3 packages audited, 1 vulnerabilities",
        "h11 0.15.0: PYSEC-2025-1, mended in 0.16.0",
        "not audited: torch",
    ]


def test_an_index_without_advisories_is_no_all_clear() -> None:
    text, status = verdict({"dependencies": [UNKNOWN, UNKNOWN]})
    assert (text.partition(":")[0], status) == ("nothing was audited", 0)


def test_nothing_known_is_well() -> None:
    assert verdict({"dependencies": [GOOD]}) == ("1 of 1 packages audited, 0 vulnerabilities", 0)
