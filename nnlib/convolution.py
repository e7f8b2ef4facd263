r"""Convolution and pooling: the same few weights at every place of an image.

Images are (N, C, H, W): examples, channels, rows, columns. A body lays the patches
under its window side by side (``unfold``); what is left is a matrix product, a maximum
or a mean. A 1x1 convolution is :func:`conv2d` with a kernel (C_out, C_in, 1, 1).
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from nnlib import closed_form_convolution, ops
from nnlib.functional import checked, mean
from nnlib.initializers import kaiming_normal, zeros
from nnlib.layers import check_names
from nnlib.shapes import check_shape
from nnlib.tape import composite
from nnlib.windows import check_conv2d, check_pool, pair
from nnlib.windows import output_size as output_size


@checked(check_conv2d)
@composite(closed_form_convolution.conv2d)
def conv2d(x, K, b, *, stride=1, padding=0, dilation=1, groups=1):
    r"""Slide kernels over images: one weighted sum for each kernel and place.

    .. math:: y_{n,o,p,q} = b_o + \sum_{c,i,j}
              K_{o,c,i,j}\; x_{n,\,c,\,sp + di,\,sq + dj}

    with zeros around x. The kernel is not turned round: mathematics calls this a
    cross-correlation, neural networks a convolution.

    x : (N, C_in, H, W). K : (C_out, C_in/groups, K_h, K_w). b : (C_out,).
    y : (N, C_out, H_out, W_out), by :func:`output_size`.
    stride s, padding, dilation d : one number, or a pair for rows and columns.
    groups : equal parts of the channels; a kernel sees those of its own part only.

    Raises
    ------
    ValueError
        If the kernel does not fit into the image, or the channels do not fit: ``conv2d:
        x has 3 channels, shape (1, 3, 8, 8), but K expects 1, shape (4, 1, 5, 5)``.

    Reference: LeCun et al. (1989); for groups, Krizhevsky et al. (2012).
    Chapter: 11, 12.
    """
    C_out, *own = K.shape
    x = _zero_pad(x, pair(padding))
    steps = {"stride": pair(stride), "dilation": pair(dilation)}
    patches = ops.unfold(x, kernel=tuple(own[1:]), **steps)
    N, *_, H, W = patches.shape
    parts = (groups,) if groups > 1 else ()
    columns = ops.reshape(patches, shape=(N, *parts, math.prod(own), H * W))
    rows = ops.reshape(K, shape=(*parts, C_out // groups, math.prod(own)))
    y = ops.reshape(rows @ columns, shape=(N, C_out, H, W))
    return y + ops.reshape(b, shape=(C_out, 1, 1))


def _zero_pad(x, padding):
    """``padding`` zeros on either side of rows and columns."""
    for axis, p in zip((2, 3), padding, strict=True):
        x = ops.pad(x, axis=axis, before=p, after=p) if p else x
    return x


def _windows(x, kernel, stride):
    """What each window sees, (N, C, K_h K_w, H_out, W_out)."""
    stride = pair(kernel if stride is None else stride)
    patches = ops.unfold(x, kernel=pair(kernel), stride=stride, dilation=(1, 1))
    N, C, K_h, K_w, H, W = patches.shape
    return ops.reshape(patches, shape=(N, C, K_h * K_w, H, W))


@checked(check_pool("max_pool2d"))
@composite(closed_form_convolution.max_pool2d)
def max_pool2d(x, *, kernel, stride=None, padding=0):
    r"""The largest number under each window, channel by channel.

    .. math:: y_{n,c,p,q} = \max_{i,j} x_{n,\,c,\,sp + i,\,sq + j}

    x : (N, C, H, W). y : (N, C, H_out, W_out). kernel, stride s, padding : one number,
    or a pair for rows and columns; the stride is the kernel if it is None. Padding is
    :math:`-\infty`, so it never wins. Of equal numbers the first in reading order gets
    the gradient.

    Raises
    ------
    ValueError
        If the window does not fit, or the padding is more than half of it.

    Reference: Ranzato et al. (2007). Chapter: 12.
    """
    padding = pair(padding)
    if any(padding):
        x = _zero_pad(x, padding) + _edge(x, padding)
    return ops.max(_windows(x, kernel, stride), axis=2)


def _edge(x, padding):
    """Minus infinity where the image is padded, 0 inside."""
    (H, W), (p, q) = x.shape[2:], padding
    edge = np.full((H + 2 * p, W + 2 * q), -np.inf, np.result_type(x.dtype, np.float16))
    edge[p : p + H, q : q + W] = 0
    return edge


@checked(check_pool("avg_pool2d"))
@composite(closed_form_convolution.avg_pool2d)
def avg_pool2d(x, *, kernel, stride=None, padding=0):
    r"""The mean under each window, channel by channel.

    .. math:: y_{n,c,p,q} = \frac{1}{K_h K_w} \sum_{i,j} x_{n,\,c,\,sp + i,\,sq + j}

    x : (N, C, H, W). y : (N, C, H_out, W_out). kernel, stride s, padding : one number,
    or a pair for rows and columns; the stride is the kernel if it is None. The zeros of
    the padding are counted, as in PyTorch.

    Raises
    ------
    ValueError
        If the window does not fit, or the padding is more than half of it.

    Reference: LeCun et al. (1998). Chapter: 12.
    """
    return mean(_windows(_zero_pad(x, pair(padding)), kernel, stride), axis=2)


def global_avg_pool2d(x):
    r"""The mean of each channel, over the whole image.

    .. math:: y_{n,c} = \frac{1}{H W} \sum_{i,j} x_{n,c,i,j}

    x : (N, C, H, W). y : (N, C).

    Raises
    ------
    ValueError
        If x has not four axes.

    Reference: Lin, Chen and Yan (2014). Chapter: 13.
    """
    check_shape("global_avg_pool2d: x", x, "N C H W")
    return mean(x, axis=(2, 3))


def flatten(x):
    r"""Each example as one row, for a linear layer: x (N, ...), y (N, D)."""
    return ops.reshape(x, shape=(x.shape[0], math.prod(x.shape[1:])))


def local_response_norm(x, *, n=5, k=2, alpha=1e-4, beta=0.75):
    r"""Each channel divided by the strength of its n neighbours at the same pixel.

    .. math:: y_c = \frac{x_c}{\left(k + \alpha \sum_{j = c - \lfloor n/2 \rfloor}^{
              c + \lfloor n/2 \rfloor} x_j^2\right)^{\beta}}

    x, y : (N, C, H, W); channels that do not exist count as 0. n is odd. The paper does
    not divide :math:`\alpha` by n, PyTorch and Caffe do: give them n times the alpha.

    Raises
    ------
    ValueError
        If x has not four axes, or n is not an odd number from 1 on.

    Reference: Krizhevsky, Sutskever and Hinton (2012). Chapter: 13.
    """
    C = check_shape("local_response_norm: x", x, "N C H W")["C"]
    if n < 1 or n % 2 != 1:
        raise ValueError(f"local_response_norm: n is {n}, not an odd number from 1 on")
    squares = ops.pad(x**2, axis=1, before=n // 2, after=n // 2)
    near = [ops.narrow(squares, axis=1, start=j, length=C) for j in range(n)]
    return x * (k + alpha * sum(near[1:], start=near[0])) ** -beta


@dataclass(frozen=True, eq=False)
class Conv2d:
    r"""A layer of kernels, :math:`y = K * x + b`, by :func:`conv2d`.

    K : (C_out, C_in/groups, K_h, K_w), one kernel for each channel out. b : (C_out,).
    stride, padding, dilation, groups : those of :func:`conv2d`.

    Raises
    ------
    ValueError
        On a call, if x does not fit.

    Chapter: 12.
    """

    K: np.ndarray
    b: np.ndarray
    stride: int | tuple = 1
    padding: int | tuple = 0
    dilation: int | tuple = 1
    groups: int = 1

    @classmethod
    def init(
        cls,
        c_in,
        c_out,
        kernel,
        *,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        rng,
        weights=kaiming_normal,
    ):
        """Draw ``weights((c_out, c_in // groups, K_h, K_w), rng=rng)``; b is 0."""
        K = weights((c_out, c_in // groups, *pair(kernel)), rng=rng)
        return cls(K, zeros((c_out,)), stride, padding, dilation, groups)

    def __call__(self, x):
        return conv2d(x, self.K, self.b, **self._steps())

    def _steps(self):
        """How the kernels move, as :func:`conv2d` takes it."""
        names = "stride", "padding", "dilation", "groups"
        return {name: getattr(self, name) for name in names}

    def parameters(self):
        return {"K": self.K, "b": self.b}

    def with_parameters(self, values):
        check_names("Conv2d", self.parameters(), values)
        return replace(self, **values)

    def __repr__(self):
        c_out, c_own, *kernel = np.shape(self.K)
        steps = ", ".join(f"{name}={size}" for name, size in self._steps().items())
        return f"Conv2d({c_own * self.groups}, {c_out}, {tuple(kernel)}, {steps})"


@dataclass(frozen=True)
class MaxPool2d:
    """:func:`max_pool2d` as a layer."""

    kernel: int | tuple
    stride: int | tuple | None = None
    padding: int | tuple = 0

    def __call__(self, x):
        return max_pool2d(x, **vars(self))


@dataclass(frozen=True)
class AvgPool2d:
    """:func:`avg_pool2d` as a layer."""

    kernel: int | tuple
    stride: int | tuple | None = None
    padding: int | tuple = 0

    def __call__(self, x):
        return avg_pool2d(x, **vars(self))
