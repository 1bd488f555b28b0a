"""What the package tells libraries before they are loaded, and that a user's own word holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

TOLD = {
    "ORT_DISABLE_TELEMETRY": "1",
    "OMP_WAIT_POLICY": "passive",
    "GOMP_SPINCOUNT": "2000",
}


@pytest.mark.parametrize("own", [{}, {"ORT_DISABLE_TELEMETRY": "0", "GOMP_SPINCOUNT": "7"}])
def test_libraries_are_told_unless_the_user_says_otherwise(own):
    program = "import sbv2cli, os, json; print(json.dumps(dict(os.environ)))"
    kept = {name: value for name, value in os.environ.items() if name not in TOLD}
    done = subprocess.run(
        [sys.executable, "-c", program], env={**kept, **own}, capture_output=True, check=True
    )
    found = json.loads(done.stdout)
    assert {name: found[name] for name in TOLD} == {**TOLD, **own}


def test_a_policy_of_the_user_is_not_undone_by_a_count():
    # GNU's library heeds the count before the policy.
    program = "import sbv2cli, os; print('GOMP_SPINCOUNT' in os.environ)"
    kept = {name: value for name, value in os.environ.items() if name not in TOLD}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**kept, "OMP_WAIT_POLICY": "active"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.strip() == "False"
