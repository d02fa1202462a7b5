"""Runs the model without torch's Python.

python transcribe.py build/libctc.so model.pt
"""

import sys

import numpy as np

import tsrt

library, path = sys.argv[1:]
model = tsrt.Model(path, libraries=[library])
frames = np.sin(np.arange(200, dtype=np.float32)).reshape(25, 8)
labels, begins = model(frames)
print(model.run("transcribe", frames))
print(*labels.tolist())
print(*(f"{begin:.4f}" for begin in begins.tolist()))
assert "torch" not in sys.modules
