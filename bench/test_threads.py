"""Two host threads on one model; and what a second thread within an operator brings, with the
machine's other core idle and busy."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import measure
import pytest
import sides
import zoo

from tsrt import _turns

HERE = Path(__file__).parent
SIDES = ["tsrt exact", "tsrt tuned", "torch.jit", "ONNX Runtime"]
ROUNDS = 5
BUSY = "while True: pass"
needs_two_cores = pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2, reason="needs two cores, and there is one"
)


def model(name):
    path = sides.BUILD / "zoo" / f"{name}.pt"
    zoo.write(zoo.ENTRIES[name], path.parent)
    return path


class Threads:
    """A process of host_threads.py."""

    def __init__(self, side, path):
        command = [sys.executable, "-W", "ignore", HERE / "host_threads.py", side, path]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.state = self.process.stdout.readline().strip() or "its process ended"

    def seconds(self, threads):
        self.process.stdin.write(f"{threads}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.kill()
        self.process.communicate()


@functools.cache
def measure_host_threads(name):
    started = {side: Threads(side, model(name)) for side in SIDES}
    tasks = {
        (side, n): functools.partial(each.seconds, n)
        for side, each in started.items()
        if each.state == "ready"
        for n in (1, 2)
    }
    times = measure.interleave(tasks, ROUNDS)
    for each in started.values():
        each.close()
    return times, {side: each.state for side, each in started.items()}


@needs_two_cores
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", ["minilm", "resnet18"])
def test_host_threads(name, side, record):
    """`gain` is how many times the calls a second of one thread two threads make."""
    times, states = measure_host_threads(name)
    if (side, 1) not in times:
        pytest.skip(f"{side}: {states[side]}")
    one, two = times[side, 1], times[side, 2]
    title = f"host threads: {zoo.ENTRIES[name].title}"
    record(title, side, two, gain=2 * measure.ratio(one, two))


@functools.cache
def measure_operator_threads(name):
    """Seconds a call, by side, threads in an operator, and whether another process is busy."""
    calls, tasks = zoo.ENTRIES[name].calls(1), {}
    groups = {n: _turns.Sides(sides.commands(model(name), n, SIDES), n) for n in (1, 2)}
    ready = {n: group.prepare(calls, "tsrt exact") for n, group in groups.items()}
    for n, found in ready.items():
        for side, process in found.items():
            tasks[side, n] = process.round
    times = {(*key, "idle"): value for key, value in measure.interleave(tasks, ROUNDS).items()}
    with subprocess.Popen([sys.executable, "-c", BUSY]) as busy:
        busy_times = measure.interleave(tasks, ROUNDS)
        busy.kill()
    for group in groups.values():
        group.__exit__()
    times |= {(*key, "busy"): value for key, value in busy_times.items()}
    return times, groups[1].left_out | groups[2].left_out


@needs_two_cores
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("other", ["idle", "busy"])
def test_operator_threads(other, threads, side, record):
    times, left_out = measure_operator_threads("resnet18")
    if side in left_out:
        pytest.skip(f"{side}: {left_out[side]}")
    mine = times[side, threads, other]
    record(
        *(f"operator threads: ResNet-18, other core {other}", side, mine),
        size=f"{side}, {threads} thread" + "s" * (threads > 1),
        to_one=measure.ratio(mine, times[side, 1, other]),
    )
