"""Fair races: one process for each contestant, taking turns, and a table of ratios.

The processes run on one core with one thread, the same malloc settings and the same
float32 data, in rounds whose order alternates. A cell is the median over the rounds; a
ratio is the median of the ratios within a round, so a slow minute of the machine hits
both. Below 1 means faster than PyTorch.
"""

import ctypes
import glob
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str((1 << 31) - 1),
}


def main(script, title, cases, contestants):
    """Race every case: ``cases`` maps a name to (arguments, goal).

    ``contestants`` maps a name to a function from the arguments to one step, a function
    without arguments. The second contestant is the one that ratios refer to.
    """
    if sys.argv[1:2] == ["--worker"]:
        pin()
        serve(contestants[sys.argv[2]](*cases[sys.argv[3]][0]))
        return
    print(f"{title}\n{machine()}\n")
    first, second = contestants
    print(f"{'case':32} {first:>12} {second:>12} {'ratio':>8} {'goal':>6}")
    for name, (_, goal) in cases.items():
        mine, other, ratio = race(script, name, first, second)
        times = f"{mine * 1e6:9.1f} us {other * 1e6:9.1f} us"
        print(f"{name:32} {times} {ratio:8.2f} {goal:6.2f}", flush=True)


def race(script, case, first, second, rounds=21, seconds=0.1):
    """Return the median seconds of a step of both, and the median ratio."""
    workers = [Worker(script, name, case) for name in (first, second)]
    try:
        steps = [max(1, round(seconds / worker.run(20))) for worker in workers]
        pairs = []
        for n in range(rounds):
            order = (0, 1) if n % 2 else (1, 0)
            times = {i: workers[i].run(steps[i]) for i in order}
            pairs.append((times[0], times[1]))
    finally:
        for worker in workers:
            worker.close()
    mine, other = zip(*pairs, strict=True)
    ratio = statistics.median(a / b for a, b in pairs)
    return statistics.median(mine), statistics.median(other), ratio


class Worker:
    """A contestant in its own process, waiting for the number of steps to run."""

    def __init__(self, script, contestant, case):
        command = [sys.executable, script, "--worker", contestant, case]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=os.environ | SETTINGS, **pipes)

    def run(self, steps):
        print(steps, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def pin():
    """Keep this process on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def serve(step):
    """Answer each number of steps with the median seconds of one step."""
    for line in sys.stdin:
        print(seconds_of(step, int(line)), flush=True)


def seconds_of(step, repeats):
    """Return the median seconds of one call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def machine():
    """One line on what decides the numbers: versions, BLAS kernel, pinning."""
    pinned = "pinned" if hasattr(os, "sched_setaffinity") else "not pinned"
    asked = os.environ.get("OPENBLAS_CORETYPE", "unset")
    return (
        f"numpy {np.__version__}, BLAS kernel {blas_kernel()} (OPENBLAS_CORETYPE "
        f"{asked}), float32, one thread, {pinned}"
    )


def blas_kernel():
    """Ask the OpenBLAS inside numpy which CPU it chose its kernels for."""
    folder = Path(np.__file__).parent
    for library in glob.glob(str(folder.parent / "numpy.libs" / "*openblas*")):
        for symbol in ("scipy_openblas_get_corename64_", "openblas_get_corename64_"):
            corename = getattr(ctypes.CDLL(library), symbol, None)
            if corename:
                corename.restype = ctypes.c_char_p
                return corename().decode()
    return "unknown"
