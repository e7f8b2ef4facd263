"""Run every chapter and compare each output with the one that is stored (strict nbval).

python tools/prove_chapters.py [05]
"""

import subprocess
import sys

import chapters

NBVAL = ["--nbval", "--nbval-current-env", "--nbval-kernel-startup-timeout=120"]
# nbval's own plumbing warns; the chapters' warnings are outputs, and are compared.
PYTEST = ["-m", "pytest", "-q", "-rf", "--strict-markers", "-c", "tools/nbval.ini"]


def main(chapter=""):
    paths = [str(path.relative_to(chapters.ROOT)) for path in chapters.find(chapter)]
    command = [sys.executable, *PYTEST, "--rootdir=.", *NBVAL, *paths]
    print(f"Running {len(paths)} chapters and comparing every output ...", flush=True)
    code = subprocess.call(command, cwd=chapters.ROOT, env=chapters.environment())
    sys.exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
