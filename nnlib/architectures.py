r"""Five famous networks as descriptions, and what follows from one without any weight.

A network is a tuple of layers. Each knows what it makes of an image (C, H, W): the
shape, the parameters and the multiply-adds, the products of a weight and a number.

    >>> from nnlib.architectures import parameters, vgg
    >>> parameters(vgg(16))
    138357544

ReLU, dropout and local response norm have no parameters and no row.
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from nnlib.windows import output_size


@dataclass(frozen=True)
class Conv:
    r"""Kernels with a bias each, or with the scale and shift of a batch norm.

    .. math:: \text{weights} = f^2\, \frac{C_{in}\, C_{out}}{\text{groups}}, \qquad
              \text{multiply-adds} = \text{weights} \cdot H_{out} W_{out}

    links : pairs (channel in, channel out), where a table leaves some of them out.
    """

    out: int
    kernel: int
    stride: int = 1
    padding: int = 0
    groups: int = 1
    norm: bool = False
    links: int | None = None

    def measure(self, shape):
        C, H, W = shape
        links = self.links or C * self.out // self.groups
        weights = links * self.kernel**2
        H, W = (_size(self, n) for n in (H, W))
        extra = 2 * self.out if self.norm else self.out
        return (self.out, H, W), weights + extra, weights * H * W


@dataclass(frozen=True)
class Pool:
    """A maximum or a mean; trained as in 1998, it has a factor and a bias per map.

    ceil : one more window may reach over the edge, if it begins before it.
    """

    kernel: int
    stride: int
    padding: int = 0
    ceil: bool = False
    trained: bool = False

    def measure(self, shape):
        C, H, W = shape
        H, W = (self._places(n) for n in (H, W))
        return (C, H, W), 2 * C if self.trained else 0, 0

    def _places(self, n):
        places = _size(self, n)
        rest = (n + 2 * self.padding - self.kernel) % self.stride
        begins = places * self.stride < n + self.padding  # not on the right padding
        return places + 1 if self.ceil and rest and begins else places


def _size(layer, n):
    return output_size(n, layer.kernel, stride=layer.stride, padding=layer.padding)


@dataclass(frozen=True)
class GlobalPool:
    """The mean of each channel."""

    def measure(self, shape):
        return (shape[0], 1, 1), 0, 0


@dataclass(frozen=True)
class Dense:
    """A linear layer on all numbers of the image; a fixed one is not trained."""

    out: int
    fixed: bool = False

    def measure(self, shape):
        weights = math.prod(shape) * self.out
        return (self.out,), 0 if self.fixed else weights + self.out, weights


@dataclass(frozen=True)
class Inception:
    """Branches side by side on the same image; their channels are joined."""

    name: str
    branches: tuple

    def measure(self, shape):
        ends = [_through(branch, shape) for branch in self.branches]
        shapes, counts, products = zip(*ends, strict=True)
        return (sum(s[0] for s in shapes), *shapes[0][1:]), sum(counts), sum(products)


@dataclass(frozen=True)
class Auxiliary:
    """A second classifier for training; the image goes on as it was."""

    layers: tuple

    def measure(self, shape):
        return shape, *_through(self.layers, shape)[1:]


def _through(layers, shape):
    """Shape at the end, parameters and multiply-adds of layers in a row."""
    counts = products = 0
    for layer in layers:
        shape, count, product = layer.measure(shape)
        counts, products = counts + count, products + product
    return shape, counts, products


class Network(NamedTuple):
    """A name, the shape (C, H, W) of an image, and the layers."""

    name: str
    image: tuple
    layers: tuple


class Row(NamedTuple):
    """One line of :func:`table`."""

    layer: str
    shape: tuple
    parameters: int
    multiply_adds: int


def table(network):
    """The rows of a network: layer, shape of its output, parameters, multiply-adds.

    Raises
    ------
    ValueError
        If an image has become too small for a kernel.

    Chapter: 13.
    """
    rows, seen, shape = [], Counter(), network.image
    for layer in network.layers:
        kind = type(layer).__name__.lower()
        seen[kind] += 1
        name = f"{kind} {getattr(layer, 'name', seen[kind])}"
        shape, *counts = layer.measure(shape)
        rows.append(Row(name, shape, *counts))
    return rows


def parameters(network):
    """All parameters of a network."""
    return sum(row.parameters for row in table(network))


def multiply_adds(network):
    """The multiply-adds of a network for one image; biases and pooling do not count."""
    return sum(row.multiply_adds for row in table(network))


def receptive_field(layers):
    r"""How far a unit sees, and how far apart neighbours look, after each layer.

    .. math:: r_l = r_{l-1} + (k_l - 1)\, j_{l-1}, \qquad j_l = j_{l-1}\, s_l

    Returns the pairs :math:`(r_l, j_l)` in pixels of the image, from
    :math:`r_0 = j_0 = 1`, for each convolution and pooling up to the first other layer.
    Of the branches of an inception the farthest sight counts.

    Reference: Araujo, Norris and Sim (2019). Chapter: 12.
    """
    r, j, fields = 1, 1, []
    for layer in layers:
        if isinstance(layer, Inception):
            r = max(_sees(branch, r, j) for branch in layer.branches)
        elif isinstance(layer, (Conv, Pool)):
            r, j = r + (layer.kernel - 1) * j, j * layer.stride
        elif not isinstance(layer, Auxiliary):
            break
        fields.append((r, j))
    return fields


def _sees(branch, r, j):
    """The sight at the end of a branch, whose strides are all 1."""
    return r + sum((layer.kernel - 1) * j for layer in branch)


# ---- LeNet-5: LeCun, Bottou, Bengio and Haffner (1998) ----

LENET_DENSE = Dense(120), Dense(84), Dense(10)
LENET5 = Network(
    "LeNet-5, as built today",
    (1, 32, 32),
    (Conv(6, 5), Pool(2, 2), Conv(16, 5), Pool(2, 2), *LENET_DENSE),
)
# Of the 16 maps of C3 six see 3 maps, nine see 4 and one sees all 6.
LENET_PARTIAL = Conv(16, 5, links=6 * 3 + 9 * 4 + 6)
LENET_SUBSAMPLING = Pool(2, 2, trained=True)
LENET5_1998 = Network(
    "LeNet-5, 1998",
    (1, 32, 32),
    (
        Conv(6, 5),
        LENET_SUBSAMPLING,
        LENET_PARTIAL,
        LENET_SUBSAMPLING,
        Conv(120, 5),
        Dense(84),
        Dense(10, fixed=True),
    ),
)

# ---- AlexNet: Krizhevsky, Sutskever and Hinton (2012); Krizhevsky (2014) ----

IMAGENET_CLASSIFIER = Dense(4096), Dense(4096), Dense(1000)


def alexnet(*, groups=2):
    """AlexNet on two GPUs, each with its half of the maps; or on one, ``groups=1``."""
    layers = (
        *(Conv(96, 11, stride=4), Pool(3, 2)),
        *(Conv(256, 5, padding=2, groups=groups), Pool(3, 2)),
        Conv(384, 3, padding=1),
        Conv(384, 3, padding=1, groups=groups),
        *(Conv(256, 3, padding=1, groups=groups), Pool(3, 2)),
    )
    name = f"AlexNet, {groups} groups" if groups > 1 else "AlexNet, no groups"
    return Network(name, (3, 227, 227), layers + IMAGENET_CLASSIFIER)


ALEXNET_TORCHVISION = Network(
    "AlexNet, torchvision",
    (3, 224, 224),
    (
        *(Conv(64, 11, stride=4, padding=2), Pool(3, 2)),
        *(Conv(192, 5, padding=2), Pool(3, 2)),
        Conv(384, 3, padding=1),
        Conv(256, 3, padding=1),
        *(Conv(256, 3, padding=1), Pool(3, 2)),
        *IMAGENET_CLASSIFIER,
    ),
)

# ---- VGG: Simonyan and Zisserman (2015) ----

VGG_BLOCKS = {  # in each of the five blocks
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}


def vgg(depth):
    """VGG with 11, 13, 16 or 19 layers: 3x3 convolutions, and a pooling per block."""
    layers = []
    for C, count in zip((64, 128, 256, 512, 512), VGG_BLOCKS[depth], strict=True):
        layers += [Conv(C, 3, padding=1)] * count + [Pool(2, 2)]
    return Network(f"VGG-{depth}", (3, 224, 224), (*layers, *IMAGENET_CLASSIFIER))


# ---- GoogLeNet: Szegedy et al. (2015) ----

INCEPTION_CHANNELS = {  # 1x1; 1x1 then 3x3; 1x1 then 5x5; pooling then 1x1
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}


def googlenet(*, torchvision=False, auxiliary=False):
    """GoogLeNet as in the paper, or torchvision's with batch norm and 3x3 for 5x5.

    ``auxiliary`` adds the two classifiers that helped the training.
    """
    norm, five, last = torchvision, 3 if torchvision else 5, 2 if torchvision else 3

    def inception(name):
        ones, (reduce3, three), (reduce5, wide), pooled = INCEPTION_CHANNELS[name]
        branches = (
            (Conv(ones, 1, norm=norm),),
            (Conv(reduce3, 1, norm=norm), Conv(three, 3, padding=1, norm=norm)),
            (
                Conv(reduce5, 1, norm=norm),
                Conv(wide, five, padding=five // 2, norm=norm),
            ),
            (Pool(3, 1, padding=1), Conv(pooled, 1, norm=norm)),
        )
        return Inception(name, branches)

    head = Pool(5, 3), Conv(128, 1, norm=norm), Dense(1024), Dense(1000)
    side = (Auxiliary(head),) if auxiliary else ()
    layers = (
        *(Conv(64, 7, stride=2, padding=3, norm=norm), Pool(3, 2, ceil=True)),
        *(Conv(64, 1, norm=norm), Conv(192, 3, padding=1, norm=norm)),
        *(Pool(3, 2, ceil=True), *map(inception, ("3a", "3b")), Pool(3, 2, ceil=True)),
        *(inception("4a"), *side, *map(inception, ("4b", "4c", "4d")), *side),
        *(inception("4e"), Pool(last, 2, ceil=True), *map(inception, ("5a", "5b"))),
        *(GlobalPool(), Dense(1000)),
    )
    kind = "torchvision" if torchvision else "2014"
    with_side = ", with auxiliary classifiers" if auxiliary else ""
    return Network(f"GoogLeNet, {kind}{with_side}", (3, 224, 224), layers)
