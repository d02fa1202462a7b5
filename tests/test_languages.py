"""The examples in every language say the same, by the commands of their READMEs.

A language whose tools are not installed is skipped, except where TSRT_ALL_LANGUAGES is set.
"""

import os
import shutil

import languages
import pytest

EXPECTED = (languages.EXAMPLES / "tour" / "expected.txt").read_text()
THREADS = "parallel: 4 threads, 1000 calls, all the same\n"


@pytest.fixture(scope="session")
def examples(tmp_path_factory):
    """A copy of the folder, so that what is built does not stay in the sources."""
    return shutil.copytree(languages.EXAMPLES, tmp_path_factory.mktemp("languages") / "examples")


@pytest.fixture(params=languages.NAMES)
def language(request):
    missing = languages.missing_tools(request.param)
    if missing and not os.environ.get("TSRT_ALL_LANGUAGES"):
        pytest.skip(f"NOT INSTALLED: {', '.join(missing)}, so {request.param} is not tried")
    return request.param


def test_tour(language, examples):
    """The line about threads is only there where a language has any."""
    done = languages.run(language, "tour", examples)
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout[-len(EXPECTED) :]
    if THREADS not in said:
        said = said[-len(EXPECTED.replace(THREADS, "")) :]
        assert said == EXPECTED.replace(THREADS, "")
    else:
        assert said == EXPECTED


def test_bench(language, examples):
    done = languages.run(language, "bench", examples)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 50 < float(done.stdout.split()[-1]) < 1e6  # nanoseconds a call
