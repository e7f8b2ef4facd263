"""Run every chapter and compare each output with the one that is stored (strict nbval).

    python tools/prove_chapters.py [05]

Two chapters run at a time: one alone leaves half of a small machine idle.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import chapters

AT_A_TIME = 2
NBVAL = ["--nbval", "--nbval-current-env", "--nbval-kernel-startup-timeout=120"]
# nbval's own plumbing warns; the chapters' warnings are outputs, and are compared.
PYTEST = ["-m", "pytest", "-q", "-rf", "--strict-markers", "-c", "tools/nbval.ini"]
ALONE = ["--rootdir=.", "-p", "no:cacheprovider"]


def prove(path):
    """Return the exit code of one chapter's comparison, and what it printed."""
    file = str(path.relative_to(chapters.ROOT))
    done = subprocess.run(
        [sys.executable, *PYTEST, *ALONE, *NBVAL, file],
        cwd=chapters.ROOT,
        env=chapters.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def main(chapter=""):
    start, failed = time.perf_counter(), []
    paths = chapters.find(chapter)
    print(f"Running {len(paths)} chapters and comparing every output ...", flush=True)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for path, (code, output) in zip(paths, pool.map(prove, paths), strict=True):
            print(f"{path.name}\n{output.strip()}", flush=True)
            failed += [path.name] if code else []
    print(f"Compared in {time.perf_counter() - start:.0f} s.")
    sys.exit(f"Outputs differ: {', '.join(failed)}." if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
