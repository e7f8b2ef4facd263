"""The nnlib source of each primitive, read from ops.py itself, for the ledger."""

import ast
import functools
import inspect
import textwrap

from nnlib import ops


@functools.cache
def _sources():
    text = inspect.getsource(ops)
    tree = ast.parse(text)
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    kernels = {
        name: {"forward": _body(text, node), "vjp": []}
        for name, node in functions.items()
        if node.decorator_list
    }
    for node in tree.body:
        call = getattr(node, "value", None)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "vjp":
            rules = [_rule(text, functions, a) for a in call.args]
            kernels[call.func.value.id]["vjp"] = rules
    return kernels


def source_of(op):
    """Return ``{"forward": kernel body, "vjp": [one rule for each argument]}``."""
    return _sources()[op]


def _body(text, function):
    """The statements of a function: no docstring, no guard clauses that only raise."""
    start = 1 if ast.get_docstring(function) else 0
    statements = [n for n in function.body[start:] if not _is_guard(n)]
    segments = [ast.get_source_segment(text, n, padded=True) for n in statements]
    return "\n".join(map(textwrap.dedent, segments))  # only long ones are padded


def _is_guard(node):
    return isinstance(node, ast.If) and isinstance(node.body[-1], ast.Raise)


def _rule(text, functions, argument):
    if isinstance(argument, ast.Name):
        return _body(text, functions[argument.id])
    source = ast.get_source_segment(text, argument)
    return None if source == "None" else " ".join(source.split())
