"""Out of memory as a routine: an error each time, nothing lost, and everything works afterwards.

The sweeps let each allocation fail in turn, in each operation (tests/faults).
"""

import os
import shutil
import subprocess

import numpy as np
import pytest
import torch
from test_c import HERE, LIBRARY, STRICT, TORCH, have, succeed

import tsrt

FAULTS = HERE / "faults"


@pytest.fixture(scope="module")
def folder(models, tmp_path_factory):
    """The models of the sweep, and its two programs."""
    folder = tmp_path_factory.mktemp("faults")
    for model in models.glob("*.pt"):
        shutil.copy(model, folder)
    tsrt.annotate(shutil.copy(models / "mlp.pt", folder / "annotated.pt"), np.zeros((1, 16), "f4"))
    attributes = torch.jit.load(models / "attributes.pt")
    torch.jit.save(attributes, folder / "noted.pt", _extra_files={"note.txt": "attributes"})
    (folder / "empty.c").write_text("int no_operators(void) { return 1; }\n")
    shared = ["-shared", "-fPIC"]
    succeed(have("gcc"), *shared, folder / "empty.c", "-o", folder / "no_operators.so")
    inject = ["-std=c++17", "-O1", "-fno-builtin", FAULTS / "inject.cpp"]
    succeed(have("g++"), *shared, *inject, "-o", folder / "libinject.so")
    libraries = [f"-L{LIBRARY.parent}", "-l:libtsrt.so.0", f"-Wl,-rpath-link,{TORCH}"]
    flags = ["-std=c11", "-O1", "-D_GNU_SOURCE", *STRICT]
    succeed("gcc", *flags, *sorted(FAULTS.glob("*.c")), "-o", folder / "sweep", *libraries)
    return folder


def sweep(folder, *arguments):
    done = subprocess.run(
        [folder / "sweep", folder, *map(str, arguments)],
        cwd=folder,
        env={
            **os.environ,
            "LD_LIBRARY_PATH": f"{LIBRARY.parent}:{TORCH}",
            "LD_PRELOAD": str(folder / "libinject.so"),
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        timeout=3000,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-3000:]
    return done.stdout


def test_each_allocation_of_tsrt(folder):
    last = sweep(folder, 1).splitlines()[-1]
    assert int(last.split()[0]) > 10_000  # failures injected


def test_memory_for_tensors(folder):
    """What LibTorch's CPU allocator asks for, on behalf of operators and of tsrt."""
    last = sweep(folder, 1, "tensors").splitlines()[-1]
    assert int(last.split()[0]) > 100


PYTHON = """
import gc, json, sys, numpy as np, tsrt, _testcapi
folder = sys.argv[1]
x = np.ones(4, np.float32)
load = lambda name: tsrt.Model(f"{folder}/{name}.pt")
add_one, tuples = load("add_one"), load("tuple_out")

def wrong():
    try:
        add_one(x, x)
    except tsrt.InvalidArgumentError:
        pass

found = {}
for name, call in {
    "forward": lambda: add_one(x),
    "tuple": lambda: tuples(x, x),
    "tensor": lambda: tsrt.Tensor(x).numpy(),
    "dlpack": lambda: np.from_dlpack(tsrt.Tensor(x)),
    "error": wrong,
    "memory": lambda: tsrt.memory(),
}.items():
    call()
    failed, before = 0, tsrt.live_handles()
    for n in range(1000):
        good = False
        _testcapi.set_nomemory(n, n + 1)
        try:
            call()
            good = True
        except MemoryError:
            failed += 1
        finally:
            _testcapi.remove_mem_hooks()
        if good and n > 2 * failed + 10:
            break
    gc.collect()
    found[name] = [failed, tsrt.live_handles() - before]
print(json.dumps(found))
"""


def test_memory_that_python_does_not_have(models, run_python):
    """Of the calls that make no objects with references, for which CPython 3.11 crashes itself."""
    pytest.importorskip("_testcapi")
    found = run_python(PYTHON, models)
    for name, (failed, kept) in found.items():
        assert failed > 0, name
        assert kept == 0, name


LIMITED = """
import json, resource, sys, numpy as np, tsrt

def address_space():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0]) * 4096

def limit(more):
    most = address_space() + more if more else resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))

def fill(make):
    "Makes things until that fails, and says how many and how; what was made is freed."
    kept = []
    try:
        while True:
            kept.append(make(len(kept)))
    except Exception as error:
        return len(kept), type(error).__name__, isinstance(error, MemoryError)

folder = sys.argv[1]
model = tsrt.Model(folder + "/tuple_out.pt")
big = np.ones(1 << 20, np.float32)
x = np.ones(8, np.float32)
right = [y.tolist() for y in model(x, x)]
big_model = sys.argv[2]
tsrt.Model(big_model)
counter = tsrt.Model(folder + "/counter.pt")
counter(x)
handles = tsrt.live_handles()
found = {}
for name, more, make in [
    ("tuples", 100 << 20, lambda n: model(big, big)),
    ("models", 100 << 20, lambda n: tsrt.Model(big_model)),
    ("clones", 20 << 20, lambda n: stepped(counter.clone())),
    ("copies", 100 << 20, lambda n: tsrt.Tensor(big)),
]:
    def stepped(clone):
        clone(x)
        return clone
    limit(more)
    first = fill(make)
    during = [y.tolist() for y in model(x, x)] == right
    again = fill(make)
    limit(0)
    found[name] = [first, again, during, [y.tolist() for y in model(x, x)] == right]
    found[name].append(tsrt.live_handles() == handles)
print(json.dumps(found))
"""


def test_a_limited_address_space(models, tmp_path, run_python):
    torch.jit.script(torch.nn.Linear(1000, 2500)).save(tmp_path / "big.pt")  # 10 MB
    found = run_python(LIMITED, models, tmp_path / "big.pt", OMP_NUM_THREADS="1")
    assert len(found) == 4
    for name, (first, again, during, after, handles) in found.items():
        for made, error, is_memory_error in (first, again):
            assert made > 0, name
            assert is_memory_error, (name, error)
        assert again[0] >= first[0] // 2, name  # what failed gave its memory back
        assert (during, after, handles) == (True, True, True), name


THREADS = """
import json, resource, sys, threading, numpy as np, tsrt
model = tsrt.Model(sys.argv[1])
x = np.ones((4096, 16), np.float32)
with open("/proc/self/statm") as statm:
    used = int(statm.read().split()[0]) * 4096
resource.setrlimit(resource.RLIMIT_AS, (used + (int(sys.argv[2]) << 20), -1))
answers, errors = [], []
def work():
    try:
        answers.append(model(x))
    except MemoryError as error:
        errors.append(str(error))
threads = []
work()
for _ in range(4):
    try:
        threads.append(threading.Thread(target=work))
        threads[-1].start()
    except RuntimeError:
        threads.pop()
for thread in threads:
    thread.join()
resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
small = model(x[:1])
right = all(np.allclose(y, small) for y in answers)
print(json.dumps([len(answers) + len(errors) == 1 + len(threads), right]))
"""


@pytest.mark.parametrize("megabytes", [3, 9, 30, 150])
def test_threads_that_cannot_start(models, run_python, megabytes):
    """OpenMP would end the process: then a call does its work alone."""
    assert run_python(THREADS, models / "mlp.pt", megabytes, OMP_NUM_THREADS="4") == [True, True]
