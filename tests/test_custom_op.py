"""Libraries of operators: examples/custom_op, and every library that cannot be loaded."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import test_c
from test_c import LIBRARY, have

import tsrt

EXAMPLE = Path(__file__).parents[1] / "examples" / "custom_op"
PACKAGE = Path(tsrt.__file__).parent
TORCH = Path(importlib.util.find_spec("torch").submodule_search_locations[0])


def run(*command, **options):
    env = {key: value for key, value in os.environ.items() if key != "LD_LIBRARY_PATH"}
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, env=env, timeout=300, **options
    )


def succeed(*command):
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


class Built:
    """The example, built; its model; and what torch says the model's answer is."""

    def __init__(self, folder):
        have("cmake")
        found = [f"-DCMAKE_PREFIX_PATH={PACKAGE}", f"-DTSRT_TORCH_ROOT={TORCH}"]
        succeed("cmake", "-S", EXAMPLE, "-B", folder, *found)
        succeed("cmake", "--build", folder)
        self.library = folder / "libctc.so"
        self.program = folder / "transcribe"
        self.model = folder / "model.pt"
        script = EXAMPLE / "export.py"
        self.expected = succeed(sys.executable, "-W", "ignore", script, self.library, self.model)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return Built(tmp_path_factory.mktemp("custom_op"))


def assert_same_answer(printed, expected):
    assert printed[:2] == expected[:2]
    assert len(expected[0]) == len(expected[1].split()) > 5
    # Four decimals are printed; the last one may round either way.
    ours, theirs = ([float(word) for word in lines[2].split()] for lines in (printed, expected))
    assert ours == pytest.approx(theirs, abs=1e-4)


def test_from_python(built):
    printed = succeed(sys.executable, EXAMPLE / "transcribe.py", built.library, built.model)
    assert_same_answer(printed, built.expected)


def test_from_c(built):
    assert_same_answer(succeed(built.program, built.library, built.model), built.expected)


FRESH = """
import json, os, pickle, sys
import numpy as np
import tsrt
library, model = sys.argv[1:3]
frames = np.sin(np.arange(200, dtype=np.float32)).reshape(25, 8)
def message(call, *arguments):
    try:
        call(*arguments)
    except tsrt.Error as error:
        return f"{type(error).__name__}: {error}"
"""


def test_without_the_library(built, run_python):
    code = FRESH + "print(json.dumps(message(tsrt.Model, model)))"
    message = run_python(code, built.library, built.model)
    assert message.startswith("MissingOperatorError: ")
    assert "ctc" in message


OPTION = """
import ctypes
library = ctypes.CDLL(sys.argv[3])
library.tsrt_error_message.restype = library.tsrt_model_load.restype = ctypes.c_void_p
place = ctypes.byref(ctypes.c_void_p())
error = library.tsrt_model_load(model.encode(), sys.argv[4].encode(), place)
print(json.dumps(ctypes.string_at(library.tsrt_error_message(ctypes.c_void_p(error))).decode()))
"""


def test_the_option_of_load(built, run_python):
    """It may be given more than once, and the model that fails leaves the library."""
    once = f"library={built.library}"
    for options in (once, f"{once},device=cpu, library = {built.library} "):
        code = FRESH + "tsrt.torch_version()" + OPTION
        assert run_python(code, built.library, built.model, LIBRARY, options) == ""


LOAD_AND_RUN = """
model = tsrt.Model(model, libraries=[library])
print(json.dumps(model.run("transcribe", frames)))
"""

PICKLED = """
os.chdir(os.path.dirname(library))
model = tsrt.Model(model, libraries=[os.path.basename(library)])
os.chdir("/")
again = pickle.loads(pickle.dumps(model))
print(json.dumps([again.run("transcribe", frames), model.clone().run("transcribe", frames)]))
"""


def test_pickle_and_clone(built, run_python):
    text = built.expected[0]
    assert run_python(FRESH + PICKLED, built.library, built.model) == [text, text]


