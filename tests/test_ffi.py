"""tsrt.ffi against the header: every function, every constant, every field."""

import ctypes
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tsrt
from tsrt import config, ffi

HEADER = Path(config.PREFIX, "include", "tsrt.h").read_text()
CODE = re.sub(r"/\*.*?\*/", "", HEADER, flags=re.DOTALL)

SCALARS = {
    "bool": ctypes.c_bool,
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint8_t": ctypes.c_uint8,
    "uint16_t": ctypes.c_uint16,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "double": ctypes.c_double,
    "tsrt_dtype": ffi.DType,
    "tsrt_device": ffi.Device,
    "tsrt_tensor": ffi.Tensor,
    "tsrt_managed_tensor": ffi.ManagedTensor,
    "tsrt_error": ffi.Error,
    "tsrt_value": ffi.Value,
    "tsrt_model": ffi.Model,
}


def pointer_to(of, times):
    return pointer_to(ctypes.POINTER(of), times - 1) if times else of


def ctype(declared):
    """The ctypes type for a type as the header writes it, such as "const char **"."""
    if declared in ("void", ""):
        return None
    if "(*handler)" in declared:
        return ffi.PrintHandler
    if "(*check)" in declared:
        return ffi.InterruptCheck
    stars = declared.count("*")
    base = declared.replace("const", "").replace("*", "").split()[0]
    if base == "char":
        # What the caller frees is not const; its address has to stay known.
        inner = ctypes.c_char_p if "const" in declared else ffi.TextP
        return pointer_to(inner, stars - 1)
    if base == "void":
        return pointer_to(ctypes.c_void_p, stars - 1)
    if base == "tsrt_value" and "*const *" in declared:
        return ctypes.POINTER(ffi.ValueP)
    return pointer_to(SCALARS[base], stars)


def without_name(parameter):
    return re.sub(r"\b\w+$", "", parameter.strip()).strip()


def declarations():
    found = {}
    for text in re.findall(r"^TSRT_API\s+(.*?);", CODE, re.DOTALL | re.MULTILINE):
        declaration = " ".join(text.split())
        result, name, parameters = re.fullmatch(r"(.*?)(tsrt_\w+)\((.*)\)", declaration).groups()
        # Commas inside a function pointer's own parameters do not count.
        parts = re.split(r",\s*(?![^()]*\))", parameters)
        types = [ctype(part if "(*" in part else without_name(part)) for part in parts]
        found[name] = (ctype(result.strip()), tuple(t for t in types if t is not None))
    return found


def test_every_function():
    declared = declarations()
    assert len(declared) > 70
    assert declared == ffi.PROTOTYPES
    assert list(declared) == list(ffi.PROTOTYPES)


def test_every_constant():
    constants = dict(re.findall(r"\b(TSRT_\w+) = (\d+)", CODE))
    assert len(constants) > 40
    assert {name: getattr(ffi, name) for name in constants} == {
        name: int(value) for name, value in constants.items()
    }
    dtypes = re.findall(r"#define (TSRT_\w+) \{(TSRT_\w+), (\d+), (\d+)\}", CODE)
    assert len(dtypes) == 10
    for name, code, bits, lanes in dtypes:
        made = getattr(ffi, name)
        assert (made.code, made.bits, made.lanes) == (constant(code), int(bits), int(lanes))
    assert (ffi.TSRT_READ_ONLY, ffi.TSRT_QUANTIZED) == (1, 2**63)
    assert f"#define TSRT_ABI_VERSION {ffi.TSRT_ABI_VERSION}\n" in HEADER


def constant(name):
    return getattr(ffi, name)


STRUCTS = {
    "tsrt_dtype": ffi.DType,
    "tsrt_device": ffi.Device,
    "tsrt_tensor": ffi.Tensor,
    "tsrt_managed_tensor": ffi.ManagedTensor,
}


def test_every_field(tmp_path):
    """A C compiler says where each field lies."""
    lines = []
    for name, struct in STRUCTS.items():
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        for field, _ in struct._fields_:
            lines.append(f'printf("{name}.{field} %zu\\n", offsetof({name}, {field}));')
    program = "#include <stdio.h>\n#include <tsrt.h>\nint main(void) {" + "\n".join(lines) + "}"
    (tmp_path / "layout.c").write_text(program)
    include = Path(config.PREFIX, "include")
    subprocess.run(
        ["cc", f"-I{include}", tmp_path / "layout.c", "-o", tmp_path / "layout"], check=True
    )
    said = subprocess.run([tmp_path / "layout"], capture_output=True, text=True).stdout
    for name, number in (line.split() for line in said.splitlines()):
        struct, _, field = name.partition(".")
        known = getattr(STRUCTS[struct], field).offset if field else ctypes.sizeof(STRUCTS[struct])
        assert known == int(number), name


def test_without_the_cython_module(models, tmp_path):
    """On an interpreter for which nothing was compiled, and without NumPy."""
    code = """
import sys
sys.modules["tsrt._core"] = sys.modules["numpy"] = None
import ctypes
from tsrt import ffi
tsrt = ffi.load()
data, shape = (ctypes.c_float * 3)(1, 2, 3), (ctypes.c_int64 * 1)(3)
x = ffi.Tensor(data=ctypes.addressof(data), device=ffi.Device(ffi.TSRT_CPU, 0), ndim=1,
               dtype=ffi.TSRT_FLOAT32, shape=shape)
model, y, n = ffi.ModelP(), ffi.ManagedTensorP(), ctypes.c_size_t()
tsrt.tsrt_model_load(sys.argv[1].encode(), b"threads=1", model)
tsrt.tsrt_model_forward(model, x, 1, y, 1, n)
print(ctypes.cast(y.contents.tensor.data, ctypes.POINTER(ctypes.c_float))[:3])
tsrt.tsrt_managed_tensor_free(y)
tsrt.tsrt_model_free(model)
print(tsrt.tsrt_live_handles(), "torch" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, models / "add_one.pt"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.stdout == "[2.0, 3.0, 4.0]\n0 False\n", done.stderr


def test_errors_are_exceptions(tmp_path):
    library = ffi.load()
    model = ffi.ModelP()
    with pytest.raises(tsrt.NotFoundError, match=r"absent\.pt"):
        library.tsrt_model_load(b"absent.pt", None, model)
    assert not model
    with pytest.raises(ctypes.ArgumentError):
        library.tsrt_model_load("text, not bytes", None, model)
    devices = ffi.TextP()
    library.tsrt_devices(devices)
    assert b"cpu" in ffi.text(library, devices)


def test_another_abi_version(tmp_path):
    source = (Path(__file__).parent / "symbols.txt").read_text().split()
    stubs = "\n".join(f"int {name}(void) {{ return 7; }}" for name in source)
    (tmp_path / "other.c").write_text(stubs)
    subprocess.run(
        ["cc", "-shared", "-fPIC", tmp_path / "other.c", "-o", tmp_path / "libother.so"], check=True
    )
    with pytest.raises(ImportError, match="ABI version 7"):
        ffi.load(tmp_path / "libother.so")
