"""trust="restricted": what harmless models keep, what others are refused for, and that nothing of
what is refused has run."""

import io
import json
import os
import pathlib
import pickle
import struct
import threading
import zipfile

import numpy as np
import pytest
import torch
from archives import rewrite, scripted
from models_trust import Kinds, Layer
from torch import Tensor, nn

import tsrt

PROBE = "/tmp/tsrt-test-of-trust"  # what an attack would write, were it to run


@pytest.fixture(autouse=True)
def nothing_has_run(capfd):
    yield
    assert not os.path.exists(PROBE)
    assert "attacked" not in "".join(capfd.readouterr())


class Plain(nn.Module):
    weight: Tensor

    def __init__(self):
        super().__init__()
        self.layer = Layer()
        self.numbers: list[int] = [1, 2]
        self.words: dict[str, float] = {"a": 1.5}
        self.pair: tuple[int, str] = (3, "x")
        self.maybe: Tensor | None = None
        self.rate = 0.5
        self.register_buffer("weight", torch.arange(4.0))

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer(x) + self.weight * self.rate
        maybe = self.maybe
        if maybe is not None:
            x = x + maybe
        return x.relu() * self.numbers[0] + self.words["a"]


@pytest.fixture(scope="module")
def plain():
    return scripted(Plain())


def changed(data, old, new):
    """The archive with another text in its code."""

    def change(name, contents):
        if name.endswith(".py"):
            contents = contents.replace(old.encode(), new.encode())
        return contents

    result = rewrite(data, change)
    assert result != rewrite(data, lambda name, contents: contents), "there is no such text"
    return result


def with_line(data, line):
    """The archive with a line at the beginning of the model's forward."""
    text = "def forward(self: __torch__.test_trust.Plain,\n    x: Tensor) -> Tensor:\n"
    return changed(data, text, text + "".join(f"    {each}\n" for each in line.split("\n")))


def refused(data, *words):
    """Refused when loaded, and inspect tells of the same as far as it looks; returns the error."""
    with pytest.raises(tsrt.NotTrustedError) as error:
        tsrt.Model(data, trust="restricted")
    for word in words:
        assert word in str(error.value) + error.value.detail
    for each in tsrt.inspect(data)["restricted"]:
        assert f"{each['where']}: {each['what']}" in error.value.detail
    return error.value


def test_plain(plain):
    x = np.random.rand(2, 4).astype(np.float32)
    model = tsrt.Model(plain, trust="restricted")
    np.testing.assert_array_equal(model(x), tsrt.Model(plain)(x))
    assert model.get_attribute("words") == {"a": 1.5}
    assert model.get_attribute("pair") == (3, "x")
    assert tsrt.inspect(plain)["restricted"] == []


def test_models(models, corpus, subtests):
    """Each loads the same or is refused for something that it has."""
    reasons = {
        "futures": "fork",
        "forks": "fork",
        "tasks": "fork",
        "spins_in_task": "fork",
        "objects": "takes any object",
        "sparse": "aten::to_sparse",
        "pytorch-test_versioned_div_tensor_v3.pt": "rounding down",
        "quantized": "quantize",
        "pytorch-interpreter-async.pt": "fork",
        "pytorch-q-linear-scripted.pt": "quantized",
        "pytorch-q-conv2d-traced.pt": "quantized",
        "pytorch-test_versioned_linspace_out_v7.ptl": "out",
    }
    files = sorted(models.glob("*.pt"))
    for entry in json.loads((corpus / "manifest.json").read_text()):
        if entry["expect"] == "ok":
            files.append(corpus / entry["file"])
    for path in files:
        with subtests.test(path.name):
            reason = reasons.get(path.name) or reasons.get(path.stem)
            if reason:
                with pytest.raises(tsrt.NotTrustedError) as error:
                    tsrt.Model(path, trust="restricted")
                assert reason in error.value.detail
                continue
            theirs, ours = tsrt.Model(path), tsrt.Model(path, trust="restricted")
            assert ours.describe() == theirs.describe()
            for name, value in theirs.state_dict().items():
                np.testing.assert_array_equal(ours.get_attribute(name), value)


