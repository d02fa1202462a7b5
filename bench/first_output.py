"""A whole process that loads one model and prints its first output, and then its memory.

    python first_output.py numpy|tsrt|torch|onnxruntime FILE SHAPE

prints the first four numbers, and the resident memory and its peak in KB. SHAPE is such as 1,16;
the input is 0.5 everywhere. The side `numpy` runs no model: it is what the Python that all sides
share costs.
"""

import sys


def with_numpy(path, shape):
    import numpy as np

    return np.full(shape, 0.5, np.float32)


def with_tsrt(path, shape):
    import numpy as np

    import tsrt

    return tsrt.Model(path).forward(np.full(shape, 0.5, np.float32))


def with_torch(path, shape):
    import torch

    with torch.inference_mode():
        return torch.jit.load(path)(torch.full(shape, 0.5))


def with_onnxruntime(path, shape):
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: np.full(shape, 0.5, np.float32)})[0]


def memory():
    with open("/proc/self/status") as lines:
        found = dict(line.split(":", 1) for line in lines)
    return [int(found[field].split()[0]) for field in ("VmRSS", "VmHWM")]


def main(side, path, shape):
    output = globals()["with_" + side](path, tuple(map(int, shape.split(","))))
    print(output.flatten()[:4].tolist(), flush=True)
    print(memory(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
