"""Imports go down one list, `import nnlib` stays light, and files stay short."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "nnlib"
ORDER = [
    "shapes",
    "windows",
    "sequences",
    "masks",
    "closed_form",
    "closed_form_convolution",
    "closed_form_recurrent",
    "closed_form_attention",
    "tape",
    "names",
    "formula",
    "ops",
    "autodiff",
    "functional",
    "losses",
    "initializers",
    "layers",
    "convolution",
    "architectures",
    "language",
    "cells",
    "recurrent",
    "recurrent_layers",
    "scores",
    "attention",
    "attention_layers",
    "transformer",
    "gpt",
    "seq2seq",
    "optimizers",
    "signatures",
    "check",
    "trace",
    "training",
    "exercises",
    "widgets",
]
HEAVY = ("anywidget", "ipywidgets", "matplotlib", "sklearn", "torch", "tqdm")
FILES = sorted(PACKAGE.glob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 320, 30


def tree(path):
    return ast.parse(path.read_text())


def imported(path, top_level_only=False):
    """Names of the modules that a file imports, as dotted names."""
    nodes = tree(path).body if top_level_only else ast.walk(tree(path))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            if node.module == "nnlib":
                yield from (f"nnlib.{alias.name}" for alias in node.names)
            else:
                yield node.module


def modules():
    return [p for p in FILES if p.stem != "__init__"]


def test_every_module_has_its_place_in_the_order():
    assert {p.stem for p in modules()} <= set(ORDER)


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.stem)
def test_imports_go_down_the_list(path):
    allowed = set(ORDER[: ORDER.index(path.stem)])
    for name in imported(path):
        if name.split(".")[0] == "nnlib":
            assert name.split(".")[1] in allowed, f"{path.stem} imports {name}"


def test_the_core_needs_numpy_only():
    for path in modules():
        for name in imported(path, top_level_only=True):
            top = name.split(".")[0]
            known = top in sys.stdlib_module_names or top in ("numpy", "nnlib")
            assert known, f"{path.stem} imports {name}"


def test_closed_forms_import_nothing_of_ours():
    path = PACKAGE / "closed_form.py"
    assert not [name for name in imported(path) if name.startswith("nnlib")]


def test_widgets_use_the_public_modules_only():
    for path in (PACKAGE / "widgets").glob("*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "nnlib"
            ):
                private = [a.name for a in node.names if a.name.startswith("_")]
                assert not private, f"{path.name} imports {private}"


def test_import_nnlib_is_light():
    code = f"import sys, nnlib; print(*sorted({HEAVY!r} & sys.modules.keys()))"
    code = code.replace(repr(HEAVY), repr(set(HEAVY)))
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == ""


def public(nodes):
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [n for n in nodes if isinstance(n, kinds) and not n.name.startswith("_")]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_public_things_have_docstrings(path):
    assert ast.get_docstring(tree(path)), f"{path.name} has no docstring"
    if path.stem == "signatures":  # its shape rules are what they say
        return
    for node in public(tree(path).body):
        assert ast.get_docstring(node), f"{path.name}: {node.name} has no docstring"
        if node.name in ("Tape", "Tensor", "Trace"):
            for method in public(node.body):
                assert ast.get_docstring(method), (
                    f"{node.name}.{method.name} has no docstring"
                )


def code_lines(node):
    """Lines of a function without its docstring."""
    lines = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node):
        doc = node.body[0]
        lines -= doc.end_lineno - doc.lineno + 1
    return lines


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_files_and_functions_are_short(path):
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    assert len(lines) <= LONGEST_FILE, (
        f"{path.name}: {len(lines)} lines without blank ones"
    )
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef):
            length = code_lines(node)
            assert length <= LONGEST_FUNCTION, (
                f"{path.name}: {node.name} has {length} lines"
            )
