"""Calls from one host thread and from two, on one model: seconds a call of all together.

    python host_threads.py SIDE MODEL

For each line on standard input, a number of threads, that many threads make `CALLS` calls each; the
answer is the seconds that it took. The first line is `ready`, or why the side cannot run.
"""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sides
import zoo

from tsrt._side import RUNTIMES

CALLS = {"minilm": 10, "resnet18": 4}


def work(runtime, args, calls, start):
    with runtime.mode():
        start.wait()
        for _ in range(calls):
            runtime.call(*args)


def seconds(runtime, args, calls, n_threads):
    start = threading.Barrier(n_threads + 1)
    with ThreadPoolExecutor(n_threads) as pool:
        working = [pool.submit(work, runtime, args, calls, start) for _ in range(n_threads)]
        start.wait()
        begin = time.perf_counter()
        for each in working:
            each.result()
        return time.perf_counter() - begin


def main(side, model):
    name = Path(model).stem
    runtime = (RUNTIMES | sides.MORE)[side](model, 1, None)
    calls = zoo.ENTRIES[name].calls(1)
    try:
        runtime.prepare(calls)
    except NotImplementedError as error:
        print(error)
        return
    args = tuple(map(runtime.convert, calls[0][0]))
    for _ in range(3):
        runtime.call(*args)
    print("ready", flush=True)
    for line in sys.stdin:
        print(seconds(runtime, args, CALLS[name], int(line)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
