"""Views of networks of images: what every channel shows, and what a unit sees."""

from dataclasses import dataclass

from nnlib.widgets.views import check_names

MOST_CHANNELS, MOST_PIXELS = 64, 128


@dataclass(frozen=True)
class Maps:
    """Each tensor as small images, one for each channel, and its gradient below.

    ``tensors`` names images (1, C, H, W), (C, H, W) or (H, W), and vectors (1, K) or
    (K,), such as class scores, which are bars. Blue is positive, orange with a minus
    negative; each tensor has a scale of its own. A gradient appears below its tensor in
    the backward pass. Pixels that have controls are painted by a click or with Enter.

    Raises
    ------
    ValueError
        If ``tensors`` is not a list of at least one name, or a tensor is no image and
        no vector, holds several examples, or is too large to be drawn.
    """

    tensors: tuple
    kind = "maps"

    def __post_init__(self):
        check_names("Maps", self.tensors)

    def names(self):
        return list(self.tensors)

    def check(self, shapes):
        for name in self.tensors:
            _check_image("Maps", name, shapes[name])


@dataclass(frozen=True)
class ReceptiveField:
    """A chain of layers: what a unit sees of each before it, and who sees it.

    ``layers`` names tensors from the image on, (1, C, H, W), each computed from the one
    before by convolution or pooling; element-wise layers between are looked through.
    Kernel, stride, padding and dilation are read from the steps between. Below stand
    the sums of the receptive field and of the stride, with these numbers put in.

    Raises
    ------
    ValueError
        If ``layers`` is not a list of at least two names, or a tensor is no image.
    """

    layers: tuple
    kind = "field"

    def __post_init__(self):
        check_names("ReceptiveField", self.layers, "layers", 2)

    def names(self):
        return list(self.layers)

    def check(self, shapes):
        for name in self.layers:
            if len(shapes[name]) < 2:
                given = f"{name} has shape {tuple(shapes[name])}"
                raise ValueError(f"ReceptiveField: {given}, without rows and columns")
            _check_image("ReceptiveField", name, shapes[name])


def _check_image(view, name, shape):
    if len(shape) < 2 or (len(shape) == 2 and shape[0] == 1):
        return  # a vector, of any length
    *examples, channels, rows, columns = shape if len(shape) > 2 else (1, *shape)
    given = f"{view}: {name} has shape {tuple(shape)}"
    if any(n != 1 for n in examples):
        raise ValueError(f"{given}, but one image is (1, C, H, W)")
    if channels > MOST_CHANNELS or rows > MOST_PIXELS or columns > MOST_PIXELS:
        most = f"{MOST_CHANNELS} channels of {MOST_PIXELS} x {MOST_PIXELS}"
        raise ValueError(f"{given}, but at most {most} can be drawn")