TWICE = """
tsrt.load_library(library)
tsrt.load_library(library)
messages = [message(tsrt.load_library, path) for path in sys.argv[3:]]
text = tsrt.Model(model).run("transcribe", frames)
print(json.dumps([text, *messages]))
"""


def test_loading_it_twice(built, run_python, tmp_path):
    """The same file again does nothing; a copy would define its operators again."""
    link, copy, bare = (tmp_path / f"{name}.so" for name in ("link", "copy", "bare"))
    link.symlink_to(built.library)
    shutil.copy(built.library, copy)
    succeed(have("strip"), built.library, "-o", bare)
    text, linked, copied, stripped = run_python(
        FRESH + TWICE, built.library, built.model, link, copy, bare
    )
    assert text == built.expected[0]
    assert linked is None
    assert copied == (
        f"InvalidArgumentError: '{copy}' defines the operators 'ctc', which another library in "
        "this process has defined already: load one of the two"
    )
    assert stripped.startswith(f"InvalidArgumentError: '{bare}' cannot be loaded into this process")
    assert "register the namespace ctc" in stripped


def test_a_stripped_library_alone(built, run_python, tmp_path):
    bare = tmp_path / "bare, with a comma.so"
    succeed(have("strip"), built.library, "-o", bare)
    code = (
        FRESH
        + "print(json.dumps(tsrt.Model(model, libraries=[library]).run('transcribe', frames)))"
    )
    assert run_python(code, bare, built.model) == built.expected[0]


def test_beside_torch(built, run_python):
    """A library that torch has loaded is there for tsrt, and the other way round."""
    for first, second in (("torch.ops", "tsrt"), ("tsrt", "torch.ops")):
        loads = f"{first}.load_library(library)\n{second}.load_library(library)\n"
        code = f"import torch\n{FRESH}\n{loads}{LOAD_AND_RUN}"
        assert run_python(code, built.library, built.model) == built.expected[0]


def compile_c(folder, name, code, *flags):
    (folder / "library.c").write_text(code)
    succeed(have("gcc"), "-shared", "-fPIC", folder / "library.c", "-o", folder / name, *flags)
    return folder / name


FRAGMENT = """
#include <torch/library.h>
static int64_t seven(int64_t) { return 7; }
TORCH_LIBRARY_FRAGMENT(ctc, m) { m.def(std::getenv("OPERATOR"), &seven); }
"""


def test_fragments(built, run_python, tmp_path):
    """A part of the same namespace is welcome, an operator that is there already is not."""
    source, library = tmp_path / "fragment.cpp", tmp_path / "fragment.so"
    source.write_text(FRAGMENT)
    flags = ("-std=c++20", "-shared", "-fPIC", "-w", f"-I{TORCH / 'include'}")
    linked = (f"-L{TORCH / 'lib'}", "-ltorch_cpu", "-lc10")
    succeed(have("g++"), *flags, source, "-o", library, *linked)
    arguments = (FRESH + TWICE, built.library, built.model, library)
    assert run_python(*arguments, OPERATOR="seven") == [built.expected[0], None]
    _, message = run_python(*arguments, OPERATOR="greedy_decode")
    assert message.startswith(f"InvalidArgumentError: '{library}' cannot be loaded into this proce")
    assert "ctc::greedy_decode" in message


@pytest.mark.parametrize("macro", ["TORCH_LIBRARY", "STABLE_TORCH_LIBRARY"])
def test_names_in_namespaces(built, run_python, tmp_path, macro):
    """The variable that the macro makes, as C++ names it within a namespace."""
    name = f"{macro}_static_init_ctc"
    code = f'int variable __asm__("_ZN6speechL{len(name)}{name}E") = 1;'
    library = compile_c(tmp_path, "named.so", code)
    _, message = run_python(FRESH + TWICE, built.library, built.model, library)
    assert "defines the operators 'ctc', which another library" in message