def test_voices(vad):
    x = np.random.rand(1, 512).astype(np.float32)
    theirs, ours = tsrt.Model(vad), tsrt.Model(vad, trust="restricted")
    for _ in range(3):
        np.testing.assert_array_equal(ours(x, 16000), theirs(x, 16000))


@pytest.fixture
def vad():
    silero = pytest.importorskip("silero_vad")
    return pathlib.Path(silero.__file__).parent / "data" / "silero_vad.jit"


LINES = {
    "from_file": ('_ = torch.from_file("/etc/passwd", False, 10)', "aten::from_file"),
    "ops": ('_ = ops.aten.from_file("/etc/passwd", False, 10)', "aten::from_file"),
    "alias": ('f = torch.from_file\n_ = f("/etc/passwd", False, 10)', "torch.from_file"),
    "space alias": ('f = ops.aten\n_ = f.from_file("/etc/passwd", False, 10)', "ops.aten"),
    "root alias": ('f = torch\n_ = f.from_file("/etc/passwd", False, 10)', "torch"),
    "autograd": ('_ = torch.autograd.from_file("/etc/passwd", False, 10)', "from_file"),
    "autograd twice": ('_ = torch.autograd.autograd.from_file("/etc/passwd")', "from_file"),
    "shadow": ("torch = self\n_ = torch.forward(x)", "another meaning"),
    "save": (f'torch.save(x, "{PROBE}")', "aten::save"),
    "save method": (f'(x).save("{PROBE}")', "aten::save"),
    "save constant": (f'(3).save("{PROBE}")', "aten::save"),
    "as_strided": ("_ = torch.as_strided(x, [9999], [1])", "aten::as_strided"),
    "as_strided method": ("_ = (x).as_strided([9999], [1])", "aten::as_strided"),
    "set_": ("_ = torch.set_(x, x)", "aten::set_"),
    "set_ method": ("_ = x.set_(x)", "aten::set_"),
    "resize_": ("_ = torch.resize_(x, [9999])", "aten::resize_"),
    "empty": ("_ = torch.empty([9], dtype=6)", "aten::empty"),
    "new_empty": ("_ = torch.new_empty(x, [9])", "aten::new_empty"),
    "seed": ("torch.manual_seed(3)", "aten::manual_seed"),
    "unknown space": ("_ = ops.mine.read(x)", "mine::read"),
    "profiler": ('_ = ops.profiler._record_function_enter("a")', "profiler::"),
    "classes": ("_ = torch.classes.quantized.LinearPackedParamsBase(x)", "torch.classes"),
    "classes path": (
        "_ = __torch__.torch.classes.quantized.Conv2dPackedParamsBase.unpack(x)",
        "C++ class",
    ),
    "fork": ("_ = fork(self.layer, x)", "fork"),
    "rpc": ('_ = ops.prim.rpc_async("a", x)', "prim::rpc_async"),
    "resampling": (
        "x = torch.upsample_nearest2d(torch.reshape(x, [1, 1, 2, -1]), [64, 64], 1e-30, 1e-30)",
        "aten::upsample_nearest2d",
    ),
    "modulo": ("a = 5 % 0", "divides"),
    "division": ("a = torch.floordiv(5, torch.len([x]))", "divides"),
    "rounding": ('x = torch.div(x, x, rounding_mode="trunc")', "rounding down"),
    "sorting": (
        "a = annotate(List[float], [])\n_ = torch.append(a, 1.)\n(a).sort()\nx = x * a[0]",
        "aten::sort.float",
    ),
    "out": ("_ = torch.add(x, x, alpha=1, out=x)", "aten::add.out"),
    "confusion": (
        "a = unchecked_cast(__torch__.models_trust.Layer, self)\nx = x + a.weight",
        "takes any object",
    ),
    "confusion through Any": (
        "a = annotate(Any, self)\n"
        "b = unchecked_cast(__torch__.models_trust.Layer, a)\nx = x + b.weight",
        "takes any object",
    ),
    "unknown module": ("_ = __torch__.elsewhere.f(x)", "does not define"),
    "long name": (f"_ = ops.{'a' * 10000}.b(x)", "aaaa"),
}


