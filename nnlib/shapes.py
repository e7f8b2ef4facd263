"""Shape checks whose errors are sentences with names and numbers.

Dimension letters, used in every docstring of the book: N batch, T time, S source time,
D features, H heads, C channels, K kernel, V vocabulary.
"""

import numpy as np


def show(shape):
    """Write a shape as Python shows a tuple: ``(2, 5)``."""
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def numbers_of(array):
    """The numbers of an array, recorded or not."""
    return np.asarray(getattr(array, "value", array))


def element(name, index):
    """Write an element as Python takes it: ``t[0, 2]``; a scalar is its name alone."""
    place = ", ".join(map(str, index))
    return f"{name}[{place}]" if place else name


def check_shape(subject, array, axes, **sizes):
    """Check an array against axis names and return the sizes it binds.

    ``axes`` names one axis per word (``"N D"``); a leading ``...`` allows any number of
    axes before them. ``sizes`` fixes some of the names: ``D=3``.

    Raises
    ------
    ValueError
        One sentence that names the axis, the size found and the size expected.

    Examples
    --------
    >>> check_shape("linear: x", np.zeros((2, 3)), "N D", D=3)
    {'N': 2, 'D': 3}
    """
    shape, names = np.shape(array), axes.split()
    if names[:1] == ["..."]:
        names = names[1:]
        fits = len(shape) >= len(names)
    else:
        fits = len(shape) == len(names)
    if not fits:
        expected = f"axes ({', '.join(axes.split())})"
        raise ValueError(f"{subject} has shape {show(shape)} but needs {expected}")
    tail = shape[len(shape) - len(names) :]
    for name, size in zip(names, tail, strict=True):
        if sizes.setdefault(name, size) != size:
            raise ValueError(
                f"{subject} has {name} = {size}, shape {show(shape)}, "
                f"but {name} = {sizes[name]} is expected"
            )
    return {name: sizes[name] for name in names}


def check_zeros_and_ones(caller, mask):
    """Refuse a mask, a plain array, that holds anything but 0 and 1."""
    wrong = np.argwhere((mask != 0) & (mask != 1))
    if len(wrong):
        found = f"{element('mask', wrong[0])} is {mask[tuple(wrong[0])]:g}"
        raise ValueError(f"{caller}: {found}, not 0 or 1")


def broadcast_axes(shape, target):
    """Return the axes of ``target`` along which an array of ``shape`` is repeated.

    The gradient of a broadcast is the sum over exactly these axes.
    """
    lead = len(target) - len(shape)
    repeated = (
        axis
        for axis, size in enumerate(target)
        if axis < lead or (shape[axis - lead] == 1 and size != 1)
    )
    return tuple(repeated)


def normalise_axes(axis, ndim, subject):
    """Return ``axis`` (None, an int or a tuple) as a sorted tuple of axes >= 0."""
    axes = range(ndim) if axis is None else np.atleast_1d(axis).tolist()
    for a in axes:
        if not -ndim <= a < ndim:
            raise ValueError(f"{subject} has no axis {a}: it has {ndim} axes")
    return tuple(sorted(a % ndim for a in axes))
