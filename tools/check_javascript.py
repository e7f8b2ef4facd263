"""Check the explorers' JavaScript: types, unit tests, and that the bundles are current.

The bundles in nnlib/widgets/static are committed, so that readers need no Node.  They
are built once more in a temporary folder and compared.
"""

import filecmp
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
STATIC = Path("nnlib/widgets/static")
LOCK = ROOT / "package-lock.json"
STAMP = ROOT / "node_modules/.installed"
OLDEST_NODE = 20


def node_version():
    try:
        text = subprocess.check_output(["node", "--version"], text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return int(text.lstrip("v").split(".")[0])


def refuse_without_node():
    version = node_version()
    if version is None or shutil.which("npm") is None:
        sys.exit("Node and npm are not here, so the JavaScript cannot be checked.")
    if version < OLDEST_NODE:
        sys.exit(f"The JavaScript needs Node {OLDEST_NODE} or newer, not {version}.")


def call(*command, cwd=ROOT):
    print("$", *command, flush=True)
    return subprocess.call(command, cwd=cwd) == 0


def install():
    """`npm ci`, once for each state of the lock file."""
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == digest:
        return
    if not call("npm", "ci", "--no-audit", "--no-fund"):
        sys.exit("npm could not install the packages; its messages are above.")
    STAMP.write_text(digest)


def stale_bundles():
    """Names of the committed bundles that a fresh build does not give."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("package.json", "tsconfig.json"):  # esbuild reads both
            shutil.copy(ROOT / name, copy)
        shutil.copytree(ROOT / "nnlib", copy / "nnlib")
        shutil.copytree(ROOT / "book", copy / "book")
        shutil.copytree(ROOT / "tools", copy / "tools")
        shutil.rmtree(copy / STATIC)
        (copy / "node_modules").symlink_to(ROOT / "node_modules")
        if not call("npm", "run", "--silent", "build", cwd=copy):
            sys.exit("The bundles could not be built; the messages are above.")
        built = {path.name for path in (copy / STATIC).iterdir()}
        kept = {path.name for path in (ROOT / STATIC).iterdir()}
        folders = copy / STATIC, ROOT / STATIC
        same, _, _ = filecmp.cmpfiles(*folders, built, shallow=False)
        return sorted((built | kept) - set(same))


def main():
    refuse_without_node()
    install()
    good = call("npm", "run", "--silent", "types")
    good = call("npm", "test", "--silent") and good
    stale = stale_bundles()
    for name in stale:
        print(f"{STATIC / name} is not what its sources give: npm run build makes it.")
    if not good or stale:
        sys.exit(1)
    print("The JavaScript is typed, tested, and bundled from these sources.")


if __name__ == "__main__":
    main()
