"""One call's cost, rung by rung, on three small models."""

import measure
import numpy as np
import pytest
import rungs
from zoo import small

MODELS = {"identity": "identity", "x+1": "add_one", "MLP 16-32-32-4": "mlp"}
SHAPE = (1, 16)
ROUNDS = 200
ROUND_SECONDS = 0.003


@pytest.fixture(scope="module", params=MODELS)
def measured(request, models, natives):
    """The group's name, and for each rung its durations and its calls a round."""
    file = models / f"{MODELS[request.param]}.pt"
    small.write_onnx(models, file.stem, SHAPE)
    x = np.linspace(-1, 1, 16, dtype=np.float32).reshape(SHAPE)
    sides = {name: make(file, x, natives) for name, make in rungs.RUNGS.items()}
    check_equal(sides)
    tasks = {name: measure.per_call(run, ROUND_SECONDS) for name, run in sides.items()}
    durations = measure.interleave({name: task for name, (task, _) in tasks.items()}, ROUNDS)
    check_equal(sides)
    return request.param, durations, {name: calls for name, (_, calls) in tasks.items()}


def check_equal(sides):
    expected = sides["torch.jit"](3)
    for name, run in sides.items():
        given = run(3).reshape(expected.shape)
        np.testing.assert_allclose(given, expected, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("rung", rungs.RUNGS)
def test_call(measured, rung, record):
    model, durations, calls = measured
    mine = durations[rung]
    record(
        *(f"call: {model}", rung, mine),
        calls=calls[rung],
        over_floor=measure.difference(mine, durations["C++ floor"]),
        to_tsrt=measure.ratio(mine, durations["tsrt"]),
    )
