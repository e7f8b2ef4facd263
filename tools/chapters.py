"""What the tools know about chapters: where they are, what they use, how they run."""

import ast
import hashlib
import os
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ROOT / "notebooks"
PACKAGE = "nnlib"


def find(chapter="", folder=NOTEBOOKS):
    """The notebooks whose file name begins with `chapter`, all of them for ''."""
    found = sorted(Path(folder).glob("*.ipynb"))
    chosen = [path for path in found if path.name.startswith(chapter)]
    if not chosen:
        known = ", ".join(path.name.split("_")[0] for path in found) or "none"
        sys.exit(f"No chapter in notebooks/ begins with '{chapter}' (there: {known}).")
    return chosen


def code_of(path):
    """The code cells of a notebook as one text; lines for IPython alone are blanked."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return "\n".join("" if line[:1] in "%!?" else line for line in text.split("\n"))


def modules_in(tree, package):
    """Names of the modules that some code imports; `package` is where it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                parents = parents[: len(parents) + 1 - node.level]
                base = ".".join([*parents, base]).rstrip(".")
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def file_of(module):
    path = ROOT.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


def imported_files(tree, package=""):
    """The files of nnlib that the code imports, with those that they import in turn."""
    found, waiting = set(), list(modules_in(tree, package))
    while waiting:
        module = waiting.pop()
        if module.split(".")[0] != PACKAGE:
            continue
        waiting += [module.rpartition(".")[0]]
        file = file_of(module)
        if file and file not in found:
            found.add(file)
            inside = module if file.name == "__init__.py" else module.rpartition(".")[0]
            waiting += modules_in(ast.parse(file.read_text("utf-8")), inside)
    return found


def read_files(tree, folder):
    """Files that the code names in a string: a style sheet, say, or trained weights."""
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    names = {name for name in strings if isinstance(name, str) and 0 < len(name) < 200}
    names = {name for name in names if "\n" not in name and "\0" not in name}
    return {(folder / name).resolve() for name in names if (folder / name).is_file()}


def digest_of(path):
    """Changes when the chapter's code, or a file of the book that it uses, changes."""
    code = code_of(path)
    tree = ast.parse(code)
    files = imported_files(tree) | read_files(tree, path.parent)
    parts = [code.encode()] + [file.read_bytes() for file in sorted(files)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def environment():
    """Where chapters run, for storing outputs and for proving them alike.

    This checkout's nnlib; no progress bars, whose times differ from run to run; no
    dates or random ids in figures; and one thread for products of matrices, since two
    chapters that run at a time would fight over the cores.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    fixed = {"TQDM_DISABLE": "1", "SOURCE_DATE_EPOCH": "0", "PYTHONHASHSEED": "0"}
    fixed |= {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": path}
    return {**os.environ, **fixed}