NOT_LOADED = {
    "undefined": (
        ("extern int _ZN3c1013absent_symbolEi(int); int f(int x) {"
         " return _ZN3c1013absent_symbolEi(x); }"),
        (),
        tsrt.UnsupportedError,
        r"needs c10::absent_symbol\(int\), which LibTorch .* build it against this version",
    ),
    "crashes": (
        "__attribute__((constructor)) void f(void) { *(volatile int *)0 = 1; }",
        (),
        tsrt.InvalidArgumentError,
        "cannot be loaded into this process: it ends the process in its static",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", NOT_LOADED)
def test_not_loaded(tmp_path, what):
    code, flags, kind, message = NOT_LOADED[what]
    library = compile_c(tmp_path, f"{what}.so", code, *flags)
    with pytest.raises(kind, match=f"'{library}' {message}"):
        tsrt.load_library(library)


@pytest.mark.parametrize(
    ("needed", "kind", "message"),
    [
        ("libgone.so", tsrt.NotFoundError, r"needs libgone\.so, which was not found"),
        ("libtorch_warp.so", tsrt.UnsupportedError, r"for a LibTorch with libtorch_warp\.so, and"),
    ],
)
def test_a_library_that_needs_another(tmp_path, needed, kind, message):
    gone = compile_c(tmp_path, needed, "int g(void) { return 1; }")
    code = "int g(void); int f(void) { return g(); }"
    library = compile_c(tmp_path, "needs.so", code, f"-L{tmp_path}", f"-l:{needed}")
    gone.unlink()
    with pytest.raises(kind, match=message):
        tsrt.load_library(library)


def test_parts_of_libtorch_that_are_not_mapped(tmp_path, run_python):
    """Libraries are often linked with libtorch.so, and without a run path."""
    flags = [f"-L{TORCH / 'lib'}", "-Wl,--no-as-needed", "-l:libtorch.so"]
    library = compile_c(tmp_path, "linked.so", "int f(void) { return 1; }", *flags)
    code = FRESH + "print(json.dumps(message(tsrt.load_library, library)))"
    assert run_python(code, library, "") is None


LOAD = """
#include <stdio.h>
#include <tsrt.h>
int main(int argc, char **argv) {
  tsrt_error *e = tsrt_load_library(argv[argc - 1]);
  printf("%d %s\\n", (int)tsrt_error_code(e), tsrt_error_message(e));
  tsrt_error_free(e);
}
"""


def test_a_library_that_needs_python(tmp_path, run_python):
    flags = [f"-L{TORCH / 'lib'}", "-Wl,--no-as-needed", "-l:libtorch_python.so"]
    library = compile_c(tmp_path, "python.so", "int f(void) { return 1; }", *flags)
    code = FRESH + "print(json.dumps(message(tsrt.load_library, library)))"
    assert run_python(code, library, "") is None  # Python is there

    (tmp_path / "load.c").write_text(LOAD)
    test_c.build("gcc", tmp_path / "load.c", tmp_path / "load")
    line = test_c.run(tmp_path / "load", library).stdout
    assert line.startswith(f"4 '{library}' needs Python (Py")
    assert "libtorch_cpu and libc10 and not libtorch_python" in line


def test_bad_arguments(models, tmp_path):
    with pytest.raises(tsrt.NotFoundError, match=r"'absent\.so': No such file"):
        tsrt.load_library("absent.so")
    with pytest.raises(tsrt.InvalidArgumentError, match="zero byte"):
        tsrt.load_library("a\0b")
    with pytest.raises(tsrt.InvalidArgumentError, match="is not a file"):
        tsrt.load_library(tmp_path)
    with pytest.raises(tsrt.InvalidArgumentError, match="not a shared library"):
        tsrt.load_library(models / "linear.pt")
    with pytest.raises(tsrt.InvalidArgumentError, match="has to be a list of paths"):
        tsrt.Model(models / "linear.pt", libraries="ops.so")
    with pytest.raises(TypeError):
        tsrt.load_library(None)
