"""The validator of untrusted traces: one sentence that names the first thing wrong.

Shapes are inferred, never computed, so a hostile trace allocates nothing. The page
holds the same rules in ``widgets/js/engine/trace.js``; a test feeds both the same
traces.
"""

import math

from nnlib.shapes import show
from nnlib.signatures import (
    FLAG,
    MOST_ELEMENTS,
    RULES,
    TESTS,
    is_count,
    is_counts,
    is_number,
    is_texts,
    whole,
)

VERSION, MOST_STEPS = 1, 20_000
PHASES = ("forward", "backward", "update")
LEAVES = ("input", "constant")
NON_FINITE = ("nan", "inf", "-inf")

# ---- the check ----


def check(data):
    """Check a trace, version 1, given as plain JSON values.

    Raises
    ------
    ValueError
        One sentence, for example ``trace: step 7 (matmul) uses step 9, which comes
        later``.
    """
    _expect(isinstance(data, dict), "is not an object")
    version, steps = data.get("version"), data.get("steps")
    _expect(whole(version) and version == VERSION, f"is not of version {VERSION}")
    _expect(isinstance(data.get("title"), str), "has no title")
    _expect(isinstance(steps, list) and steps, "has no steps")
    _expect(len(steps) <= MOST_STEPS, f"has more than {MOST_STEPS} steps")
    names, labels, elements = set(), set(), 0
    for i, step in enumerate(steps):
        _expect(isinstance(step, dict), f"step {i} is not an object")
        _check_words(i, step, names)
        _check_shape(steps, i, step)
        elements += math.prod(step["shape"])
        fine = elements <= MOST_ELEMENTS
        _expect(fine, f"step {i}: more than {MOST_ELEMENTS} elements")
        _check_values(i, step)
        _check_labels(i, step, labels)
    for i, step in enumerate(steps):
        _check_phase(steps, i, step)
        _check_links(steps, i, step)
    _check_outputs(data, steps)


def _expect(condition, complaint):
    if not condition:
        colon = ":" if complaint.startswith("step") else ""
        raise ValueError(f"trace{colon} {complaint}")


def _brief(text):
    """At most 40 characters, whatever the text was, and none that breaks the line."""
    text = ascii(text)[1:-1] if isinstance(text, str) else str(text)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _check_words(i, step, names):
    _expect(whole(step.get("id")) and step["id"] == i, f"step {i} has another id")
    name = step.get("name")
    _expect(isinstance(name, str) and name, f"step {i} has no name")
    _expect(name not in names, f"step {i}: the name {_brief(name)} is taken")
    names.add(name)
    for key in ("symbol", "latex"):
        _expect(isinstance(step.get(key, ""), str), f"step {i}: {key} is not text")
    _expect(is_texts(step.get("scope", [])), f"step {i}: scope is not a list of names")


def _check_shape(steps, i, step):
    op, inputs, shape = step.get("op"), step.get("inputs", []), step.get("shape")
    known = isinstance(op, str) and (op in RULES or op in LEAVES)
    _expect(known, f"step {i}: unknown op")
    _expect(is_counts(shape), f"step {i}: shape is not a list of counts")
    _expect(isinstance(inputs, list), f"step {i} ({op}): inputs is not a list")
    for j in inputs:
        _expect(is_count(j, len(steps)), f"step {i} ({op}): an input is not a step")
        _expect(j < i, f"step {i} ({op}) uses step {j}, which comes later")
    many, rule, kinds = (0, None, {}) if op in LEAVES else RULES[op]
    right = len(inputs) > 0 if many is None else len(inputs) == many
    _expect(right, f"step {i} ({op}) has {len(inputs)} inputs")
    shapes = [tuple(steps[j]["shape"]) for j in inputs]
    rank = len(shapes[0]) if shapes else 0
    params = step.get("params", {})
    _check_params(f"step {i} ({op})", params, kinds, rank)
    if rule:
        _check_implied(f"step {i} ({op})", rule, params, shapes, tuple(shape))


