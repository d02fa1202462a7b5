"""What the fuzzer begins with: `python seeds.py FOLDER MODELS` writes FOLDER/TARGET/* and models.

An input is what the target takes from it byte by byte; see there.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import damage_seeds
import models as model_zoo

# flags, ndim, shape, strides, dtype
TENSORS = [
    bytes([0, 1, 4, 0]),
    bytes([0, 2, 2, 3, 6]),
    bytes([2, 2, 2, 3, 3, 1, 0]),
    bytes([2, 2, 2, 3, 0, 1, 0]),
    bytes([8 | 2, 3, 2, 0, 2, 8, 4, 1, 8, 10]),
    bytes([32, 1, 9, 3, 0, 7]),
    bytes([0, 2, 2, 4, 3, 0, 1, 2, 0, 0, 1, 2, 6]),  # and what makes it quantized
    bytes([0, 0, 0]),
]
OPTIONS = {
    0: ["device=cpu", "threads=2,verify=no", " mmap = no , signature=yes", "device=cuda:0"],
    1: ["forward", "encoder.shift", "weights", "train"],
    2: ["label\0text", "encoder.steps", "table", "modes", "encoder.weight"],
    3: ["add", "__len__", "total", "names"],
    4: ["start", "self"],
    5: ["cpu", "cuda:1", "meta", "cpu:0"],
    6: ["note.txt", ""],
    7: ["x86", "none", "fbgemm"],
}
# leaves 0 to 9, containers 10 to 15, run 16 to 19, take apart 20, an object 22, an attribute 23
VALUES = [
    bytes([2, 5, 16, 7, 4, 0, 0, 20, 0]),
    bytes([9, 5, 2, 2, 6, 3, 14, 1, 1, 0, 16, 5, 4, 2, 0, 20, 3]),
    bytes([8, 4, 3, 10, 1, 0, 0, 16, 38, 4, 0, 0, 20, 1]),
    bytes([2, 7, 16, 18, 4, 0, 0, 22, 1, 0, 0, 0]),
    bytes([5, *b"cpu", 0, 16, 2, 4, 0, 0, 20, 1]),
    bytes([6, 2, 3, *bytes(8), 13, 2, 0, 0, 1, 1, 23, 4, 2]),
]


def write(folder, models):
    inputs = {
        "tensors": TENSORS,
        "options": [bytes([kind]) + t.encode() for kind in OPTIONS for t in OPTIONS[kind]],
        "values": VALUES,
    }
    with tempfile.TemporaryDirectory() as made:
        damage_seeds.write(Path(made))
        archives = [path.read_bytes() for path in sorted(Path(made).glob("*.pt"))]
    inputs["archives"] = [data for data in archives if len(data) < 8192]
    for target, contents in inputs.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for i, data in enumerate(contents):
            (folder / target / f"{i:02}").write_bytes(data)
    model_zoo.write_all(models)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
