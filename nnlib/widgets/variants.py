"""Variants of a trace: their labels, and their JSON stored without repetition."""

import json

LARGE, LARGE_ALIKE = 30_000, 15_000  # characters: of a trace, of one of several alike


def labels_of(keys):
    """Labels as the page reads them: texts, or lists of one text for each switch.

    Raises
    ------
    ValueError
        If some are tuples and some are not, or they differ in length, or one of them
        holds something else than texts.
    """
    switches = [isinstance(key, tuple) for key in keys]
    if not any(switches):
        return list(keys)
    if not all(switches):
        plain = keys[switches.index(False)]
        raise ValueError(
            f"Explorer: {plain!r} is no tuple, but other variants have one"
        )
    for key in keys:
        if len(key) != len(keys[0]):
            both = f"{keys[0]!r} and {key!r}"
            raise ValueError(f"Explorer: {both} have different numbers of switches")
        if not key or not all(isinstance(text, str) and text for text in key):
            raise ValueError(f"Explorer: the variant {key!r} is no tuple of texts")
    return [list(key) for key in keys]


def packed(spec):
    """The spec, with each variant of several switches told by what differs.

    ``like`` names an earlier variant. Of its steps a number repeats as many, and a step
    replaces the fields it has; null takes one away. A large trace is told in columns,
    and one like it says only what these do not hold yet. The shortest way is taken.
    """
    variants, done = spec["variants"], []
    alike = isinstance(variants[0].get("label"), list)
    sizes = [_length(v["trace"]["steps"]) for v in variants]
    for variant, size in zip(variants, sizes, strict=True):
        large = max(sizes) > LARGE_ALIKE if alike else size > LARGE
        ways = [_in_columns(variant) if large else variant]
        for i, base in enumerate(variants[: len(done)] if alike else ()):
            ways.append(_told(variant, i, base))
            if large and isinstance(done[i]["trace"]["steps"], dict):
                ways.append(_in_columns(variant, i, done[i]))
        done.append(min(ways, key=_length))
    return spec | {"variants": done}


def _in_columns(variant, like=None, base=None):
    """A variant with the fields of its steps as columns.

    A column is the list of its different values, and for each step the place of its
    own there, -1 where it has none. The id of a step is its place, and a name is left
    out where it is the usual one. The values of a variant that it is like come first.
    """
    steps = variant["trace"]["steps"]
    told = [s | {"name": None} if s["name"] == _usual(s["id"]) else s for s in steps]
    fields = sorted({field for step in steps for field in step} - {"id"})
    known = base["trace"]["steps"] if base else {}
    columns = {
        field: _column([step.get(field) for step in told], known.get(field, [[]])[0])
        for field in fields
    }
    own = {} if base is None else {"like": like}
    return variant | own | {"trace": variant["trace"] | {"steps": columns}}


def _usual(step):
    return f"step{step}"


def _column(values, known):
    texts = [None if value is None else _text(value) for value in values]
    old = [_text(value) for value in known]
    places = {
        text: i for i, text in enumerate(dict.fromkeys([*old, *filter(None, texts)]))
    }
    new = [json.loads(t) for t in [*places][len(old) :]]
    return [new, [places.get(t, -1) for t in texts]]


def _out_of_columns(variant, variants):
    columns = variant["trace"]["steps"]
    if not isinstance(columns, dict):
        return variant
    base = variants[variant["like"]]["trace"]["steps"] if "like" in variant else {}
    words = {f: base.get(f, [[]])[0] + own for f, (own, _) in columns.items()}
    rows = zip(*(at for _, at in columns.values()), strict=True)
    told = [
        {f: words[f][i] for f, i in zip(columns, row, strict=True) if i >= 0}
        for row in rows
    ]
    steps = [{"id": i, "name": _usual(i)} | step for i, step in enumerate(told)]
    rest = {key: value for key, value in variant.items() if key != "like"}
    return rest | {"trace": variant["trace"] | {"steps": steps}}


def _told(variant, like, base):
    trace, old = variant["trace"], base["trace"]
    rest = {
        k: trace[k] for k in sorted(trace) if k != "steps" and old.get(k) != trace[k]
    }
    steps = [_differing(s, old["steps"]) for s in trace["steps"]]
    return variant | {"like": like, "trace": rest | {"steps": _runs(steps)}}


def _differing(step, base):
    """The fields in which a step differs from the one in the same place, or None."""
    old = base[step["id"]] if step["id"] < len(base) else {}
    keys = sorted({*step, *old})  # in an order that does not hang on the history
    return {k: step.get(k) for k in keys if step.get(k) != old.get(k)} or None


def _runs(steps):
    """Each row of None as one number."""
    runs = []
    for step in steps:
        repeats = step is None and runs and isinstance(runs[-1], int)
        if repeats:
            runs[-1] += 1
        else:
            runs.append(1 if step is None else step)
    return runs


def unpacked(spec):
    """The spec as it was before :func:`packed`."""
    done = []
    for variant in (_out_of_columns(v, spec["variants"]) for v in spec["variants"]):
        like = variant.get("like")
        rest = {k: v for k, v in variant.items() if k != "like"}
        whole = like is None
        done.append(rest if whole else _retold(rest, done[like]["trace"]))
    return spec | {"variants": done}


def _retold(variant, old):
    steps = []
    for entry in variant["trace"]["steps"]:
        if isinstance(entry, int):
            steps += old["steps"][len(steps) : len(steps) + entry]
        else:
            base = old["steps"][len(steps)] if len(steps) < len(old["steps"]) else {}
            merged = base | entry
            steps.append({k: v for k, v in merged.items() if v is not None})
    return variant | {"trace": old | variant["trace"] | {"steps": steps}}


def _length(value):
    return len(_text(value))


def _text(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
