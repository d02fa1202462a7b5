"""From the start of a process to its first output, and the memory that it then has."""

import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import measure
import numpy as np
import pytest
import sides
import zoo
from zoo import small

MODELS = {"MLP 16-32-32-4": ("mlp", (1, 16)), "ResNet-18": ("resnet18", (1, 3, 224, 224))}
SIDES = {
    "C++ (LibTorch)": ".pt",
    "C (tsrt)": ".pt",
    "numpy": ".pt",
    "tsrt": ".pt",
    "torch": ".pt",
    "onnxruntime": ".onnx",
}
PROGRAMS = {"C++ (LibTorch)": "first_output_libtorch", "C (tsrt)": "first_output_tsrt"}
SCRIPT = Path(__file__).parent / "first_output.py"
ROUNDS = 9


def first_output(side, model, shape, natives):
    """Runs one process: the seconds to its first output, that output, and its memory in KB."""
    file, sizes = model.with_suffix(SIDES[side]), ",".join(map(str, shape))
    command = [sys.executable, "-W", "ignore", SCRIPT, side]
    if side in PROGRAMS:
        command = [natives / PROGRAMS[side]]
    start = time.perf_counter()
    with subprocess.Popen([*command, file, sizes], stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        seconds = time.perf_counter() - start
        memory = process.stdout.readline()
    assert process.returncode == 0, f"{side} failed"
    return seconds, json.loads(line), json.loads(memory)


def check_equal(model, shape, natives):
    """Fills the page cache as well: every side has started once before it is timed."""
    outputs = {side: first_output(side, model, shape, natives)[1] for side in SIDES}
    for side in (*PROGRAMS, "tsrt", "onnxruntime"):
        np.testing.assert_allclose(outputs[side], outputs["torch"], 1e-4, 1e-5, err_msg=side)


def write_resnet18(folder):
    zoo.write(zoo.ENTRIES["resnet18"], sides.BUILD / "zoo")
    for file in (sides.BUILD / "zoo").glob("resnet18.*"):
        shutil.copy(file, folder)


@pytest.fixture(scope="module", params=MODELS)
def measured(request, models, natives):
    """The model's name, and for each side the seconds and the memory of each process."""
    name, shape = MODELS[request.param]
    if name == "mlp":
        small.write_onnx(models, name, shape)
    else:
        write_resnet18(models)
    check_equal(models / name, shape, natives)
    memories = {side: [] for side in SIDES}

    def one(side):
        seconds, _, memory = first_output(side, models / name, shape, natives)
        memories[side].append(memory)
        return seconds

    seconds = measure.interleave({side: lambda side=side: one(side) for side in SIDES}, ROUNDS)
    return request.param, seconds, memories


@pytest.mark.parametrize("side", SIDES)
def test_cold_start(measured, side, record):
    model, seconds, memories = measured
    resident, peak = map(statistics.median, zip(*memories[side], strict=True))
    of_torch = statistics.median(resident for resident, _ in memories["torch"])
    record(
        *(f"cold start: {model}", side, seconds[side]),
        to_tsrt=measure.ratio(seconds[side], seconds["tsrt"]),
        to_libtorch=measure.ratio(seconds[side], seconds["C++ (LibTorch)"]),
        resident_kb=resident,
        peak_kb=peak,
        memory_to_torch=resident / of_torch,
    )
