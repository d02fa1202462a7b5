"""Whether memory grows while something goes on."""

import ctypes
import gc
import os
import threading
import time

PAGE = os.sysconf("SC_PAGE_SIZE")


def resident():
    """The bytes of this process that are in memory."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * PAGE


def settled():
    """The same after what is free has been given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return resident()


def slope(points):
    """Of the least-squares line through (x, y) pairs."""
    n = len(points)
    mean_x = sum(x for x, _ in points) / n
    mean_y = sum(y for _, y in points) / n
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


class Trend:
    """Samples memory against a count of calls while it is entered."""

    def __init__(self, count, interval=0.25):
        self.count, self.interval = count, interval
        self.points = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._stop.set()
        self._thread.join()

    def _sample(self):
        start = time.monotonic()
        while not self._stop.wait(self.interval):
            self.points.append((time.monotonic() - start, self.count(), resident()))

    def bytes_per_call(self):
        """Over the second half of the calls: caches and arenas fill in the first."""
        half = self.points[-1][1] / 2
        return slope([(calls, size) for _, calls, size in self.points if calls >= half])