def _check_params(where, given, kinds, rank):
    _expect(isinstance(given, dict), f"{where}: params is not an object")
    for name in given:
        _expect(name in kinds, f"{where}: unknown param {_brief(name)}")
    for name, kind in kinds.items():
        fine = name in given and TESTS[kind](given[name], rank)
        fine = fine or (kind == FLAG and name not in given)
        _expect(fine, f"{where}: {name} is not {kind}")


def _check_implied(where, rule, params, shapes, declared):
    try:
        implied = tuple(rule(params, *shapes))
    except ValueError as error:
        given = _brief(" and ".join(map(show, shapes[:3])))
        _expect(False, f"{where} does not fit shapes {given}: {error}")
    found = f"gives shape {_brief(show(implied))}, not {_brief(show(declared))}"
    _expect(implied == declared, f"{where} {found}")


def _check_values(i, step):
    values, leaf = step.get("value"), step["op"] in LEAVES
    fine = leaf or values is None
    _expect(fine, f"step {i}: only inputs and constants hold values")
    if leaf:
        size = math.prod(step["shape"])
        fine = isinstance(values, list) and len(values) == size
        _expect(fine, f"step {i} needs {size} values")
        fine = all(is_number(v) or v in NON_FINITE for v in values)
        _expect(fine, f"step {i} holds something that is no number")


def _check_labels(i, step, labels):
    own = step.get("labels")
    if own is not None:
        fine = is_texts(own) and len(own) == math.prod(step["shape"])
        _expect(fine, f"step {i}: labels do not match")
        fresh = len(set(own)) == len(own) and labels.isdisjoint(own)
        _expect(fresh, f"step {i}: a label is taken")
        labels.update(own)


def _phase(steps, i):
    return steps[i].get("phase", "forward") if is_count(i, len(steps)) else None


def _check_phase(steps, i, step):
    phase, before = _phase(steps, i), _phase(steps, i - 1) or "forward"
    _expect(isinstance(phase, str) and phase in PHASES, f"step {i}: unknown phase")
    late = PHASES.index(phase) >= PHASES.index(before)
    _expect(late, f"step {i}: {phase} comes after {before}")


def _check_links(steps, i, step):
    """Links between the passes: of points back; gradient and contributions ahead."""
    here, of, g = _phase(steps, i), step.get("of"), step.get("gradient")
    fine = of is None or (here == "backward" and _phase(steps, of) == "forward")
    _expect(fine, f"step {i}: of does not lead from a backward to a forward step")
    ahead = here == "forward" and _phase(steps, g) == "backward"
    fine = g is None or (ahead and steps[g]["shape"] == step["shape"])
    _expect(fine, f"step {i}: gradient is not a backward step of the same shape")
    parts, inputs = step.get("contributions", []), step.get("inputs", [])
    fine = isinstance(parts, list) and len(parts) in (0, len(inputs))
    fine = fine and (not parts or here == "forward")
    fine = fine and all(p is None or _phase(steps, p) == "backward" for p in parts)
    _expect(fine, f"step {i}: contributions are not backward steps, one for each input")


def _check_outputs(data, steps):
    outputs, updates = data.get("outputs"), data.get("updates", {})
    _expect(isinstance(outputs, dict), "has no outputs")
    loss, gradients = outputs.get("loss"), outputs.get("gradients", {})
    known = loss is None or is_count(loss, len(steps))
    _expect(known, "names a loss that is not a step")
    fine = isinstance(gradients, dict)
    fine = fine and all(is_count(g, len(steps)) for g in gradients.values())
    _expect(fine, "names a gradient that is not a step")
    _expect(isinstance(updates, dict), "has updates that are not an object")
    inputs = {str(s["id"]): s for s in steps if s["op"] == "input"}
    for old, new in updates.items():
        fine = old in inputs and is_count(new, len(steps))
        fine = fine and steps[new]["shape"] == inputs[old]["shape"]
        _expect(fine, f"updates step {_brief(old)} with something that does not fit")
