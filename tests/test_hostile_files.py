"""Files that are damaged in any way, and files that want to do harm: there is always an answer."""

import io
import json
import threading
import zipfile
import zlib
from collections import OrderedDict

import numpy as np
import pytest
import torch
from archives import Net, archive, end_of_directory, entry, local, rewrite, saved

import tsrt


def test_truncated(models):
    for model in ("linear", "lstm_state"):
        data = (models / f"{model}.pt").read_bytes()
        for size in range(0, len(data), 41):
            about = tsrt.inspect(data[:size])
            assert about["kind"] in ("empty", "text", "unknown", "truncated-zip", "damaged-zip")
            assert about["problem"]
        assert tsrt.inspect(data[:-1])["kind"] == "truncated-zip"


def test_mutated(models):
    """Whatever the damage, there is an answer in sound JSON."""
    random = np.random.default_rng(7)
    seeds = [(models / f"{name}.pt").read_bytes() for name in ("linear", "lstm_state", "counter")]
    seeds += [saved(Net()), saved(Net().state_dict(), _use_new_zipfile_serialization=False)]
    seeds.append(rewrite(seeds[1], lambda n, d: d, zipfile.ZIP_DEFLATED))
    for seed in seeds:
        for _ in range(150):
            data = bytearray(seed)
            for at in random.integers(0, len(data), random.integers(1, 9)):
                data[at] = random.integers(256)
            assert tsrt.inspect(data)["kind"]
            try:
                tsrt.verify(data)
            except tsrt.NotAModelError as error:
                assert "\n" not in str(error)


def test_mutated_inside(models):
    """Damage in pickles and code, under checksums that fit."""
    random = np.random.default_rng(8)
    data = (models / "lstm_state.pt").read_bytes()

    def change(name, contents):
        if not name.endswith((".py", ".pkl", "version")):
            return contents
        contents = bytearray(contents)
        for at in random.integers(0, len(contents), random.integers(1, 4)):
            contents[at] = random.integers(256)
        return bytes(contents)

    for _ in range(300):
        assert tsrt.inspect(rewrite(data, change))["kind"]


N = 300_000
CRAFTED_PICKLES = {
    "deep": b"\x80\x02" + b"(" * N + b"t" * N + b".",
    "deep lists": b"\x80\x02" + b"]" * N + b"a" * (N - 1) + b".",
    "huge memo index": b"\x80\x02}r\xff\xff\xff\x7f.",
    "unknown memo index": b"\x80\x02j\xff\xff\xff\x7f.",
    "in itself": b"\x80\x02}q\0X\1\0\0\0ah\0s.",
    "module in itself": b"\x80\x02c__torch__\nM\n)\x81q\0}X\1\0\0\0mh\0sb.",
    "no end": b"\x80\x02" + b"N" * N,
    "too long": b"\x80\x02" + b"N0" * 10 * N + b".",
    "nothing to pop": b"\x80\x02" + b"0" * N,
    "many copies": b"\x80\x02N" + b"2" * 10 * N + b".",
    "long text": b"\x80\x02X\xff\xff\xff\xff.",
    "longer text": b"\x80\x04\x8d" + b"\xff" * 8 + b".",
    "calls": b"\x80\x02cos\nsystem\nX\4\0\0\0true\x85R.",
    "parameter in itself": b"\x80\x02]q\0ctorch._utils\n_rebuild_parameter\nh\0\x85R.",
    "big shape": b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storage"
    b"ctorch\nFloatStorage\n"
    b"X\1\0\0\x000X\3\0\0\0cpuJ\xff\xff\xff\x7ftQK\0(J\xff\xff\xff\x7fJ\xff\xff\xff\x7f"
    b"J\xff\xff\xff\x7ft)\x89)tR.",
}


@pytest.mark.parametrize("name", CRAFTED_PICKLES)
def test_crafted_pickles(name):
    data = CRAFTED_PICKLES[name]
    code = b"class M(Module):\n  m : __torch__.M\n"
    about = tsrt.inspect(archive(data=data, code=code))
    assert about["kind"] == "torchscript"
    assert len(json.dumps(about)) < 100_000_000
    assert tsrt.inspect(data)["problem"]


