"""Checksums: no flipped bit in a model's file goes unnoticed. And what loading does to files."""

import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
import torch
from archives import rewrite, saved, scripted
from torch import nn

import tsrt

X = np.ones(4, np.float32)


def flipped(data, bit):
    data = bytearray(data)
    data[bit // 8] ^= 1 << bit % 8
    return data


def where(data, name):
    """The first byte of a record's contents."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        header = archive.getinfo(name).header_offset
    lengths = struct.unpack_from("<HH", data, header + 26)
    return header + 30 + sum(lengths)


def test_good_files(models, tmp_path):
    for path in sorted(models.glob("*.pt")):
        tsrt.verify(path)
        tsrt.verify(path.read_bytes())
    tsrt.verify(io.BytesIO(saved({"x": torch.ones(3)})))  # any archive, also one of torch.save


def test_a_flipped_bit_in_a_weight(models):
    """LibTorch loads it without a word."""
    data = (models / "linear.pt").read_bytes()
    broken = flipped(data, 8 * where(data, "linear/data/0") + 5)
    assert not np.array_equal(tsrt.Model(broken, verify=False)(X), tsrt.Model(data)(X))
    message = r"is damaged: its record 'linear/data/0' does not match its checksum; copy"
    for use in (tsrt.verify, tsrt.Model):
        with pytest.raises(tsrt.NotAModelError, match=message):
            use(broken)


def test_a_flipped_bit_in_a_big_weight(tmp_path):
    """Big records are summed while LibTorch reads them."""
    model = nn.Sequential(nn.Linear(400, 400), nn.Linear(400, 400)).eval()
    data = scripted(model)
    x = np.ones(400, np.float32)
    with torch.no_grad():
        expected = model(torch.ones(400)).numpy()
    assert np.allclose(tsrt.Model(data)(x), expected)
    name = zipfile.ZipFile(io.BytesIO(data)).namelist()[0].split("/")[0]
    path = tmp_path / "model.pt"
    records = [f"{name}/data/{i}" for i in (0, 2)]
    for record in records:
        path.write_bytes(flipped(data, 8 * where(data, record) + 3_000_001))
        with pytest.raises(tsrt.NotAModelError, match=f"'{record}' does not match") as caught:
            tsrt.Model(path)
        assert str(path) in str(caught.value)
        tsrt.Model(path, verify=False)
    both = flipped(data, 8 * where(data, records[0]))
    both = flipped(both, 8 * where(data, records[1]))
    for use in (tsrt.verify, tsrt.Model):
        with pytest.raises(tsrt.NotAModelError) as caught:
            use(both)
        assert all(record in str(caught.value) for record in records)


def is_whole(data):
    """What Python's own reader says, but for deflated data that refers to before its beginning:
    ours sees zeros there, and if those are right then so is the sum."""
    try:
        return zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    except zlib.error as error:
        return "too far back" in str(error)
    except (zipfile.BadZipFile, EOFError):
        return False


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_bit_of_every_record(models, compression):
    data = rewrite((models / "linear.pt").read_bytes(), lambda n, d: d, compression)
    tsrt.verify(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            begin = 8 * where(data, info.filename)
            for bit in range(begin, begin + 8 * info.compress_size, 7):
                broken = flipped(data, bit)
                if not is_whole(broken):  # deflated data has a few bits that mean nothing
                    with pytest.raises(tsrt.NotAModelError, match=info.filename):
                        tsrt.verify(broken)


def test_headers(models):
    """Sizes, sums, names and places: in the local header and in the table of contents."""
    data = rewrite((models / "linear.pt").read_bytes(), lambda n, d: d)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo("linear/data/0")
    local = info.header_offset
    central = data.rindex(b"linear/data/0") - 46
    places = [(local, each) for each in (0, 8, 14, 18, 22, 26, 30)]
    places += [(central, each) for each in (0, 10, 16, 20, 24, 28, 42, 46)]
    for header, offset in places:
        with pytest.raises(tsrt.NotAModelError):
            tsrt.verify(flipped(data, 8 * (header + offset)))


def test_truncated(models):
    data = (models / "linear.pt").read_bytes()
    for size in (0, 1, 30, len(data) // 2, len(data) - 1):
        with pytest.raises(tsrt.NotAModelError):
            tsrt.verify(data[:size])


def test_not_archives(tmp_path):
    path = tmp_path / "model.pt"
    path.write_text("a model, soon")
    with pytest.raises(tsrt.NotAModelError, match="is a text file"):
        tsrt.verify(path)
    with pytest.raises(tsrt.NotAModelError, match="is a folder"):
        tsrt.verify(tmp_path)
    with pytest.raises(tsrt.NotFoundError, match=r"absent\.pt"):
        tsrt.verify(tmp_path / "absent.pt")
    with pytest.raises(tsrt.InvalidArgumentError, match="path"):
        tsrt.verify("")


def test_records_without_checksums():
    """torch.serialization.set_crc32_options(False) leaves them out: nothing to hold against."""
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        tsrt.verify(saved({"x": torch.ones(3)}))
    finally:
        torch.serialization.set_crc32_options(before)


# ---- what else a file may be and still load ----


def test_rewritten_archives(models):
    """Compressed, and with weights at odd addresses."""
    data = (models / "linear.pt").read_bytes()
    expected = tsrt.Model(data)(X)
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        for odd in range(4):
            name = "linear/extra/" + "x" * odd
            file = io.BytesIO(rewrite(data, lambda n, d: d, compression))
            with zipfile.ZipFile(file, "a") as archive:
                archive.writestr(name + "y", b"z")
            assert np.array_equal(tsrt.Model(file.getvalue())(X), expected)


def test_files_that_cannot_seek(models):
    data = (models / "linear.pt").read_bytes()

    class Pipe:
        def read(self):
            return data

    assert np.array_equal(tsrt.Model(Pipe())(X), tsrt.Model(data)(X))
    assert tsrt.inspect(Pipe()) == tsrt.inspect(data)


# ---- extra files ----

EXTRA = {"labels.txt": "cat\ndog", "config/deep/a.json": "{}", "empty": "", "bytes": "\0\1ü"}


def test_extra_files(tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(scripted(nn.Linear(2, 2), _extra_files=EXTRA))
    model = tsrt.Model(path)
    wanted = {name: text.encode() for name, text in EXTRA.items()}
    for files in (tsrt.extra_files(path), tsrt.extra_files(path.read_bytes()), model.extra_files):
        assert dict(files) == wanted
        assert len(files) == 4 and "labels.txt" in files and "absent" not in files
        with pytest.raises(KeyError):
            files["absent"]
        assert "config/deep/a.json" in repr(files)
    assert dict(model.clone().extra_files) == wanted
    listed = tsrt.inspect(path)["extra_files"]
    assert {each["name"]: each["size"] for each in listed} == {k: len(v) for k, v in wanted.items()}


def test_no_extra_files(models, tmp_path):
    data = rewrite((models / "linear.pt").read_bytes(), lambda n, d: None if "extra" in n else d)
    assert dict(tsrt.extra_files(data)) == dict(tsrt.Model(data).extra_files) == {}
    with pytest.raises(tsrt.NotAModelError, match="is a text file"):
        tsrt.extra_files(b"hello")
    with pytest.raises(tsrt.NotAModelError, match="is a state_dict"):
        tsrt.extra_files(saved({"x": torch.ones(3)}))
    with pytest.raises(tsrt.NotFoundError):
        tsrt.extra_files(tmp_path / "absent.pt")
