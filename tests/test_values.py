"""run: any method, with numbers, strings, containers and None both ways."""

import numpy as np
import pytest

import tsrt

X = np.arange(4, dtype=np.float32)


def test_numbers_and_strings(load):
    model = load("scalars")
    assert model.run("greet", "ho", 3) == "ho, ho, ho"
    assert model.run("greet", name="größe\0x", times=1) == "größe\0x"
    assert model.run("mix", (1, 2, True, "a")) == (2, 4.0, False, "a!", None)
    assert model.run("nothing") is None


def test_conversion_by_the_signature(load):
    model = load("scalars")
    assert model(X, scale=3).tolist() == (X * 3 + 1).tolist()  # an int where a float is wanted
    assert model(X, np.array(3.0), np.int64(2)).tolist() == (X * 3 + 2).tolist()
    assert model.run("mix", [1, 2, True, "a"])[0] == 2  # a list where a tuple is wanted
    with pytest.raises(tsrt.InvalidArgumentError, match=r"'values'\[2\] is an int"):
        model.run("mix", (1, 2, 3, "a"))
    with pytest.raises(tsrt.InvalidArgumentError, match="'negate' is an int"):
        model(X, negate=1)


def test_nested_containers(load):
    model = load("nested")
    assert [y.tolist() for y in model({"a": [X, X + 1], "b": []})] == [
        X.tolist(),
        (X + 1).tolist(),
    ]
    assert model({"a": [X], "b": []}, pick="b") == []
    assert model({}, None) == []
    with pytest.raises(tsrt.InvalidArgumentError, match="Dict"):
        model({"a": [1]})


def test_results_share_nothing_with_arguments(load):
    x = X.copy()
    (y,) = load("nested")({"a": [x]})
    x[:] = 9
    assert y.tolist() == X.tolist()


def test_written_list_items_are_copies(load):
    x = X.copy()
    assert load("writes_list")([x]).tolist() == (X + 1).tolist()
    assert x.tolist() == X.tolist()


def test_a_list_that_contains_itself(load):
    endless = []
    endless.append(endless)
    model = load("nested")
    with pytest.raises(tsrt.InvalidArgumentError, match="deeper"):
        model(endless)
    with pytest.raises(tsrt.InvalidArgumentError, match="keys"):
        model({None: [X]})
    with pytest.raises(tsrt.InvalidArgumentError, match="keys of a dict are of one kind"):
        model({"a": [X], 1: [X]})


def test_method_names(load):
    model = load("scalars")
    for bad in (None, 3, "a\0b"):
        with pytest.raises(tsrt.InvalidArgumentError, match="method"):
            model.run(bad)