GRAPHS = {"takes any object", "rounding down"}


@pytest.mark.parametrize("name", LINES)
def test_code(plain, name):
    line, word = LINES[name]
    error = refused(with_line(plain, line), word)
    # What the compiler makes of the text has not always a place.
    assert "code/__torch__/test_trust.py:" in error.detail or word in GRAPHS


def test_a_long_chain_of_definitions(plain):
    lines = "".join(
        f"def f{i}(x: Tensor) -> Tensor:\n  _0 = __torch__.chain.f{i + 1}\n  return _0(x)\n"
        for i in range(2000)
    )
    file = io.BytesIO(plain)
    with zipfile.ZipFile(file, "a") as archive:
        root = archive.namelist()[0].split("/")[0]
        end = "def f2000(x: Tensor) -> Tensor:\n  return x\n"
        archive.writestr(f"{root}/code/__torch__/chain.py", lines + end)
    refused(file.getvalue(), "chain")


GUARDED = {
    "dtype": "x = torch.to(x, torch.len([x]) + 98)",
    "divisor": "x = x * torch.remainder((torch.size(x))[0], (torch.size(x))[0] - 2)",
    "attention": "x = torch.scaled_dot_product_attention("
    "torch.ones([1, 2, 4]), torch.ones([1, 9, 4]), torch.ones([1, 7, 4]))",
    "sampling": "x = torch.grid_sampler("
    "torch.ones([1, 1, 4, 4]), torch.ones([1, 4, 4, 2]), 7, 9, False)",
    "lstm": "x = torch.lstm(torch.ones([2, 3, 4]), [torch.ones([1, 3, 5]), torch.ones([1, 3, 5])],"
    " [torch.ones([2, 4]), torch.ones([2, 5])], False, 1, 0., False, False, False)[0]",
}


@pytest.mark.parametrize("name", GUARDED)
def test_arguments_that_libtorch_does_not_check(plain, name):
    model = tsrt.Model(with_line(plain, GUARDED[name]), trust="restricted")
    with pytest.raises(tsrt.ModelError):
        model(np.ones((2, 4), np.float32))


