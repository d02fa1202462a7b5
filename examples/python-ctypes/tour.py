"""What a model can do, from Python through ctypes: the same as in every other language."""

import array
import sys
from concurrent.futures import ThreadPoolExecutor

from binding import Model, TensorView, live_handles

from tsrt import Error


def show(error):
    print(f"error {error.code}: {error}")


def numbers(values):
    return " ".join(f"{value:.3f}" for value in values)


def in_parallel(model, x, expected):
    """One model serves all threads: its forward only reads."""

    def call_often(_):
        return sum(list(model.forward(x)[0].values()) == expected for _ in range(250))

    with ThreadPoolExecutor(4) as pool:
        same = sum(pool.map(call_often, range(4)))
    print(f"parallel: 4 threads, {same} calls, {'all the same' if same == 1000 else 'OTHERS'}")


def tour(path):
    try:
        Model("absent.pt")
    except Error as error:
        show(error)

    with Model(path) as model:
        x = TensorView(array.array("f", [0, 1, 2, 3, 4, 5]), (2, 3))
        (y,) = model.forward(x)
        print(f"forward: {list(y.shape)} {numbers(y.values())}")

        into = array.array("f", [0] * 4)
        model.forward_into([x], [TensorView(into, (2, 2))])
        print("into:", numbers(into))

        shares = model.run("shares", "größe-", {"links": 1.0, "rechts": 3.0})
        print("shares:", *[f"{name}={share:.3f}" for name, share in shares.items()])

        averages = [model.run("average", array.array("f", [i, i])) for i in (1, 2, 3)]
        print("average:", numbers(averages))
        try:
            model.run("average", array.array("f"))
        except Error as error:
            show(error)
        print("average:", numbers([model.run("average", array.array("f", [4, 4]))]))
        in_parallel(model, x, list(into))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tour.py model.pt")
    sys.stdout.reconfigure(encoding="utf-8")
    tour(sys.argv[1])
    print("live handles:", live_handles())
