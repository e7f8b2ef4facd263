"""Sequences: what a recurrent cell needs, and the sentence when it does not get it."""

import numpy as np

from nnlib.shapes import (
    check_shape,
    check_zeros_and_ones,
    element,
    numbers_of,
    show,
)

CONVENTIONS = ("cho", "chung", "reset after", "pytorch")


def check_cell(caller, gates):
    """Make the check of one step of a cell whose W_x and W_h hold ``gates`` blocks."""

    def check(x, *state_and_weights):
        *state, W_x, W_h, b = state_and_weights
        check_shape(f"{caller}: x", x, "N D")
        _check_weights(caller, "x", np.shape(x), W_x, W_h, (b, (gates,)))
        _check_state(caller, "x", state, np.shape(x)[0], np.shape(W_h)[0])

    return check


def check_sequence(caller, gates, states=1):
    """Make the check of a whole sequence X (N, T, D), with a mask or without."""

    def check(X, *rest):
        state, (W_x, W_h, b, *mask) = rest[:states], rest[states:]
        check_shape(f"{caller}: X", X, "N T D")
        _check_length(caller, X)
        _check_weights(caller, "X", np.shape(X), W_x, W_h, (b, (gates,)))
        _check_state(caller, "X", state, np.shape(X)[0], np.shape(W_h)[0])
        for m in mask:
            check_padding(caller, m, np.shape(X)[:2])

    return check


def check_gru(caller, axes):
    """Make the check of a GRU: its convention, and a second bias where it has one."""

    def check(x, h, W_x, W_h, b, *mask, convention="cho"):
        if convention not in CONVENTIONS:
            names = ", ".join(CONVENTIONS)
            raise ValueError(
                f"{caller}: convention is {convention!r}, not one of {names}"
            )
        letter = "X" if "T" in axes else "x"
        check_shape(f"{caller}: {letter}", x, axes)
        if letter == "X":
            _check_length(caller, x)
        lead = (2, 3) if convention == "pytorch" else (3,)
        _check_weights(caller, letter, np.shape(x), W_x, W_h, (b, lead))
        _check_state(caller, letter, [h], np.shape(x)[0], np.shape(W_h)[0])
        for m in mask:
            check_padding(caller, m, np.shape(x)[:2])

    return check


def check_state(caller, state, letters):
    """Check that a state is a tuple with one array for each of the letters h and c."""
    needs = show(tuple(letters))
    if not isinstance(state, (tuple, list)):
        found = f"state is one {type(state).__name__}, shape {show(np.shape(state))}"
        raise ValueError(f"{caller}: {found}, not a tuple {needs}")
    if len(state) != len(letters):
        counts = f"length {len(state)}, not {len(letters)}"
        raise ValueError(f"{caller}: state has {counts}: {needs}")
    for i, part in enumerate(state):
        if not hasattr(part, "shape"):
            found = f"state[{i}] is one {type(part).__name__}"
            raise ValueError(f"{caller}: {found}, not an array (N, H)")


def check_padding(caller, mask, shape, sizes="X has (N, T)"):
    """Check that a mask says 1 or 0 for each step of each sequence, and 1 for some."""
    if np.shape(mask) != shape:
        found = f"mask has shape {show(np.shape(mask))}"
        raise ValueError(f"{caller}: {found}, but {sizes} = {show(shape)}")
    mask = numbers_of(mask)
    check_zeros_and_ones(caller, mask)
    empty = np.flatnonzero(~mask.any(axis=1))
    if len(empty):
        found = f"mask[{empty[0]}] is all 0"
        raise ValueError(f"{caller}: {found}: a sequence is nothing but padding")


def check_tokens(caller, ids, V):
    """Check that every token is one of the V rows 0 ... V - 1."""
    ids = numbers_of(ids)
    wrong = np.argwhere((ids < 0) | (ids >= V) | (ids != np.floor(ids)))
    if len(wrong):
        found = f"{element('ids', wrong[0])} is {ids[tuple(wrong[0])]:g}"
        outside = f"outside the vocabulary of {V} tokens 0 ... {V - 1}"
        raise ValueError(f"{caller}: {found}, {outside}")


def check_truncation(T, targets, k1, k2):
    """Check the counts of truncated backpropagation through time."""
    if not T or T != targets:
        found = f"there are {T} time steps and {targets} targets"
        raise ValueError(f"truncated_bptt: {found}, not one target for each step")
    if not 1 <= k1 <= k2:
        raise ValueError(f"truncated_bptt: k1 = {k1} and k2 = {k2}, not 1 <= k1 <= k2")


def _check_length(caller, X):
    if not np.shape(X)[1]:
        raise ValueError(f"{caller}: X has 0 time steps, shape {show(np.shape(X))}")


def _check_weights(caller, letter, shape, W_x, W_h, bias):
    """W_x (D, gates H), W_h (H, gates H) and b, all for the same H."""
    (b, lead), D = bias, shape[-1]
    gates = lead[-1]
    H = check_shape(f"{caller}: W_h", W_h, "H gates*H")["H"]
    expected = {"W_x": (D, gates * H), "W_h": (H, gates * H)}
    expected["b"] = (*lead[:-1], gates * H)
    for (name, needs), array in zip(expected.items(), (W_x, W_h, b), strict=True):
        if np.shape(array) != needs:
            found = f"{name} has shape {show(np.shape(array))}"
            units = f"{letter} has {D} features and W_h {H} units"
            gate = f" with {gates} parts each" if gates > 1 else ""
            raise ValueError(f"{caller}: {found}, but {units}{gate}: {show(needs)}")


def _check_state(caller, letter, state, N, H):
    for name, array in zip("hc", state, strict=False):
        if np.shape(array) != (N, H):
            found = f"{name} has shape {show(np.shape(array))}"
            needs = f"{letter} has {N} rows and W_h {H} units: {show((N, H))}"
            raise ValueError(f"{caller}: {found}, but {needs}")
