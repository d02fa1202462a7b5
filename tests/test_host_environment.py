"""Hosts out of the ordinary: little stack, little static TLS, another OpenMP there already, an
interpreter that ends meanwhile or is a second one."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from test_c import LIBRARY, STRICT, TORCH, have, succeed

import tsrt
from tsrt import _libtorch

HOST = Path(__file__).parent / "c" / "host"

# What most processes have left is 1664 bytes and what others took; libgomp wants 120 at least.
TAKEN = [1664, 1632, 1600, 1568, 1536]


def start(code, *arguments, **environment):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, **environment}
    )


# ---- small stacks


def on_small_stack(work, size=256 * 1024):
    result = []
    before = threading.stack_size(size)
    try:
        thread = threading.Thread(target=lambda: result.append(work()))
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    return result[0]


def use(path, *inputs):
    tsrt.inspect(path)
    tsrt.verify(path)
    model = tsrt.Model(path)
    for _ in range(2):
        model.run("forward", *inputs)
    clone = model.clone()
    clone.to("cpu")
    clone.train()
    clone.reset()
    clone.close()
    names = [each["name"] for each in model.describe()["methods"]]
    model.close()
    return names


def resnet(folder):
    import torch

    sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "demo"))
    try:
        from resnet import resnet18
    finally:
        sys.path.pop(0)
    torch.jit.script(resnet18().eval()).save(str(folder / "resnet.pt"))
    return folder / "resnet.pt", np.zeros((1, 3, 64, 64), np.float32)


def silero(_):
    import silero_vad

    path = Path(silero_vad.__file__).parent / "data" / "silero_vad.jit"
    return path, np.zeros((1, 512), np.float32), 16000


def transformer(folder):
    import torch

    layer = torch.nn.TransformerEncoderLayer(32, 4, batch_first=True)
    model = torch.nn.TransformerEncoder(layer, 4).eval()
    torch.jit.script(model).save(str(folder / "transformer.pt"))
    return folder / "transformer.pt", np.zeros((1, 10, 32), np.float32)


@pytest.mark.parametrize("make", [resnet, silero, transformer])
def test_small_stack(make, tmp_path):
    path, *inputs = make(tmp_path)
    assert "forward" in on_small_stack(lambda: use(path, *inputs))


def test_small_stack_corpus(corpus):
    files = sorted(path for path in (corpus / "files").rglob("*") if path.is_file())

    def load_all():
        loaded = 0
        for path in files:
            try:
                model = tsrt.Model(path)
            except tsrt.Error:
                continue
            model.clone().close()
            model.describe()
            model.close()
            loaded += 1
        return loaded

    assert on_small_stack(load_all) > 20


# ---- static TLS


@pytest.fixture(scope="module")
def late(tmp_path_factory):
    """A program that maps libtsrt late, and libraries that take more and less static TLS."""
    folder = tmp_path_factory.mktemp("host")
    source = HOST / "late.c"
    # POSIX lets dlsym give functions, ISO C does not.
    strict = [flag for flag in STRICT if flag != "-pedantic"]
    succeed(have("gcc"), "-std=gnu11", *strict, source, "-o", folder / "late", "-ldl")
    for size in TAKEN:
        library = folder / f"taken{size}.so"
        succeed("gcc", "-shared", "-fPIC", f"-DSIZE={size}", HOST / "static_tls.c", "-o", library)
    return folder


LATE = """
import ctypes, sys
try:
    ctypes.CDLL(sys.argv[1])
except OSError:
    sys.exit(77)
import numpy as np, tsrt
try:
    tsrt.Model(sys.argv[2])(np.ones(3, np.float32))
    print("right")
except tsrt.LibTorchError as error:
    print(error)
"""


def scarce(run):
    """Runs with as much static TLS taken as is possible; gives the library that takes it."""
    for size in TAKEN:
        done = run(size)
        if done.returncode not in (77, 2):
            return size, done
    raise AssertionError("no library could take static TLS")


def test_static_tls(late, models):
    path = models / "add_one.pt"
    size, done = scarce(lambda size: start(LATE, late / f"taken{size}.so", path))
    message = done.stdout
    gomp = _libtorch.find_root() / "lib" / "libgomp.so.1"
    assert "cannot allocate memory in static TLS block" in message, done.stderr
    cures = f"LD_PRELOAD={gomp}", "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=8192"
    assert message.endswith(f": start the process with {cures[0]}, or with {cures[1]}\n")
    for cure in cures:
        assert cure in message
        name, value = cure.split("=", 1)
        done = start(LATE, late / f"taken{size}.so", path, **{name: value})
        assert done.stdout == "right\n", done.stderr


def run_late(late, models, *first, **environment):
    paths = {"LD_LIBRARY_PATH": str(TORCH)}
    return subprocess.run(
        [late / "late", LIBRARY, models / "add_one.pt", *first],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **paths, **environment},
    )


def test_mapped_late_and_unmapped(late, models):
    """dlopen, load, run, dlclose, use the output, and all again."""
    done = run_late(late, models)
    assert (done.returncode, done.stdout, done.stderr) == (0, "right\n", "")


def test_static_tls_in_c(late, models):
    # One of these sizes leaves too little for LibTorch, and the dynamic linker says so.
    for size in TAKEN:
        done = run_late(late, models, late / f"taken{size}.so")
        if "libgomp" in done.stderr:
            break
    assert "libgomp.so.1: cannot allocate memory in static TLS block" in done.stderr
    gomp = TORCH / "libgomp.so.1"
    for cure in (
        {"LD_PRELOAD": str(gomp)},
        {"GLIBC_TUNABLES": "glibc.rtld.optional_static_tls=8192"},
    ):
        done = run_late(late, models, late / f"taken{size}.so", **cure)
        assert (done.returncode, done.stdout) == (0, "right\n"), done.stderr


# ---- another OpenMP


PARALLEL = """
import sys
import numpy as np, tsrt
model = tsrt.Model(sys.argv[1], threads=2)
random = np.random.default_rng(0)
image = random.standard_normal((1, 3, 64, 64), np.float32)
rows = random.standard_normal((512, 512), np.float32)
for _ in range(3):
    first, second = model(image, rows)
