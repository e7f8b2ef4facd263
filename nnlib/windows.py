r"""Windows that slide over an image: how many fit, and the sentence when none does.

A kernel of :math:`f` pixels whose taps are :math:`d` apart spans :math:`d(f - 1) + 1`
pixels. On an image of :math:`n` pixels, padded by :math:`p` on both sides, it starts at
every :math:`s`-th pixel as long as it fits:

.. math:: \text{out} = \left\lfloor \frac{n + 2p - d(f - 1) - 1}{s} \right\rfloor + 1
"""

from numbers import Integral

import numpy as np

from nnlib.shapes import check_shape, show


def output_size(n, f, *, stride=1, padding=0, dilation=1):
    r"""The number of places of a kernel along one axis of an image.

    .. math:: \text{out} = \left\lfloor\frac{n + 2p - d(f - 1) - 1}{s}\right\rfloor + 1

    n : pixels of the image. f : pixels of the kernel. stride : :math:`s`, the step.
    padding : :math:`p`, the pixels added on either side. dilation : :math:`d`, the
    distance of neighbouring taps, 1 for a kernel without gaps.

    Raises
    ------
    ValueError
        If the kernel does not fit even once; or a size is not a whole number.

    Reference: Dumoulin and Visin (2016). Chapter: 12.
    """
    least = {"n": (n, 1), "f": (f, 1), "stride": (stride, 1)}
    least |= {"padding": (padding, 0), "dilation": (dilation, 1)}
    for name, (size, low) in least.items():
        if not isinstance(size, Integral) or size < low:
            needs = f"but needs to be a whole number from {low} on"
            raise ValueError(f"output_size: {name} is {size}, {needs}")
    return _output_size("output_size", n, f, stride, padding, dilation)


def _output_size(caller, n, f, s, p, d):
    size = (n + 2 * p - d * (f - 1) - 1) // s + 1
    if size < 1:
        gaps = f" with dilation {d}" if d > 1 else ""
        image = f"the padded image has {n} + 2*{p} = {n + 2 * p}"
        raise ValueError(
            f"{caller}: a kernel of {f}{gaps} spans {d * (f - 1) + 1} pixels, but "
            f"{image if p else f'the image has {n}'}: "
            f"floor(({n} + 2*{p} - {d}*({f} - 1) - 1)/{s}) + 1 = {size}"
        )
    return size


def output_sizes(caller, image, kernel, stride, padding, dilation=(1, 1)):
    """:func:`output_size` along both axes, each argument a pair."""
    axes = zip(image, kernel, stride, padding, dilation, strict=True)
    return tuple(_output_size(caller, *axis) for axis in axes)


def pair(size):
    """One number for both axes, or a number for each: 3 is (3, 3)."""
    return (size, size) if isinstance(size, Integral) else tuple(size)


def check_pair(caller, name, size, least):
    """Check a size that is one whole number or a pair of them."""
    sizes = (size,) * 2 if np.ndim(size) == 0 else tuple(size)
    whole = all(isinstance(n, Integral) and n >= least for n in sizes)
    if len(sizes) != 2 or not whole:
        needs = f"a whole number from {least} on, or a pair of them"
        raise ValueError(f"{caller}: {name} is {size}, but needs to be {needs}")
    return sizes


def check_conv2d(x, K, b, *, stride=1, padding=0, dilation=1, groups=1):
    """Check the arguments of a convolution, one sentence for each misfit."""
    stride = check_pair("conv2d", "stride", stride, 1)
    padding = check_pair("conv2d", "padding", padding, 0)
    dilation = check_pair("conv2d", "dilation", dilation, 1)
    check_shape("conv2d: x", x, "N C_in H W")
    check_shape("conv2d: K", K, "C_out C_in/groups K_h K_w")
    x, K, b = np.shape(x), np.shape(K), np.shape(b)
    _check_channels(x, K, groups)
    if b != K[:1]:
        gives = f"K gives {K[0]} channels, shape {show(K)}"
        raise ValueError(f"conv2d: b has shape {show(b)}, but {gives}")
    output_sizes("conv2d", x[2:], K[2:], stride, padding, dilation)


def _check_channels(x, K, groups):
    if not isinstance(groups, Integral) or groups < 1:
        raise ValueError(f"conv2d: groups is {groups}, not a whole number from 1 on")
    if not x[1] or not K[0]:
        shapes = f"x has shape {show(x)} and K {show(K)}"
        raise ValueError(f"conv2d: there are no channels, {shapes}")
    if x[1] % groups or K[0] % groups:
        channels = f"{x[1]} channels of x, shape {show(x)}, and {K[0]} of K, {show(K)}"
        raise ValueError(f"conv2d: {groups} groups do not divide the {channels}")
    if x[1] != groups * K[1]:
        expects = K[1] if groups == 1 else f"{groups} groups of {K[1]}"
        found = f"x has {x[1]} channels, shape {show(x)}"
        raise ValueError(f"conv2d: {found}, but K expects {expects}, shape {show(K)}")


def check_pool(caller):
    """Make the check of a pooling function."""

    def check(x, *, kernel, stride=None, padding=0):
        window = check_pair(caller, "kernel", kernel, 1)
        stride = window if stride is None else check_pair(caller, "stride", stride, 1)
        padding = check_pair(caller, "padding", padding, 0)
        for p, f in zip(padding, window, strict=True):
            if 2 * p > f:
                half = f"more than half of the kernel of {f}"
                raise ValueError(f"{caller}: padding is {p}, {half}")
        check_shape(f"{caller}: x", x, "N C H W")
        output_sizes(caller, np.shape(x)[2:], window, stride, padding)

    return check
