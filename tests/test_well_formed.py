"""What LibTorch must not be given is refused before it sees it; what it writes is not."""

import contextlib
import io
import threading
import zipfile

import numpy as np
import pytest
import torch
from damage import archive_of, records_of
from damage_seeds import QuantizedState

import tsrt

N = 100_000
CODE = b"class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n  x : List[int]\n"


def archive(value):
    """A module with one attribute, whose pickled value is given."""
    contents = {
        "m/version": b"3\n",
        "m/constants.pkl": b"\x80\x02).",
        "m/data.pkl": b"\x80\x02c__torch__\nM\n)\x81}(X\1\0\0\0x" + value + b"ub.",
        "m/code/__torch__.py": CODE,
    }
    return archive_of(contents)


STORAGE = b"(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\x000X\3\0\0\0cpu%stQ"
MALFORMED = {
    "odd dict": (b"}(K\1u", "a key has no value"),
    "odd dict at once": (b"(K\1d", "a key has no value"),
    "no mark": (b"]eee", "it puts items into what holds none"),
    "too few": (b"(K\1s", "it takes more than there is"),
    "too few to forget": (b"(t" + b"\x87", "it takes more than there is"),
    "memo of 64 GB": (b"Nr\xff\xff\xff\xff", "at an index that no writer uses"),
    "unknown memo": (b"Nq\5h\1", "it recalls what it never remembered"),
    "number called": (b"K\0)R", "it calls what is no class or function"),
    "number built": (b"K\0)\x81", "it calls what is no class or function"),
    "no arguments": (b"c__torch__\nM\nN\x81", "an object's arguments are no tuple"),
    "dict as list": (b"}(K\1e", "it puts items into what holds none"),
    "list in itself": (b"]q\0(h\0e", "into what is part of something already"),
    "list in what is in it": (b"]q\0(]q\1(h\0eeh\1(h\0e", "into what is part of something already"),
    "deep tuples": (b"N" + b"\x85" * N, "it is nested too deep"),
    "deep lists": (b"(" * N + b"l" * N, "it is nested too deep"),
    "deep dicts": (b"(K\0" * N + b"N" + b"d" * N, "it is nested too deep"),
    "deep calls": (b"c__torch__\nM\n" * N + b")" + b"\x85R" * N, "it is nested too deep"),
    "forgetting": (b"N0", "it has an instruction that LibTorch does not know"),
    "long number": (b"\x8a\1\1", "a number in it has not 8 bytes"),
    "negative storage": (STORAGE % b"J\xff\xff\xff\xff", "it refers to a storage"),
    "storage of a number": (STORAGE.replace(b"ctorch\nFloatStorage\n", b"K\6") % b"K\1", "storage"),
    "open name": (b"c__torch__", "it ends too early|a name in it has no end"),
    "open text": (b"X\xff\xff\xff\xff", "it ends too early"),
    "old protocol": (b"\x80\1", "it has an instruction"),
    "several values": (b"NNubN.", "it calls what is no class|more than one value|no value"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name):
    value, why = MALFORMED[name]
    data = archive(value)
    with pytest.raises(tsrt.NotAModelError, match=why) as caught:
        tsrt.Model(data)
    with pytest.raises(tsrt.NotAModelError, match=why):
        tsrt.Model(data, verify=False)
    assert str(caught.value) == tsrt.inspect(data)["problem"]


@pytest.mark.parametrize(
    "value",
    [b"](K\1K\2e", b"]q\0(K\1e", b"ctorch.jit._pickle\nbuild_intlist\n](K\1e\x85R", b"(K\1l"],
)
def test_well_formed(value):
    assert tsrt.Model(archive(value)).get_attribute("x")[0] == 1


@pytest.mark.parametrize("suffix", ["constants.pkl", ".debug_pkl"])
def test_every_pickle(models, suffix):
    records = records_of((models / "lstm_state.pt").read_bytes())
    name = next(name for name in records if name.endswith(suffix))
    records[name] = b"\x80\x02N" + b"\x85" * N + b"."
    data = archive_of(records)
    with pytest.raises(tsrt.NotAModelError, match=suffix):
        tsrt.Model(data)
    assert suffix in tsrt.inspect(data)["problem"]


def test_deepest_on_a_small_stack():
    """What is just not too deep is made and freed, or refused, on a thread with 512 kB."""
    outcome = []

    def work():
        with contextlib.suppress(tsrt.Error):
            tsrt.Model(archive(b"(" * 998 + b"l" * 998))
        outcome.append("came back")

    before = threading.stack_size(512 << 10)
    thread = threading.Thread(target=work)
    thread.start()
    threading.stack_size(before)
    thread.join()
    assert outcome == ["came back"]


def test_more_than_is_looked_into():
    """Millions of numbers: checked, though they are too many for the reader of inspect."""
    value = b"ctorch.jit._pickle\nbuild_intlist\n](" + b"K\1" * 5_000_000 + b"e\x85R"
    assert len(tsrt.Model(archive(value)).get_attribute("x")) == 5_000_000
    with pytest.raises(tsrt.NotAModelError, match="a key has no value"):
        tsrt.Model(archive(value.removesuffix(b"e\x85R") + b"(K\1de\x85R"))


def test_quantized_and_constants(models):
    x = torch.ones(1, 4)
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(QuantizedState()), file)
    assert np.array_equal(tsrt.Model(file.getvalue())(x.numpy()), QuantizedState()(x).numpy())


