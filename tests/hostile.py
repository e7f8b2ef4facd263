"""Malformed traces: valid ones with a few fields dropped, replaced, moved or repeated."""

# Lists of junk read better in wide rows.
# ruff: noqa: E501

import copy
import functools
import json

from models import example_trace, zoo_trace

DEEP = functools.reduce(lambda inner, _: [inner], range(60), 1)
JUNK = [
    None, True, False, 0, 1, 2, -1, 3, 7, 40, 10**6, 10**7, 10**30, -(10**9), 0.5, -2.25, 1e300,
    "", "x", "nan", "inf", "W1", "step3", "backward", "update", "forward", "add", "sum", "input",
    "take", "concat", "\u2028<script>\n", "a" * 500, "1", [], [[]], [0], [1, 2], [3, 2], [0, 0], [1, 1],
    [10**6, 10**6], [2, 3, 4, 5], [None], [True], ["nan"], ["a", "a"], [0] * 40, {}, {"x": 1},
    {"axis": 0}, {"axes": [0]}, {"axes": [], "keepdims": 1}, {"shape": [1]}, {"__proto__": {}}, DEEP,
]  # fmt: skip
KEYS = [
    "params",
    "inputs",
    "of",
    "gradient",
    "contributions",
    "labels",
    "axis",
    "__proto__",
    "constructor",
    "\n",
]


@functools.cache
def _bases():
    return [
        json.dumps(t.to_json())
        for t in (example_trace(), example_trace(rate=None), zoo_trace())
    ]


def _paths(thing, path=()):
    """Paths of everything inside a JSON value."""
    items = thing.items() if isinstance(thing, dict) else enumerate(thing)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from _paths(value, (*path, key))


def _pick_path(data, rng):
    """Half the time a field of some step, so that values do not swallow every mutation."""
    paths = list(_paths(data))
    fields = [p for p in paths if p[0] == "steps" and len(p) == 3] or paths
    return rng.choice(fields if rng.random() < 0.5 else paths)


def _drop(parent, key, rng):
    del parent[key]


def _replace(parent, key, rng):
    parent[key] = copy.deepcopy(rng.choice(JUNK))


def _retype(parent, key, rng):
    value = parent[key]
    wrap = [str, lambda v: [v], lambda v: {"0": v}, lambda v: not v, lambda v: None]
    parent[key] = rng.choice(wrap)(value)


def _nudge(parent, key, rng):
    value = parent[key]
    if isinstance(value, int) and not isinstance(value, bool):
        parent[key] = value + rng.choice([-3, -1, 1, 2, 10**6])
    elif isinstance(value, str):
        parent[key] = value + rng.choice(["", "x", "\n", "\x00"])
    elif isinstance(value, list):
        parent[key] = rng.choice([value[1:], value + value[:1], value[::-1], value * 2])
    else:
        _replace(parent, key, rng)


def _insert(parent, key, rng):
    value = copy.deepcopy(rng.choice(JUNK))
    if isinstance(parent, dict):
        parent[rng.choice(KEYS)] = value
    else:
        parent.insert(key, value)


MUTATIONS = [_drop, _replace, _replace, _retype, _nudge, _nudge, _insert]


def mutated(rng):
    """A trace with one to three mutations, drawn from ``rng`` (a ``random.Random``)."""
    data = json.loads(rng.choice(_bases()))
    for _ in range(rng.choice([1, 1, 2, 3])):
        if not data:
            break
        path = _pick_path(data, rng)
        parent = functools.reduce(lambda thing, key: thing[key], path[:-1], data)
        rng.choice(MUTATIONS)(parent, path[-1], rng)
    return data
