"""One call's cost on inputs from 1 KB to 1 GB, with a model that looks at eight numbers of them:
what grows with the input is what a runtime adds, such as a copy."""

import measure
import numpy as np
import pytest
import rungs

SIZES = {"1 KB": 1 << 10, "1 MB": 1 << 20, "32 MB": 1 << 25, "1 GB": 1 << 30}
SIDES = {"tsrt": rungs.with_tsrt, "torch.jit": rungs.with_torch}
ROUNDS = 150
ROUND_SECONDS = 0.003


def memory_available():
    with open("/proc/meminfo") as lines:
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvail"))


@pytest.fixture(scope="module")
def measured(models):
    """For each side and size its durations, and the rise of resident memory in one call."""
    if memory_available() < 3 << 30:
        pytest.skip("the size ladder needs 3 GB of free memory")
    numbers = np.arange(max(SIZES.values()) // 4, dtype=np.float32)  # each input is a part of it
    calls, growth = {}, {}
    for side, make in SIDES.items():
        for size, n_bytes in SIZES.items():
            call = make(models / "head.pt", numbers[: n_bytes // 4])
            np.testing.assert_array_equal(call(5), np.arange(1, 9))
            growth[side, size] = measure.peak_growth_kb(lambda call=call: call(1))
            calls[side, size], _ = measure.per_call(call, ROUND_SECONDS)
    return measure.interleave(calls, ROUNDS), growth


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("side", SIDES)
def test_size(measured, side, size, record):
    durations, growth = measured
    mine = durations[side, size]
    record(
        *(f"size ladder: {side}", side, mine),
        size=size,
        bytes=SIZES[size],
        growth_kb=growth[side, size],
        to_1_kb=measure.ratio(mine, durations[side, "1 KB"]),
    )
