"""The examples in every language say the same, by the commands of their READMEs.

A language whose tools are not installed is skipped, except where TSRT_ALL_LANGUAGES is set.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import tsrt

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import languages

EXPECTED = (languages.EXAMPLES / "tour" / "expected.txt").read_text()
THREADS = "parallel: 4 threads, 1000 calls, all the same\n"


@pytest.fixture(scope="session")
def examples(tmp_path_factory):
    """A copy of the folder, so that what is built does not stay in the sources."""
    return shutil.copytree(languages.EXAMPLES, tmp_path_factory.mktemp("languages") / "examples")


def run(language, purpose, examples):
    missing = languages.missing_tools(language)
    if missing and not os.environ.get("TSRT_ALL_LANGUAGES"):
        pytest.skip(f"NOT INSTALLED: {', '.join(missing)}, so {language} is not tried")
    return languages.run(language, languages.commands(language, purpose), examples)


@pytest.mark.parametrize("language", languages.NAMES)
def test_tour(language, examples):
    """The line about threads is only there where a language has any."""
    said = run(language, "tour", examples)
    expected = EXPECTED if THREADS in said else EXPECTED.replace(THREADS, "")
    assert said[-len(expected) :] == expected


@pytest.mark.parametrize("language", languages.NAMES)
def test_bench(language, examples):
    nanoseconds = float(run(language, "bench", examples).split()[-1])
    assert 50 < nanoseconds < 1e6


@pytest.mark.parametrize("language", [n for n in languages.NAMES if languages.commands(n, "test")])
def test_own_tests(language, examples):
    """Of the bindings that are packages."""
    run(language, "test", examples)


@pytest.mark.parametrize("language", languages.NAMES)
def test_excerpt(language):
    """What the README shows of the tour is what the tour does, line by line; and what the page of
    all languages says is there."""
    _, code = languages.excerpt(language)
    sources = (languages.EXAMPLES / language).rglob("[tT]our.*")
    texts = [path.read_text(errors="replace") for path in sources]
    known = {line.strip() for text in texts for line in text.splitlines()}
    lines = [line.strip() for line in code.splitlines() if line.strip()]
    assert len(lines) > 3
    assert [line for line in lines if line not in known] == []
    assert all(languages.fact(language, name) for name in ("Mechanism", "Copied", "Threads"))


def test_the_models_are_what_their_source_makes(tmp_path):
    """tour.pt and identity.pt lie beside the examples, for those who have no Python."""
    shutil.copy(languages.EXAMPLES / "tour" / "export.py", tmp_path)
    subprocess.run([sys.executable, "-W", "ignore", tmp_path / "export.py"], check=True)
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    for name in ("tour.pt", "identity.pt"):
        kept, made = [
            tsrt.Model(folder / name) for folder in (languages.EXAMPLES / "tour", tmp_path)
        ]
        assert kept(x).tobytes() == made(x).tobytes()
        assert kept.describe() == made.describe()
        records = zipfile.ZipFile(languages.EXAMPLES / "tour" / name).namelist()
        # Which would tell where the source lay on somebody's machine.
        assert not [record for record in records if record.endswith(".debug_pkl")]