print(first.tobytes().hex()[:4000], second.tobytes().hex()[-4000:])
"""


def other_openmp():
    places = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"]
    names = ["libgomp.so.1", "libomp.so.5", "libiomp5.so"]
    folders = [Path(place) for place in places] + sorted(Path("/usr/lib").glob("llvm-*/lib"))
    return [folder / name for folder in folders for name in names if (folder / name).exists()]


def test_another_openmp(models):
    others = other_openmp()
    if not others:
        pytest.skip("THERE IS NO OTHER OPENMP on this machine to be mapped first")
    expected = start(PARALLEL, models / "parallel.pt").stdout
    assert len(expected) > 8000
    for library in others:
        done = start(PARALLEL, models / "parallel.pt", LD_PRELOAD=str(library))
        assert done.stdout == expected, (library, done.stderr)
        first = f"import ctypes; ctypes.CDLL({str(library)!r}, ctypes.RTLD_GLOBAL)\n"
        done = start(first + PARALLEL, models / "parallel.pt")
        assert done.stdout == expected, (library, done.stderr)


# ---- the end of the interpreter


ENDINGS = {
    "objects in globals": """
model = tsrt.Model(folder + "/add_one.pt")
kept = model(x), model.clone(), tsrt.Tensor(x), model
""",
    "daemon threads": """
model = tsrt.Model(folder + "/mlp.pt")
forever(lambda: model(np.ones(16, np.float32)))
""",
    "daemon threads with tasks": """
model = tsrt.Model(folder + "/tasks.pt")
forever(lambda: model(np.ones((64, 256), np.float32)))
""",
    "daemon threads that load": """
forever(lambda: tsrt.Model(folder + "/lstm_state.pt").close())
""",
    "daemon threads that print": """
model = tsrt.Model(folder + "/prints.pt")
tsrt.on_print(lambda text: None)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where it prints at the end
forever(lambda: model(x))
""",
    "calls in atexit": """
model = tsrt.Model(folder + "/prints.pt")
seen = []
tsrt.on_print(seen.append)
atexit.register(lambda: (model(x), tsrt.Model(folder + "/add_one.pt")(x)))
""",
    "calls in __del__": """
class Late:
    def __init__(self):
        self.model, self.x = tsrt.Model(folder + "/add_one.pt"), x
    def __del__(self):
        self.model(self.x)
        self.model.close()
kept = Late()
builtins.kept = Late()
sys.kept = Late()
""",
}

ENDING = """
import atexit, builtins, os, sys, threading
import numpy as np, tsrt
folder, x = sys.argv[1], np.ones(3, np.float32)
def forever(call):
    begun = threading.Event()
    def loop():
        while True:
            call()
            begun.set()
    for _ in range(3):
        threading.Thread(target=loop, daemon=True).start()
    begun.wait()
"""


@pytest.mark.parametrize("ending", ENDINGS)
def test_interpreter_ends(ending, models):
    for _ in range(int(os.environ.get("TSRT_TEST_EXITS", 3))):
        done = start(ENDING + ENDINGS[ending], models)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_callback_after_the_end(models):
    """Once the interpreter ends, a callback would end the thread in the middle of a call."""
    code = """
import atexit, sys
def late():
    try:
        tsrt.on_print(print)
    except tsrt.UnsupportedError as error:
        print(error)
atexit.register(late)
import tsrt
tsrt.on_print(print)
"""
    done = start(code)
    assert "the interpreter is exiting" in done.stdout
    assert done.returncode == 0, done.stderr


SUBINTERPRETER = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
if sys.argv[1] == "after":
    import tsrt
    tsrt.Model
code = '''
import sys
import tsrt
try:
    tsrt.Model
except ImportError as error:
    sys.stdout.write(str(error))
    sys.stdout.flush()
'''
interpreters.run_string(interpreters.create(), code)
"""


@pytest.mark.parametrize("order", ["before", "after"])
def test_subinterpreters(order):
    done = start(SUBINTERPRETER, order)
    assert "tsrt does not run in a subinterpreter" in done.stdout, done.stderr
    assert "use threads" in done.stdout
    assert done.returncode == 0
