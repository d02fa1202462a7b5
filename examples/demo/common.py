"""What with_torch.py and with_tsrt.py share: the same work, the same clock. No torch in here."""

import importlib.util
import json
import sys
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

RATE = 16000  # samples a second, of the recording and for the model
CHUNK = 512  # samples that Silero VAD takes at a time, at this rate


@dataclass(frozen=True)
class Case:
    """One model on one input, an array that is `value` everywhere."""

    name: str
    title: str
    model: str
    shape: tuple[int, ...]
    value: float
    calls: int  # how many are timed, after the first


MODULE = "MyModule(10, 20), scripted"
CASES = (
    Case("resnet18", "ResNet-18, traced", "resnet18.pt", (1, 3, 224, 224), 1.0, 10),
    Case("branch-positive", f"{MODULE}: weight.mv(input)", "branch.pt", (20,), 1.0, 1000),
    Case("branch-negative", f"{MODULE}: weight + input", "branch.pt", (20,), -1.0, 1000),
)


@dataclass(frozen=True)
class Runtime:
    """One way to run a model: NumPy arrays in, NumPy arrays out."""

    name: str
    load: Callable[[Path], Any]
    call: Callable[..., np.ndarray]  # call(model, array, ...)
    reset: Callable[[Any], None]


def main(runtime: Runtime) -> None:
    """`FOLDER CASE`, or `FOLDER speech`, as the program's arguments; prints one JSON object."""
    folder, name = Path(sys.argv[1]), sys.argv[2]
    cases = {case.name: case for case in CASES}
    if name == "speech":
        report = run_speech(runtime, folder)
    else:
        report = run_case(cases[name], runtime, folder)
    print(json.dumps(report))


def run_case(case: Case, runtime: Runtime, folder: Path) -> dict[str, Any]:
    x = np.full(case.shape, case.value, np.float32)
    start = time.perf_counter()
    model = runtime.load(folder / case.model)
    loaded = time.perf_counter()
    first = runtime.call(model, x)
    answered = time.perf_counter()
    report = {
        "first_answer_at": time.monotonic(),  # the parent knows when it started this process
        "peak_mb": peak_mb(),
        "torch_imported": "torch" in sys.modules,
        "load_ms": (loaded - start) * 1e3,
        "first_ms": (answered - loaded) * 1e3,
    }
    times = []
    for _ in range(case.calls):
        start = time.perf_counter()
        last = runtime.call(model, x)
        times.append(time.perf_counter() - start)
    write_answers(folder, case.name, runtime, [first, last])
    return {**report, "call_ms": median(times) * 1e3, "five": first.ravel()[:5].tolist()}


def run_speech(runtime: Runtime, folder: Path) -> dict[str, Any]:
    """Silero VAD over the recording: one speech probability a chunk, the state carried along."""
    sound = read_sound()
    model = runtime.load(silero())
    runtime.reset(model)
    answers, times = [], []
    for at in range(0, len(sound) - CHUNK + 1, CHUNK):
        start = time.perf_counter()
        answers.append(runtime.call(model, sound[at : at + CHUNK], RATE))
        times.append(time.perf_counter() - start)
    write_answers(folder, "speech", runtime, answers)
    return {"call_ms": median(times) * 1e3, "probabilities": [float(p.item()) for p in answers]}


def write_answers(folder: Path, name: str, runtime: Runtime, answers: list[np.ndarray]) -> None:
    """Keeps every byte of the answers, so that the runtimes can be compared bit for bit."""
    (folder / f"{name}.{runtime.name}.bin").write_bytes(b"".join(y.tobytes() for y in answers))


def read_sound() -> np.ndarray:
    """The recording, 16-bit mono, as float32 from -1 to 1."""
    with wave.open(str(Path(__file__).with_name("speech.wav"))) as recording:
        samples = np.frombuffer(recording.readframes(recording.getnframes()), "<i2")
    return samples.astype(np.float32) / 32768


def silero() -> Path:
    """Silero VAD's model file; found without an import, since its package imports torch."""
    spec = importlib.util.find_spec("silero_vad")
    if spec is None or spec.origin is None:
        sys.exit("the demo runs Silero VAD's model: pip install --no-deps silero-vad")
    return Path(spec.origin).parent / "data" / "silero_vad.jit"


def peak_mb() -> float:
    """The most memory this process has had resident, in MB. (getrusage would count its parent's
    too, from before the exec.)"""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
