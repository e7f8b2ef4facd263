"""Build the book into _build/html from the stored outputs, warnings being errors.

Sphinx reports the warnings of a page only when it reads the page.  After a build that
failed, what it remembers is therefore thrown away, or the next build would succeed.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
JUPYTER_BOOK = Path(sys.executable).with_name("jupyter-book")
COMMAND = [JUPYTER_BOOK, "build", ".", "-nW", "--keep-going"]


def main():
    start = time.perf_counter()
    code = subprocess.call(COMMAND, cwd=ROOT)
    if code:
        shutil.rmtree(ROOT / "_build/.doctrees", ignore_errors=True)
        sys.exit("The book was not built: the warnings and errors above say why.")
    print(f"Built in {time.perf_counter() - start:.0f} s: _build/html/index.html")


if __name__ == "__main__":
    main()
