"""Damaged archives: a few hundred of what `make damaged` tries, and what it found before."""

import subprocess
import sys
from pathlib import Path

import damaged
import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("damage")
    command = [sys.executable, HERE / "damage_seeds.py", folder]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def options(folder, *more):
    return damaged.parsed(["--folder", str(folder), *map(str, more)])


def test_damaged(folder):
    findings, _ = damaged.watch(options(folder, "--archives", 240, "--flips", 1))
    assert findings == []


# Seed and number of archives that were once loaded as if nothing was wrong with them.
@pytest.mark.parametrize("seed, number", [(1, 1274)])
def test_found_before(folder, seed, number):
    tries = damaged.Tries(options(folder, "--archives", number + 1, "--flips", 0, "--seed", seed))
    assert tries.run(number)[2] is None


def test_a_dead_worker_is_a_finding(folder, monkeypatch):
    """The one who listens says which archive it was, and goes on behind it."""
    dying = "import os, signal; print('{\"begin\": 3}', flush=True); os.kill(os.getpid(), 9)"
    worker = damaged.Worker.__new__(damaged.Worker)
    worker.process = subprocess.Popen(
        [sys.executable, "-c", dying], stdout=subprocess.PIPE, text=True
    )
    worker.at, worker.since, worker.gone, worker.grown = 0, 0, False, None
    assert worker.listen() is None
    assert worker.listen() == {"number": 3, "problem": "the process died (-9)"}
    assert worker.gone
