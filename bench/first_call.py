"""How long a model's first call takes after it is loaded, and a call when it has settled.

python first_call.py SIDE MODEL    prints the seconds of both as JSON
"""

import json
import sys
import time
from pathlib import Path
from statistics import median

import zoo

from tsrt._side import RUNTIMES

SETTLING, SETTLED = 5, 5  # calls


def main(side, model):
    runtime = RUNTIMES[side](model, 1, None)
    calls = zoo.ENTRIES[Path(model).stem].calls(1)
    args = tuple(map(runtime.convert, calls[0][0]))
    times = []
    for _ in range(1 + SETTLING + SETTLED):
        start = time.perf_counter()
        runtime.call(*args)
        times.append(time.perf_counter() - start)
    print(json.dumps([times[0], median(times[-SETTLED:])]))


if __name__ == "__main__":
    main(*sys.argv[1:])
