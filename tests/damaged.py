"""Damaged archives against load, inspect and verify: `python tests/damaged.py --archives 10000`.

Each is made from a seed and a running number, and `--only NUMBER` repeats one. Worker processes
take them; one that dies or hangs is a finding, and another goes on behind it.
"""

import argparse
import contextlib
import gc
import io
import json
import os
import resource
import select
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
from damage import RAW, damaged, records_of
from proof import write_summary

import tsrt

HERE = Path(__file__).parent
PATIENCE = 60  # seconds for one archive
MEMORY = 16 << 30  # of addresses: a changed number in the code must fail, not fill the machine
GROWTH = 48 << 20  # bytes that a worker may grow by in its last two thirds

ONES = np.ones((1, 4), np.float32)
CALLS = {  # the ten models, a method of each, and its input
    "linear": ("forward", [np.ones((2, 4), np.float32)]),
    "conv": ("forward", [np.ones((1, 3, 8, 8), np.float32)]),
    "lstm": ("forward", [ONES]),
    "counter": ("forward", [ONES]),
    "quantized": ("forward", [ONES]),
    "objects": ("colors", []),
    "attributes": ("forward", [np.ones(2, np.float32)]),
    "constants": ("forward", [ONES]),
    "compressed": ("forward", [np.ones((1, 16), np.float32)]),
    "silero": ("forward", [np.zeros((1, 512), np.float32), 16000]),
}


def answer(model, name):
    method, inputs = CALLS[name]
    result = model.run(method, *inputs)
    return result.tobytes() if isinstance(result, np.ndarray) else repr(result)


def provoke(model, name):
    """An error inside the model, whose story is read from the archive's debug information."""
    method, inputs = CALLS[name]
    with contextlib.suppress(tsrt.Error):
        model.run(method, *(np.ones((7, 3, 2), np.float32) for _ in inputs))


# ---- one archive: what is wrong with the answers, or None ----


def try_damaged(data, name, repaired, expected):
    assert tsrt.inspect(data)["kind"]
    try:
        tsrt.verify(data)
        whole = True
    except tsrt.NotAModelError:
        whole = False
    try:
        model = tsrt.Model(data)
    except tsrt.Error:
        return None
    if not whole:
        return "it was loaded, and verify says that it is damaged"
    try:
        result = answer(model, name)
    except tsrt.Error:
        return None if repaired else "it was loaded, and cannot be run any more"
    provoke(model, name)
    if not repaired and result != expected:
        return "it was loaded, and gives another answer"
    return None


def try_flip(data, at, bit):
    flipped = bytearray(data)
    flipped[at] ^= 1 << bit
    try:
        tsrt.Model(bytes(flipped))
    except tsrt.NotAModelError:
        return None
    if records_of(flipped) == records_of(data):  # a bit that a compressed form does not use
        return None
    return f"bit {bit} of byte {at}, of a weight, was flipped and it was loaded"


def weight_flips(seeds, per_record):
    """Each bit of the first and of the last byte of each record of weights, and random ones."""
    random = np.random.default_rng(0)
    for name, data in seeds.items():
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            records = archive.infolist()
        for record in records:
            folder = record.filename.split("/")[1]
            if folder not in ("data", "constants") or record.compress_size == 0:
                continue
            lengths = np.frombuffer(data, "<u2", 2, record.header_offset + 26)
            begin = record.header_offset + 30 + int(lengths.sum())
            last = begin + record.compress_size - 1
            yield from ((name, at, bit) for at in {begin, last} for bit in range(8))
            for at in random.integers(begin, last + 1, per_record):
                yield name, int(at), int(random.integers(8))


# ---- the worker ----


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Tries:
    """Everything that there is to try, by number: damaged archives, then flipped weights."""

    def __init__(self, options):
        self.seeds = {name: (options.folder / f"{name}.pt").read_bytes() for name in CALLS}
        self.options = options
        self.flips = list(weight_flips(self.seeds, options.flips)) if options.flips else []
        self.expected = {name: answer(tsrt.Model(data), name) for name, data in self.seeds.items()}

    def __len__(self):
        return self.options.archives + len(self.flips)

    def run(self, number):
        if number >= self.options.archives:
            name, at, bit = self.flips[number - self.options.archives]
            return name, "flipped weight", try_flip(self.seeds[name], at, bit)
        name, way, data = damaged(self.seeds, self.options.seed, number)
        repaired = way not in RAW
        return name, way.__name__, try_damaged(data, name, repaired, self.expected[name])