CRAFTED_CODE = {
    "brackets": b"def f(x: Tensor) -> Tensor:\n  return " + b"(" * N + b"x" + b")" * N + b"\n",
    "minus": b"def f(x: Tensor) -> Tensor:\n  return " + b"-" * N + b"x\n",
    "not": b"def f(x: Tensor) -> Tensor:\n  return " + b"not " * N + b"x\n",
    "dots": b"def f(x: Tensor) -> Tensor:\n  return x" + b".a" * N + b"\n",
    "calls": b"def f(x: Tensor) -> Tensor:\n  return x" + b"()" * N + b"\n",
    "sum": b"def f(x: Tensor) -> Tensor:\n  return x" + b"+x" * N + b"\n",
    "lines of a sum": b"def f(x: Tensor) -> Tensor:\n  return (x" + b"+\nx" * N + b")\n",
    "powers": b"def f(x: Tensor) -> Tensor:\n  return x" + b"**x" * N + b"\n",
    "choices": b"def f(x: Tensor) -> Tensor:\n  return " + b"x if x else " * N + b"x\n",
    "types": b"def f(x: " + b"List[" * N + b"Tensor" + b"]" * N + b") -> Tensor:\n  return x\n",
    "blocks": b"def f(x: Tensor) -> Tensor:\n"
    + b"".join(b" " * i + b"if x:\n" for i in range(1, 3000)),
    "blank lines": b"\n" * N,
    "comments": b"# no code\n" * N,
    "continued lines": b"x \\\n" * N,
    "quotes": b'def f(x: Tensor) -> Tensor:\n  return """a"b""" + ' + b"(" * N + b"\n",
    "indented": b" " * N,
    "zeros": bytes(N),
    "numbers": b"1" * N,
    "open text": b'"' + b"a" * N,
}


@pytest.mark.parametrize("name", CRAFTED_CODE)
def test_crafted_code(name):
    about = tsrt.inspect(archive(code=CRAFTED_CODE[name]))
    assert about["kind"] == "torchscript"


STACK = 512 << 10


def test_code_just_below_the_limit():
    """The deepest code that is parsed needs no more of a stack than small threads have."""
    answers = []
    for inside in (b"(" * 190 + b"x" + b")" * 190, b"-" * 380 + b"x", b"x" + b".a" * 380):
        code = b"def f(x: Tensor) -> Tensor:\n  return " + inside + b"\n"
        data = archive(code=code)
        before = threading.stack_size(STACK)
        thread = threading.Thread(target=lambda data=data: answers.append(tsrt.inspect(data)))
        thread.start()
        threading.stack_size(before)
        thread.join()
    assert [each["problem"] for each in answers] == [None] * 3


def test_crafted_directories():
    """Tables of contents that lie."""
    good = local(b"m/constants.pkl", b"\x80\x02).")
    where = len(good)
    for entries, size, offset in [
        (1, 0xFFFFFFFE, 0),
        (0xFFFF, 46, where),
        (1, 46, 0xFFFFFFFF),
        (65535, 65535 * 46, where),
        (1, 46, where),
        (0, 0, 0),
    ]:
        for middle in (
            b"",
            bytes(46),
            entry(b"m/x", 0xFFFFFFFF, 1, 1),
            entry(b"m/x", 0, 1 << 31, 9),
        ):
            assert tsrt.inspect(good + middle + end_of_directory(entries, size, offset))["problem"]


def test_overlapping_records():
    """Many records that share their bytes make a small file big; none of it is read."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(bytes(10_000_000)) + packed.flush()
    crc = zlib.crc32(bytes(10_000_000))
    first = local(b"m/data.pkl", body, crc, 10_000_000, 8)
    entries = b"".join(entry(b"m/data.pkl", 0, len(body), 10_000_000, crc, 8) for _ in range(2000))
    data = first + entries + end_of_directory(2000, len(entries), len(first))
    with pytest.raises(tsrt.NotAModelError, match=r"overlaps|two records are called|would become"):
        tsrt.verify(data)
    assert tsrt.inspect(data)["problem"]


def test_bombs():
    """A record that inflates to more than any pickle has is not held in memory."""
    bomb = archive(data=bytes(200_000_000))
    about = tsrt.inspect(bomb)
    assert about["not_read"] == ["m/data.pkl"]
    assert "'m/data.pkl' is no pickle" in about["problem"]
    assert tsrt.inspect(archive(code=bytes(20_000_000)))["not_read"] == ["m/code/__torch__.py"]


@pytest.mark.parametrize("name", ["/", "m/", "x" * 60_000, "m/" + "y" * 60_000, "a\nb", "ü/ü"])
def test_names(name):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as new:
        new.writestr(name, b"data")
    about = tsrt.inspect(file.getvalue())
    assert about["problem"] and "\n" not in about["problem"]


def test_names_that_are_no_text():
    data = local(b"m/\xff\xfe", b"x") + entry(b"m/\xff\xfe", 0, 1, 1)
    data += end_of_directory(1, 46 + 4, len(data) - 46 - 4)
    assert "�" in tsrt.inspect(data)["problem"]


def test_nothing_is_made():
    """An OrderedDict with a surprise in it is data like any other."""

    class Surprise:
        def __reduce__(self):
            return exec, ("raise SystemExit",)

    about = tsrt.inspect(saved(OrderedDict(a=torch.ones(1), b=Surprise())))
    assert about["keys"] == ["a", "b"]
