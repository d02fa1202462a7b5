"""The first call after a load, by what a call takes later; a process for each."""

import functools
import json
import subprocess
import sys
from pathlib import Path

import measure
import pytest
import sides
import zoo

SCRIPT = Path(__file__).parent / "first_call.py"
MODELS = ["mlp", "silero", "minilm", "resnet18"]
SIDES = ["tsrt exact", "torch.jit"]
ROUNDS = 3


def one(side, path):
    command = [sys.executable, "-W", "ignore", SCRIPT, side, path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@functools.cache
def measure_first(name):
    path = sides.BUILD / "zoo" / f"{name}.pt"
    zoo.write(zoo.ENTRIES[name], path.parent)
    tasks = {side: functools.partial(one, side, path) for side in SIDES}
    return measure.interleave(tasks, ROUNDS)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", MODELS)
def test_first_call(name, side, record):
    pairs = measure_first(name)[side]
    first, settled = (list(times) for times in zip(*pairs, strict=True))
    record(
        *(f"first call: {zoo.ENTRIES[name].title}", side, first),
        settled=sorted(settled)[len(settled) // 2],
        to_settled=measure.ratio(first, settled),
    )