# ---- records that LibTorch reads in another way than we do ----


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("record", ["data/0", "data.pkl", "constants.pkl"])
def test_marked_as_a_folder(models, record, verify):
    """LibTorch reads nothing of such a record, and takes what happens to be in its memory."""
    data = bytearray((models / "linear.pt").read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = next(n for n in archive.namelist() if n.endswith(f"/{record}")).encode()
    entry = data.rfind(name) - 46
    assert data[entry : entry + 4] == b"PK\1\2"
    data[entry + 38] |= 0x10
    with pytest.raises(tsrt.NotAModelError, match="marked as a folder"):
        tsrt.Model(bytes(data), verify=verify)
    with pytest.raises(tsrt.NotAModelError, match="marked as a folder"):
        tsrt.verify(bytes(data))
    assert "marked as a folder" in tsrt.inspect(bytes(data))["problem"]


@pytest.mark.parametrize("inside", [b"(" * N + b"x" + b")" * N, b"-" * N + b"x", b"x" + b"+x" * N])
def test_deep_code(inside):
    """LibTorch's parser would overflow the stack."""
    code = CODE + b"  def forward(self, a: Tensor) -> Tensor:\n    return " + inside + b"\n"
    records = records_of(archive(b"](K\1e"))
    data = archive_of(records | {"m/code/__torch__.py": code})
    with pytest.raises(tsrt.NotAModelError, match="nested too deep"):
        tsrt.Model(data)


def with_debug_info(models, old, new):
    """A model that fails, with other numbers in its debug information."""
    records = records_of((models / "raises.pt").read_bytes())
    name = next(name for name in records if name.endswith(".debug_pkl"))
    assert old in records[name]
    return archive_of(records | {name: records[name].replace(old, new)})


# A list of places in the table of texts, then the file's place and line; the range in the text.
@pytest.mark.parametrize("new", [b"](K\1K\xffK\0e", b"](K\1Ne", b"](J\xff\xff\xff\xffe"])
def test_debug_info_that_leads_out_of_its_table(models, new):
    data = with_debug_info(models, b"](K\1K\2", new.removesuffix(b"e"))
    with pytest.raises(tsrt.NotAModelError, match="leads out of the texts"):
        tsrt.Model(data)
    assert "leads out of the texts" in tsrt.inspect(data)["problem"]


CLASSES = b"""class B(Module):
  __parameters__ = []
  __buffers__ = []
  a : int
  b : int
  c : List[Tensor]
class C(Module):
  __parameters__ = []
  __buffers__ = []
  a : int
class M(Module):
  __parameters__ = []
  __buffers__ = []
  x : %s
  def forward(self, a: Tensor) -> Tensor:
    return a
"""
C = b"c__torch__\nC\n)\x81}(X\1\0\0\0aK\1ub"
MISTYPED = {
    "__torch__.B": C,
    "List[__torch__.B]": b"](" + C + b"e",
    "Dict[str, __torch__.B]": b"}(X\1\0\0\0a" + C + b"u",
    "Optional[__torch__.B]": C,
    "Tuple[int, __torch__.B]": b"K\1" + C + b"\x86",
    "Tuple[int, int]": b"K\1\x85",
}


@pytest.mark.parametrize("kind", MISTYPED)
def test_mistyped(kind):
    """An object of another class has fewer attributes than the code looks up in it."""
    wrong = records_of(archive(MISTYPED[kind]))
    wrong["m/code/__torch__.py"] = CLASSES % kind.encode()
    with pytest.raises(tsrt.NotAModelError, match="the attribute 'x' of"):
        tsrt.Model(archive_of(wrong))
    wrong["m/code/__torch__.py"] = CLASSES % kind.replace("B", "C").encode()
    if "C" in kind.replace("B", "C"):
        assert tsrt.Model(archive_of(wrong))(np.ones(1)).tolist() == [1]


@pytest.mark.parametrize("text", [b"", b"x", b"0\n", b"-1"])
def test_no_version(models, text):
    """LibTorch's reader would refuse it, and lose its table of contents."""
    records = records_of((models / "linear.pt").read_bytes())
    name = next(name for name in records if name.endswith("/version"))
    with pytest.raises(tsrt.NotAModelError, match="version' is no number"):
        tsrt.Model(archive_of(records | {name: text}))
