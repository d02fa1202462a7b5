"""Calls of mixed shapes, as a server gets them: a plan that is for one shape alone would show."""

import functools

import numpy as np
import pytest
import sides
import zoo

from tsrt import _turns

BASE = "tsrt exact"
SIDES = ["tsrt exact", "tsrt tuned", "torch.jit", "ONNX Runtime"]
STREAMS = {
    "minilm": ("MiniLM, seq 8 to 64", (32, 64, 16, 48, 11, 8, 57, 24, 40, 9, 33, 62)),
    "resnet18": ("ResNet-18, batch 1 to 8", (1, 8, 2, 1, 4, 3, 1, 6)),
}
SECONDS = 10.0  # for all sides of a stream; the first of its calls is the one that is tuned for


def calls_of(name):
    inputs, sizes = zoo.ENTRIES[name].inputs, STREAMS[name][1]
    if name == "minilm":
        return [(inputs(1, length), {}) for length in sizes]
    return [(inputs(batch), {}) for batch in sizes]


@functools.cache
def measure(name):
    path = sides.BUILD / "zoo" / f"{name}.pt"
    zoo.write(zoo.ENTRIES[name], path.parent)
    with _turns.Sides(sides.commands(path, 1, SIDES)) as running:
        calls = calls_of(name)
        ready = running.prepare(calls, BASE)
        for side, found in ready.items():
            assert _turns.difference(found, ready[BASE]) <= 1e-3, side
        rounds = _turns.rounds_within(ready, SECONDS)
        times = _turns.interleave({side: ready[side].round for side in ready}, rounds)
        per_call = {side: [each / len(calls) for each in times[side]] for side in times}
        return per_call, {side: ready[side].facts for side in ready}, running.left_out


@pytest.mark.parametrize(("name", "side"), [(name, side) for name in STREAMS for side in SIDES])
def test_stream(name, side, record):
    times, facts, left_out = measure(name)
    if side not in times:
        pytest.skip(f"{side}: {left_out[side]}")
    record(
        *(f"stream: {STREAMS[name][0]}", side, times[side]),
        **{"calls": len(STREAMS[name][1]), **facts[side]},
        **{f"to {other}": _turns.ratio(times[side], times[other]) for other in times},
    )


def test_calls_differ():
    """A stream of one shape would measure nothing new."""
    shapes = {np.shape(args[0]) for args, _ in calls_of("minilm")}
    assert len(shapes) == len(STREAMS["minilm"][1])
