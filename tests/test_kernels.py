"""The kernels of every instruction set that this machine has, against sums in double precision."""

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KERNELS = ROOT / "libtsrt" / "kernels"
FLAGS: dict[str, list[str]] = {"generic.cpp": [], "kernels.cpp": []}
if platform.machine() == "x86_64":
    FLAGS["avx2.cpp"] = ["-mavx2", "-mfma"]
    FLAGS["avx512.cpp"] = [*FLAGS["avx2.cpp"], *(f"-mavx512{x}" for x in ("f", "vl", "dq", "bw"))]


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_against_double(compiler: str, tmp_path: Path) -> None:
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    common = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'libtsrt'}"]
    objects = [tmp_path / f"{name}.o" for name in FLAGS]
    for (name, flags), made in zip(FLAGS.items(), objects, strict=True):
        subprocess.run([*common, *flags, "-O3", "-c", KERNELS / name, "-o", made], check=True)
    program = tmp_path / "against_double"
    source = ROOT / "tests" / "kernels" / "against_double.cpp"
    subprocess.run([*common, "-O1", source, *objects, "-o", program], check=True)
    done = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["avx2", "avx512"])
def test_nothing_shared(name: str, tmp_path: Path) -> None:
    """What is compiled for newer processors offers the linker its table and nothing else."""
    if f"{name}.cpp" not in FLAGS:
        pytest.skip("another kind of processor")
    made = tmp_path / f"{name}.o"
    command = ["g++", "-std=c++20", f"-I{ROOT / 'libtsrt'}", *FLAGS[f"{name}.cpp"]]
    subprocess.run([*command, "-c", KERNELS / f"{name}.cpp", "-o", made], check=True)
    symbols = subprocess.run(
        ["nm", "--defined-only", "--extern-only", made], capture_output=True, text=True, check=True
    )
    names = [line.split()[-1] for line in symbols.stdout.splitlines()]
    assert len(names) == 1 and f"{name}_kernels" in names[0]
