"""Silero VAD, which says for each 32 ms of sound whether there is speech in it."""

from __future__ import annotations

import importlib.util
import wave
from pathlib import Path

import numpy as np

RATE = 16000
CHUNK = 512
CONTEXT = 64  # samples of the chunk before, which the model sees again
RECORDING = Path(__file__).parents[2] / "examples" / "demo" / "speech.wav"


def file(name: str) -> Path:
    """A file of the package, which is not imported, as it would import torch."""
    spec = importlib.util.find_spec("silero_vad")
    assert spec and spec.origin, "pip install --no-deps silero-vad"
    return Path(spec.origin).parent / "data" / name


def chunks() -> list[np.ndarray]:
    """The recording from beginning to end."""
    with wave.open(str(RECORDING)) as recording:
        samples = np.frombuffer(recording.readframes(recording.getnframes()), "<i2")
    sound = samples.astype(np.float32) / 32768
    whole = len(sound) // CHUNK * CHUNK
    return [chunk.reshape(1, CHUNK).copy() for chunk in np.split(sound[:whole], whole // CHUNK)]
