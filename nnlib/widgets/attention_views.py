"""Views of attention: one walk from tokens to outputs and back, and a whole block."""

from dataclasses import dataclass

from nnlib.widgets.views import check_names

MOST_TOKENS, MOST_FEATURES, MOST_HEADS = 24, 32, 12
MOST_STREAM = 33
MATRICES = "Q", "K", "V", "weights", "output"


@dataclass(frozen=True)
class Attention:
    r"""Attention as one walk, forward and backward: every matrix in a place of its own.

    .. math:: S = \frac{Q K^\top}{\sqrt d}, \quad A = \operatorname{softmax}(S + M),
              \quad O = A V

    ``Q`` is (T_q, d), ``K`` (T_k, d), ``V`` (T_k, d_v), ``weights`` (T_q, T_k) and
    ``output`` (T_q, d_v). With several heads each of the five is a list of names, one
    for each head, or a tensor with the heads as its axis before the rows. What lies
    between the product and the softmax, scale and mask, is read from the steps.

    tokens : a text for each query. keys : a text for each key, by default ``tokens``.
    X : the tensor (T_q, d_model) that the three are made from. Numbers that have a
    control are changed in their cell.

    Raises
    ------
    ValueError
        If a tensor has another shape than the others ask for, the texts are not as many
        as the rows, or there are more than 24 tokens, 32 features or 12 heads.
    """

    tokens: tuple
    Q: str | tuple = "Q"
    K: str | tuple = "K"
    V: str | tuple = "V"
    weights: str | tuple = "A"
    output: str | tuple = "O"
    keys: tuple = ()
    X: str | None = None
    kind = "attention"

    def __post_init__(self):
        _check_texts("Attention", "tokens", self.tokens)
        if self.keys != ():
            _check_texts("Attention", "keys", self.keys)
        counts = {field: len(names) for field, names in self._heads().items()}
        if len(set(counts.values())) > 1 or 0 in counts.values():
            told = ", ".join(f"{n} of {field}" for field, n in counts.items())
            raise ValueError(f"Attention: {told}: a head needs one of each")

    def _heads(self):
        """Five lists of names, one name for each head."""
        return {field: _listed(getattr(self, field)) for field in MATRICES}

    def names(self):
        named = [name for names in self._heads().values() for name in names]
        return named if self.X is None else [*named, self.X]

    def spec(self):
        texts = {"tokens": list(self.tokens), "keys": list(self.keys or self.tokens)}
        return self._heads() | texts | {"X": self.X}

    def check(self, shapes):
        """Refuse matrices that do not fit together."""
        for names in zip(*self._heads().values(), strict=True):
            self._check_head(dict(zip(MATRICES, names, strict=True)), shapes)
        if self.X is not None:
            shape = shapes[self.X]
            _check_shape(self.X, shape, (len(self.tokens), _columns(shape)), 1)

    def _check_head(self, named, shapes):
        queries, keys = len(self.tokens), len(self.keys or self.tokens)
        d, d_v = (_columns(shapes[named[field]]) for field in "QV")
        heads = (1, *shapes[named["weights"]][:-2])[-1]
        wanted = {
            "Q": (queries, d),
            "K": (keys, d),
            "V": (keys, d_v),
            "weights": (queries, keys),
            "output": (queries, d_v),
        }
        for field, shape in wanted.items():
            _check_shape(named[field], shapes[named[field]], shape, heads)
        if heads * len(self._heads()["Q"]) > MOST_HEADS:
            raise ValueError(f"Attention: more than {MOST_HEADS} heads cannot be drawn")


@dataclass(frozen=True)
class Block:
    r"""A Transformer block, or a stack: the residual stream and what is added to it.

    ``stream`` names the tensors (T, d) along the stream, from the input on; between two
    of them lies one sub-layer. What it reads, what it adds and whether the norm stands
    on the stream (post-norm) or on the branch (pre-norm) is read from the steps; scopes
    are boxes that open. Below stands the size of each tensor of the stream and, in the
    backward pass, of its gradient: the Euclidean norm, also of each token.

    tokens : a text for each row. memory : the encoder's output, for a decoder, of any
    shape: the sub-layers that read it are marked.

    Raises
    ------
    ValueError
        If there are fewer than two names, or more than 33, or a tensor of the stream
        has not a row for each token, or more than 32 features.
    """

    stream: tuple
    tokens: tuple
    memory: str | None = None
    kind = "block"

    def __post_init__(self):
        check_names("Block", self.stream, "stream", 2)
        _check_texts("Block", "tokens", self.tokens)
        if len(self.stream) > MOST_STREAM:
            count = f"{len(self.stream)} tensors of a stream"
            raise ValueError(f"Block: {count}, but at most {MOST_STREAM} can be drawn")

    def names(self):
        return [*self.stream, *([self.memory] if self.memory else [])]

    def check(self, shapes):
        rows = len(self.tokens)
        for name in self.stream:
            shape = tuple(shapes[name])
            fits = len(shape) > 1 and shape[-2] == rows and shape[-1] <= MOST_FEATURES
            if not fits or any(n != 1 for n in shape[:-2]):
                wanted = f"({rows}, d) with d up to {MOST_FEATURES}"
                raise ValueError(f"Block: {name} has shape {shape}, not {wanted}")


def _columns(shape):
    return shape[-1] if shape else 0


def _check_shape(name, shape, wanted, heads):
    """Refuse all but ``heads`` matrices of the shape that is wanted."""
    shape = tuple(shape)
    fits = shape[-2:] == wanted and (1, *shape[:-2])[-1] == heads
    if not fits or any(n != 1 for n in shape[:-3]):
        asked = f"({', '.join(map(str, wanted))})"
        asked = asked if heads == 1 else f"{heads} times {asked}"
        raise ValueError(f"Attention: {name} has shape {shape}, not {asked}")
    if not 0 < wanted[-1] <= MOST_FEATURES:
        most = f"1 to {MOST_FEATURES} columns can be drawn"
        raise ValueError(f"Attention: {name} has shape {shape}, but {most}")


def _listed(names):
    return [names] if isinstance(names, str) else list(names)


def _check_texts(view, field, texts):
    listed = isinstance(texts, (list, tuple)) and 0 < len(texts) <= MOST_TOKENS
    if not listed or not all(isinstance(t, str) and 0 < len(t) <= 40 for t in texts):
        wanted = f"a list of 1 to {MOST_TOKENS} short texts"
        raise ValueError(f"{view}: {field} is {texts!r}, not {wanted}")
