"""The simulation of many workers: what can be worked out by hand, and that no line is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tools.simulate_scale import Cluster, Costs, simulate

COSTS = Costs(line_s=(0.2,), driver_s=0.002, load_s=2.0)


def test_one_worker_takes_the_sum_of_its_lines() -> None:
    assert simulate(COSTS, Cluster(workers=1), 100).seconds == pytest.approx(20.0 + 0.002)


@pytest.mark.parametrize("workers", [2, 10, 50])
def test_workers_below_the_limit_of_the_driver_are_never_idle(workers: int) -> None:
    seconds = simulate(COSTS, Cluster(workers=workers), 120 * workers).seconds
    assert seconds == pytest.approx(24.0, rel=0.02)


@pytest.mark.parametrize("workers", [200, 1000])
def test_the_driver_is_the_limit_beyond(workers: int) -> None:
    outcome = simulate(COSTS, Cluster(workers=workers), 50_000)
    assert outcome.seconds == pytest.approx(50_000 * 0.002, rel=0.01)
    assert outcome.driver_busy_s / outcome.seconds > 0.99


def test_cores_that_are_shared_are_no_more_cores() -> None:
    shared = simulate(COSTS, Cluster(workers=4, cores=2), 480).seconds
    assert shared == pytest.approx(simulate(COSTS, Cluster(workers=2), 480).seconds, rel=0.03)


def test_two_machines_have_the_cores_of_both() -> None:
    apart = simulate(COSTS, Cluster(workers=4, machines=2, cores=2), 480).seconds
    assert apart == pytest.approx(simulate(COSTS, Cluster(workers=4), 480).seconds)


def test_neighbours_slow_a_line_down_by_as_much_as_was_measured() -> None:
    costs = replace(COSTS, contention=1.25)
    alone = simulate(costs, Cluster(workers=1, cores=2), 120).seconds
    assert alone == pytest.approx(120 * 0.2 + 0.002)
    both = simulate(costs, Cluster(workers=2, cores=2), 240).seconds
    assert both == pytest.approx(120 * 0.25, rel=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_every_line_is_taken_once_whoever_dies(seed: int) -> None:
    cluster = Cluster(workers=20, stragglers=0.2, failures=120)
    outcome = simulate(COSTS, cluster, 3000, seed=seed)
    assert outcome.died > 3
    assert outcome.taken == 3000
    assert outcome == simulate(COSTS, cluster, 3000, seed=seed)