def work(options):
    """Says on the standard output what it begins, so that whoever listens knows where it ended."""
    if "ASAN_OPTIONS" not in os.environ:  # a sanitizer takes terabytes of addresses
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    tries = Tries(options)
    gc.collect()
    handles, third, settled = tsrt.live_handles(), None, len(tries) // 3
    for number in range(options.first, len(tries), options.workers):
        print(json.dumps({"begin": number}), flush=True)
        name, way, problem = tries.run(number)
        if tsrt.live_handles() != handles:
            gc.collect()
        if tsrt.live_handles() != handles:
            problem, handles = "it left handles behind", tsrt.live_handles()
        if problem:
            print(json.dumps({"model": name, "way": way, "problem": problem}), flush=True)
        if third is None and number >= settled:
            third = resident()
    grown = resident() - third if third else 0
    print(json.dumps({"end": len(tries), "grown": grown}), flush=True)


# ---- who listens ----


class Worker:
    def __init__(self, options, first):
        command = [sys.executable, __file__, "--worker", "--first", str(first)]
        for name in ("archives", "flips", "seed", "workers", "folder"):
            command += [f"--{name}", str(getattr(options, name))]
        errors = open(options.folder / f"worker{first % options.workers}.txt", "w")  # noqa: SIM115
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        )
        self.at, self.since, self.gone, self.grown = first, time.monotonic(), False, None

    def listen(self):
        """What its next line says, if that is a finding; that it died is one."""
        line = self.process.stdout.readline()
        self.since = time.monotonic()
        if not line:
            self.gone = True
            return {"number": self.at, "problem": f"the process died ({self.process.wait()})"}
        said = json.loads(line)
        self.at = said.get("begin", self.at)
        if "end" in said:
            self.gone = True
            self.grown = said["grown"]
            self.process.wait()
            if self.grown > GROWTH:
                return {"problem": f"the process grew by {self.grown} bytes"}
        return {"number": self.at, **said} if "problem" in said else None

    def look(self):
        if time.monotonic() - self.since < PATIENCE:
            return None
        self.gone = True
        self.process.kill()
        self.process.wait()
        return {"number": self.at, "problem": f"it took more than {PATIENCE} seconds"}


def watch(options):
    workers = [Worker(options, first) for first in range(options.workers)]
    findings, grown = [], []
    while workers:
        ready = select.select([w.process.stdout for w in workers], [], [], 1)[0]
        for worker in list(workers):
            finding = worker.listen() if worker.process.stdout in ready else worker.look()
            if finding:
                findings.append(finding)
                print(json.dumps(finding), file=sys.stderr, flush=True)
            if worker.gone:
                workers.remove(worker)
                if worker.grown is None:
                    workers.append(Worker(options, worker.at + options.workers))
                else:
                    grown.append(worker.grown)
    return findings, max(grown)


def run(options):
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        options.folder = Path(folder)
        subprocess.run(
            [sys.executable, HERE / "damage_seeds.py", folder], check=True, capture_output=True
        )
        if options.only is not None:
            return print(Tries(options).run(options.only))
        findings, grown = watch(options)
        total = len(Tries(options))
    return {
        "promise": "a damaged archive is refused or does no harm; no flipped weight bit loads",
        "seconds": round(time.monotonic() - begin),
        "runs": total,
        "archives": options.archives,
        "flipped_weight_bits": total - options.archives,
        "grown_bytes": grown,
        "findings": findings,
    }


def parsed(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archives", type=int, default=10_000)
    parser.add_argument("--flips", type=int, default=20, help="random ones in each record; 0: none")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main():
    options = parsed()
    if options.worker:
        return work(options)
    summary = run(options)
    if summary:
        write_summary("damaged", summary)
        sys.exit(bool(summary["findings"]))


if __name__ == "__main__":
    main()
