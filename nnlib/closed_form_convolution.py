r"""Convolution and pooling as derived on paper, in the form of ``closed_form.py``.

The arrays are (N, C, H, W), but their memory is laid out (C, H, W, N), examples
innermost: a row of a patch is then one long run of numbers, however few the channels.
Outputs are views in the order of the book, so the next layer finds the same memory.
"""

from itertools import product

import numpy as np
from numpy.lib.stride_tricks import as_strided

CHUNK = 1 << 20  # bytes of patches at a time: they should stay in a core's cache


def conv2d(x, K, b, *, stride=1, padding=0, dilation=1, groups=1):
    r"""Cross-correlation: each patch of x is a column of U, each kernel a row of K.

    .. math:: y = K U + b, \qquad
              dK = dy\,U^\top, \quad db = \sum_{\text{places}} dy, \quad dU = K^\top dy

    and dx adds up dU at the pixels that the patches came from.

    x : (N, C_in, H, W), K : (C_out, C_in/groups, K_h, K_w), b : (C_out,)

    Chapter: 12.
    """
    image = _examples_last(x, padding)
    window = {"kernel": K.shape[2:], "stride": stride, "dilation": dilation}
    U, k = _patches(image, **window), K.reshape(len(K), -1)
    y = np.empty((len(K), *U.shape[3:]), np.result_type(x, K, b))
    blocks = list(_blocks(U, len(K), groups))
    for kernels, channels, rows in blocks:
        out = _matrix(y[kernels, rows])
        np.matmul(k[kernels], _columns(U[channels, :, :, rows]), out=out)
        out += b[kernels, None]

    def backprop(dy, *, dx=True):
        dy, dk = _examples_last(dy), np.zeros_like(k)
        dimage = np.zeros_like(image) if dx else None
        dU = _patches(dimage, **window) if dx else None
        for kernels, channels, rows in blocks:
            g, patches = _matrix(dy[kernels, rows]), U[channels, :, :, rows]
            dk[kernels] += g @ _columns(patches).T
            if dx:
                part = (k[kernels].T @ g).reshape(patches.shape)
                for i, j in product(*map(range, K.shape[2:])):
                    dU[channels, i, j, rows] += part[:, i, j]
        return _crop(dimage, padding) if dx else None, dk.reshape(K.shape), _sum(dy)

    return _examples_first(y), backprop


def max_pool2d(x, *, kernel, stride=None, padding=0):
    r"""The largest number of each patch u of x; the first of equal ones is the winner.

    .. math:: y = \max_i u_i, \qquad du_i = dy\,[\,i \text{ is the first with } u_i = y]

    and dx adds up du at the pixels that the patches came from.

    x : (N, C, H, W)

    Chapter: 12.
    """
    image = _examples_last(x, padding, fill=-np.inf)
    window = {"kernel": kernel, "stride": kernel if stride is None else stride}
    u, places = _patches(image, **window), _places(kernel)
    y = u[:, 0, 0].copy()
    for i, j in places[1:]:
        np.maximum(y, u[:, i, j], out=y)

    def backprop(dy):
        left, dimage = _examples_last(dy).copy(), np.zeros_like(image)
        du, add = _patches(dimage, **window), _adder(**window)
        for i, j in places:
            won = left * (u[:, i, j] == y)
            add(du[:, i, j], won)
            left -= won
        return (_crop(dimage, padding),)

    return _examples_first(y), backprop


def avg_pool2d(x, *, kernel, stride=None, padding=0):
    r"""The mean of each patch u of x, zeros of the padding included.

    .. math:: y = \frac{1}{n} \sum_{i=1}^{n} u_i, \qquad du_i = \frac{dy}{n}

    and dx adds up du at the pixels that the patches came from.

    x : (N, C, H, W). n : the pixels of a patch.

    Chapter: 12.
    """
    image = _examples_last(x, padding)
    window = {"kernel": kernel, "stride": kernel if stride is None else stride}
    u, places = _patches(image, **window), _places(kernel)
    y = u[:, 0, 0] / len(places)
    for i, j in places[1:]:
        y += u[:, i, j] / len(places)

    def backprop(dy):
        share, dimage = _examples_last(dy) / len(places), np.zeros_like(image)
        du, add = _patches(dimage, **window), _adder(**window)
        for i, j in places:
            add(du[:, i, j], share)
        return (_crop(dimage, padding),)

    return _examples_first(y), backprop


def _pair(size):
    return (size, size) if np.ndim(size) == 0 else tuple(size)


def _places(kernel):
    """All (row, column) of a kernel in reading order."""
    return list(product(*map(range, _pair(kernel))))


def _examples_last(x, padding=0, fill=0):
    """x as (C, H, W, N) in one piece of memory, with ``padding`` around it."""
    x = x.transpose(1, 2, 3, 0)
    if not np.any(padding):
        return np.ascontiguousarray(x)
    C, H, W, N = x.shape
    p, q = _pair(padding)
    dtype = np.result_type(x, np.float16)  # a float, never narrower than x
    image = np.full((C, H + 2 * p, W + 2 * q, N), fill, dtype)
    image[:, p : p + H, q : q + W] = x
    return image


def _examples_first(y):
    return y.transpose(3, 0, 1, 2)


def _crop(image, padding):
    """The image (N, C, H, W) without its padding."""
    (p, q), (_, H, W, _) = _pair(padding), image.shape
    return _examples_first(image[:, p : H - p, q : W - q])


def _patches(image, kernel, stride, dilation=1):
    """A view (C, K_h, K_w, H_out, W_out, N); what is added to it lands in the image."""
    (C, H, W, N), (c, h, w, n) = image.shape, image.strides
    (f, g), (sh, sw), (dh, dw) = map(_pair, (kernel, stride, dilation))
    places = (H - dh * (f - 1) - 1) // sh + 1, (W - dw * (g - 1) - 1) // sw + 1
    strides = c, dh * h, dw * w, sh * h, sw * w, n
    return as_strided(image, (C, f, g, *places, N), strides)


def _adder(kernel, stride):
    """How shares reach the pixels: put there where no windows overlap, else added."""
    apart = np.all(np.greater_equal(stride, kernel))
    return np.copyto if apart else lambda pixels, share: np.add(pixels, share, pixels)


def _blocks(U, C_out, groups):
    """Slices of kernels, of their channels and of rows of places, CHUNK bytes each."""
    C, K_h, K_w, H, W, N = U.shape
    own, channels = C_out // groups, C // groups
    row = channels * K_h * K_w * W * N * U.itemsize
    step = max(1, CHUNK // max(1, row))
    for g, start in product(range(groups), range(0, H, step)):
        kernels = slice(g * own, (g + 1) * own)
        yield (
            kernels,
            slice(g * channels, (g + 1) * channels),
            slice(start, start + step),
        )


def _columns(patches):
    """Patches (C, K_h, K_w, ...) laid out as columns of C K_h K_w numbers."""
    return patches.reshape(np.prod(patches.shape[:3]), -1)


def _matrix(y):
    """(C, H, W, N) as one row for each channel, a view."""
    return y.reshape(len(y), -1)


def _sum(dy):
    return dy.sum(axis=(1, 2, 3))
