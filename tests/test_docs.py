"""The README's programs run as they stand, and print what they say they print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import tsrt
from tsrt import _libtorch

README = (Path(__file__).parents[1] / "README.md").read_text()


def snippets(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def run(*command, cwd, **environment):
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_first_result_within_40_lines():
    lines = README.splitlines()
    assert "y = model.forward(" in "\n".join(lines[:40])


def test_programs(tmp_path):
    save, load, _ = snippets("python")
    run(sys.executable, "-W", "ignore", "-c", save, cwd=tmp_path)
    promised = re.search(r"print\(.*?\)  # (.*)", load).group(1)
    assert run(sys.executable, "-c", load, cwd=tmp_path) == promised

    (program,) = snippets("c")
    (tmp_path / "program.c").write_text(program)
    package = Path(tsrt.__file__).parent
    torch_lib = _libtorch.find_root() / "lib"
    run(
        *("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "program.c", "-o", "program"),
        *(f"-I{package / 'include'}", f"-L{package / 'lib'}", "-l:libtsrt.so.0"),
        *(f"-Wl,-rpath,{package / 'lib'}", f"-Wl,-rpath-link,{torch_lib}"),
        cwd=tmp_path,
    )
    promised = re.search(r"printf\(.*?\);  // (.*)", program).group(1)
    assert run(tmp_path / "program", cwd=tmp_path, LD_LIBRARY_PATH=str(torch_lib)) == promised


def test_python_overview_uses_what_exists():
    """The overview is not a program; each name in it has to be there."""
    overview = snippets("python")[2]
    for name in re.findall(r"model\.(\w+)", overview.replace("model.pt", "")):
        assert hasattr(tsrt.Model, name), name
