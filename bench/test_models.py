"""Whole models: tsrt as it is and tuned, beside torch, ONNX Runtime and OpenVINO, each in a process
of its own."""

import functools

import pytest
import sides
import zoo

from tsrt import _turns

BASE = "tsrt exact"
SECONDS = 2.5  # for all sides of a group together


def sides_of(entry, batch, threads):
    names = [*sides.NAMES]
    if not entry.bfloat16:
        names.remove("tsrt tuned bf16")
    if not entry.has_source:
        names.remove("torch eager")
    if not entry.has_source or batch > 1 or threads > 1:
        names.remove("torch.compile")  # which takes up to a minute for each
    return names


CASES = [
    (name, threads, batch, side)
    for name, entry in zoo.ENTRIES.items()
    for threads in entry.threads
    for batch in entry.batches
    for side in sides_of(entry, batch, threads)
]


@functools.cache
def measure(name, threads):
    """For each batch its sides, their times, and why others are not there."""
    entry, found = zoo.ENTRIES[name], {}
    path = sides.BUILD / "zoo" / f"{name}.pt"
    zoo.write(entry, path.parent)
    names = sides_of(entry, 1, threads)
    with _turns.Sides(sides.commands(path, threads, names), threads) as running:
        for batch in entry.batches:
            calls = entry.calls(batch)
            ready = running.prepare(calls, BASE, sides_of(entry, batch, threads))
            apart = check_equal(entry, ready)
            rounds = _turns.rounds_within(ready, SECONDS)
            times = _turns.interleave({name: ready[name].round for name in ready}, rounds)
            times = {name: [each / len(calls) for each in times[name]] for name in times}
            facts = {
                name: {"calls": side.passes * len(calls), "apart": apart[name], **side.facts}
                for name, side in ready.items()
            }
            found[batch] = times, facts, dict(running.left_out)
    return found


def check_equal(entry, ready):
    """How far each side's answers are from tsrt's, which are those of torch.jit bit for bit."""
    allowed = dict.fromkeys(("ONNX Runtime", "OpenVINO"), entry.onnx_tolerance)
    allowed["tsrt tuned bf16"] = 0.05
    apart = {name: _turns.difference(side, ready[BASE]) for name, side in ready.items()}
    assert apart.get("torch.jit", 0) == 0
    for name, difference in apart.items():
        assert difference <= allowed.get(name, entry.tolerance), (name, difference)
    return apart


@pytest.mark.parametrize(("name", "threads", "batch", "side"), CASES)
def test_model(name, threads, batch, side, record):
    times, facts, left_out = measure(name, threads)[batch]
    if side not in times:
        pytest.skip(f"{side}: {left_out[side]}")
    title = f"model: {zoo.ENTRIES[name].title}, batch {batch}, {threads} thread"
    record(
        *(title + "s" * (threads > 1), side, times[side]),
        **facts[side],
        **{f"to {other}": _turns.ratio(times[side], times[other]) for other in times},
    )