class Guarded(nn.Module):
    """What the guards let through."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 4, 2, bidirectional=True)
        self.projected = nn.LSTM(8, 6, bias=False, proj_size=4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.projected(self.lstm(x.to(torch.float32))[0])[0]
        x = nn.functional.scaled_dot_product_attention(x, x[:, :2], x[:, 1:])
        grid = torch.zeros(1, 3, 3, 2, dtype=x.dtype)
        return nn.functional.grid_sample(x[None, None, 0], grid, align_corners=False)


class Recurrent(nn.Module):
    """Scripted, these have the code for packed sequences in them."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 5, 2, batch_first=True)
        self.gru = nn.GRU(5, 6)
        self.rnn = nn.RNN(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(self.gru(self.lstm(x.to(torch.float32))[0])[0])[0]


@pytest.mark.parametrize("kind", [Guarded, Recurrent])
def test_guarded_operators_give_the_same(kind):
    torch.manual_seed(0)
    file = io.BytesIO()
    x = np.random.rand(2, 3, 4)
    model = kind().eval()
    traced = kind is Guarded
    torch.jit.save(
        torch.jit.trace(model, torch.from_numpy(x)) if traced else torch.jit.script(model), file
    )
    data = file.getvalue()
    np.testing.assert_array_equal(tsrt.Model(data, trust="restricted")(x), tsrt.Model(data)(x))


def test_archive_limits(plain):
    """They hold in both."""

    def with_record(name, contents, compression=zipfile.ZIP_DEFLATED):
        file = io.BytesIO(plain)
        with zipfile.ZipFile(file, "a", compression) as archive:
            archive.writestr(archive.namelist()[0].split("/")[0] + "/" + name, contents)
        return file.getvalue()

    for trust in ("full", "restricted"):
        with pytest.raises(tsrt.NotAModelError, match="a record whose name has"):
            tsrt.Model(with_record("a" * 10_000, b""), trust=trust)
        bomb = with_record("extra/zeros", bytes(1 << 20))
        # Says of itself that it has 64 GB, as one written with more zeros would.
        at = bomb.rfind(b"PK\1\2")
        bomb = bomb[: at + 24] + struct.pack("<L", 0xFFFFFFF0) + bomb[at + 28 :]
        with pytest.raises(tsrt.NotAModelError, match="would become"):
            tsrt.Model(bomb, trust=trust)
        assert tsrt.inspect(bomb)["problem"]


def test_default_values_are_not_computed(plain):
    text = "    x: Tensor) -> Tensor:\n"
    new = f'    x: Tensor,\n    y: int=torch.len(torch.save(1, "{PROBE}"))) -> Tensor:\n'
    refused(changed(plain, text, new), "default value")


def test_class_constants_are_not_computed(plain):
    text = "class Plain(Module):\n"
    new = text + '  secret : Final[Tensor] = torch.from_file("/etc/passwd", False, 3)\n'
    refused(changed(plain, text, new), "default value")


def test_code_that_nothing_refers_to(plain):
    def add(name):
        file = io.BytesIO(plain)
        with zipfile.ZipFile(file, "a") as archive:
            root = archive.namelist()[0].split("/")[0]
            archive.writestr(
                f"{root}/{name}",
                f'def f(x: Tensor) -> Tensor:\n  torch.save(x, "{PROBE}")\n  return x\n',
            )
        return file.getvalue()

    refused(add("code/__torch__/other.py"), "aten::save", "other.py:2")
    refused(add("code/__torch__/" + "a/" * 1000 + "b.py"), "aten::save")
    refused(add("code/__torch__/caf\u00e9.py"), "under a name")
    refused(add("code/__torch__/../x.py"), "under a name")


def test_setstate(plain):
    text = "class Plain(Module):\n"
    new = text + (
        "  def __getstate__(self: __torch__.test_trust.Plain) -> int:\n    return 1\n"
        "  def __setstate__(self: __torch__.test_trust.Plain, state: int) -> NoneType:\n"
        "    while True:\n      pass\n"
        f'    torch.save(1, "{PROBE}")\n    print("attacked")\n    return None\n'
    )
    refused(changed(plain, text, new), "runs code while it is loaded", "aten::save")


def test_submodule(plain):
    def change(name, contents):
        if name.endswith("models_trust.py"):
            line = b"    _ = torch.from_file('/etc/passwd', False, 3)\n"
            contents = contents.replace(b"-> Tensor:\n", b"-> Tensor:\n" + line)
        return contents

    refused(rewrite(plain, change), "aten::from_file", "models_trust.py")


def test_printing_is_allowed_and_only_when_called(models, capfd):
    model = tsrt.Model(models / "prints.pt", trust="restricted")
    assert capfd.readouterr() == ("", "")
    model(np.ones(3, np.float32))


def repickled(data, old, new, record="data.pkl"):
    """The archive with other bytes in a pickle."""

    def change(name, contents):
        if name.endswith("/" + record):
            assert old in contents
            contents = contents.replace(old, new, 1)
        return contents

    return rewrite(data, change)


def test_attributes_have_the_types_of_the_code(plain, subtests):
    cases = {
        "int for float": (struct.pack(">cd", b"G", 0.5), b"K\x01"),
        "text for float": (struct.pack(">cd", b"G", 0.5), b"X\x01\0\0\0a"),
        "none for float": (struct.pack(">cd", b"G", 0.5), b"N"),
        "list for float": (struct.pack(">cd", b"G", 0.5), b"]"),
        "missing": (b"rate", b"late"),
        "a module for another": (
            b"c__torch__.models_trust\nLayer\n",
            b"c__torch__.test_trust\nPlain\n",
        ),
        "os.system": (b"c__torch__.models_trust\nLayer\n", b"cos\nsystem\n"),
        "unknown class": (b"c__torch__.models_trust\nLayer\n", b"c__torch__.a\nB\n"),
        "a bigger shape": (b"K\x04\x85", b"K\x44\x85"),
    }
    for name, (old, new) in cases.items():
        with subtests.test(name):
            data = plain
            try:
                data = repickled(plain, old, new)
            except AssertionError:
                if name != "a bigger shape":
                    raise
                continue
            with pytest.raises((tsrt.NotTrustedError, tsrt.NotAModelError)) as error:
                tsrt.Model(data, trust="restricted")
            assert "data.pkl" in str(error.value) or "code of that" in str(error.value)


def test_kinds_of_attributes():
    data = scripted(Kinds())
    theirs, ours = tsrt.Model(data), tsrt.Model(data, trust="restricted")
    for each in theirs.describe()["attributes"]:
        np.testing.assert_equal(
            ours.get_attribute(each["name"]), theirs.get_attribute(each["name"])
        )
    x = np.ones(2, np.float32)
    np.testing.assert_array_equal(ours(x), theirs(x))


REAL = struct.Struct(">cd").pack
OTHER_KINDS = {
    "no member": (b"K\x02R", b"K\x09R", "is no member of"),
    "no member with a text": (b"\x04\0\0\0high", b"\x04\0\0\0loud", "is no member of"),
    "a real part alone": (REAL(b"G", 2) + b"\x86", b"\x85", "is no complex"),
    "a complex text": (REAL(b"G", 2), b"N", "is no float"),
    "no device": (b"ctorch\ndevice\n", b"ctorch\nFloatStorage\n", "is no Device"),
    "a text for a number": (b"K\x03", b"X\x01\0\0\0a", "is no Optional[int]"),
    "a number for a tensor": (b"Ne", b"K\x01e", "is no Optional[Tensor]"),
    "no key": (b"(K\x01X", b"(NX", "is no int"),
    "a number in a tuple": (REAL(b"G", 0.5), b"K\x01", "is no float"),
    "a longer tuple": (REAL(b"G", 0.5) + b"\x86", REAL(b"G", 0.5) + b"N\x87", "is no Tuple"),
    "a tuple for a text": (b"X\x04\0\0\0text", b")", "is no Union"),
    "a number among flags": (b"\x88\x89e", b"\x88K\x01e", "is no bool"),
}


@pytest.mark.parametrize("name", OTHER_KINDS)
def test_attributes_of_other_kinds(name):
    old, new, what = OTHER_KINDS[name]
    refused(repickled(scripted(Kinds()), old, new), "data.pkl", what)


def test_pickles_that_are_deep_or_large(plain):
    def with_pickle(pickle):
        return rewrite(plain, lambda name, old: pickle if name.endswith("data.pkl") else old)

    deep = b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b"."
    bomb = b"\x80\x02]q\x00" + b"".join(b"]q%ch%ch%ce" % (i + 1, i, i) for i in range(8)) + b"."
    for pickle_ in (deep, bomb, b"\x80\x02h\x05.", b"\x80\x02.", b"", b"\x80\x02]" + b"N" * 99):
        with pytest.raises(tsrt.Error):
            tsrt.Model(with_pickle(pickle_), trust="restricted")


def test_two_records_of_one_name(plain):
    file = io.BytesIO(plain)
    with zipfile.ZipFile(file, "a") as archive:
        name = next(n for n in archive.namelist() if n.endswith("test_trust.py"))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(name, b"def f() -> int:\n  return 1\n")
    with pytest.raises(tsrt.NotAModelError, match="two records"):
        tsrt.Model(file.getvalue(), trust="restricted")
    with pytest.raises(tsrt.NotTrustedError, match="two records"):
        tsrt.Model(file.getvalue(), trust="restricted", verify=False)


def test_operators_of_libtorch(plain):
    """Each that is not on the list is refused by its name alone; each on it is there."""
    listed = {name for topic in tsrt.trusted_operators() for name in topic["operators"]}
    registered = {schema.name for schema in torch._C._jit_get_all_schemas()}
    assert listed - registered == set()
    others = sorted(registered - listed)
    assert len(others) > 1000
    lines = "".join(f"  _ = ops.{name.replace('::', '.')}(x)\n" for name in others)
    code = f"def f(x: Tensor) -> Tensor:\n{lines}  return x\n"
    found = set()
    for start in range(0, len(others), 500):
        part = others[start : start + 500]
        lines = "".join(f"  _ = ops.{name.replace('::', '.')}(x)\n" for name in part)
        file = io.BytesIO(plain)
        with zipfile.ZipFile(file, "a") as archive:
            root = archive.namelist()[0].split("/")[0]
            code = f"def f(x: Tensor) -> Tensor:\n{lines}  return x\n"
            archive.writestr(f"{root}/code/__torch__/other.py", code)
        found |= {each["what"] for each in tsrt.inspect(file.getvalue())["restricted"]}
    assert {f"calls {name}" for name in others} - found == set()


def test_list_is_sorted():
    names = []
    for topic in tsrt.trusted_operators():
        assert topic["topic"] and topic["why"].endswith(".")
        assert topic["operators"] == sorted(topic["operators"])
        names += topic["operators"]
    assert len(names) == len(set(names))


def test_options(plain, tmp_path, models):
    with pytest.raises(tsrt.InvalidArgumentError, match="full or restricted"):
        tsrt.Model(plain, trust="some")
    path = models / "mlp.pt"
    with pytest.raises(tsrt.InvalidArgumentError, match="mmap"):
        tsrt.Model(path, trust="restricted", mmap=True)
    model = pickle.loads(pickle.dumps(tsrt.Model(path, trust="restricted")))
    assert model._arguments["trust"] == "restricted"


def test_compressed_weights(models):
    data = (models / "mlp.pt").read_bytes()
    packed = rewrite(data, lambda name, old: old, zipfile.ZIP_DEFLATED)
    x = np.ones((1, 16), np.float32)
    np.testing.assert_array_equal(tsrt.Model(packed, trust="restricted")(x), tsrt.Model(data)(x))


class Heavy(nn.Module):
    """As many tensors as large models have, and then some."""

    items: list[Tensor]

    def __init__(self, n: int):
        super().__init__()
        self.items = list(torch.arange(float(n)).unbind())

    def forward(self, x: Tensor) -> Tensor:
        return x + self.items[-1] + len(self.items)


def test_tens_of_thousands_of_tensors():
    """The checks look at each tensor once, and at each record."""
    n = 30_000
    data = scripted(Heavy(n))
    model = tsrt.Model(data, trust="restricted")
    assert model(np.zeros(1, np.float32))[0] == 2 * n - 1


def test_a_file_that_changes_while_it_is_loaded(plain, tmp_path):
    """What was checked is what runs, or there is an error: never another file's code."""
    evil = with_line(plain, f'_0 = torch.from_file("{PROBE}", True, 4)').ljust(len(plain), b"\0")
    path = tmp_path / "model.pt"
    path.write_bytes(plain)
    x = np.random.rand(2, 4).astype(np.float32)
    wanted = tsrt.Model(plain)(x)
    stop = threading.Event()

    def change():
        while not stop.is_set():
            for contents in (evil, plain):
                with open(path, "r+b") as file:
                    file.write(contents)

    thread = threading.Thread(target=change)
    thread.start()
    outcomes = set()
    for _ in range(150):
        try:
            model = tsrt.Model(path, trust="restricted")
        except tsrt.Error as error:
            outcomes.add(type(error))
            continue
        np.testing.assert_array_equal(model(x), wanted)
        outcomes.add("loaded")
    stop.set()
    thread.join()
    assert len(outcomes) > 1
