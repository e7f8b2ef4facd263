r"""Sequence to sequence: an encoder reads, a decoder writes and looks back as it does.

The encoder's states are keys and values; the decoder's state is the query.
"""

from dataclasses import dataclass

import numpy as np

from nnlib import ops
from nnlib.attention import attention_weights
from nnlib.initializers import xavier_normal
from nnlib.language import Embedding
from nnlib.layers import Assembly, Linear, check_names
from nnlib.names import called
from nnlib.recurrent import last, sequence
from nnlib.recurrent_layers import GRU
from nnlib.scores import additive_scores
from nnlib.sequences import check_padding
from nnlib.shapes import check_shape, show
from nnlib.tape import scope


@dataclass(frozen=True, eq=False)
class AdditiveScores:
    r""":func:`additive_scores` as a layer, :math:`v^\top \tanh(q W + k U)`.

    W : (d_q, D). U : (d_k, D). v : (D,).

    Reference: Bahdanau, Cho and Bengio (2015). Chapter: 24.
    """

    W: np.ndarray
    U: np.ndarray
    v: np.ndarray

    @classmethod
    def init(cls, d_q, d_k, d, *, rng, weights=xavier_normal):
        """Draw W, U and v, the last as a (d, 1) matrix."""
        shapes = (d_q, d), (d_k, d), (d, 1)
        W, U, v = (weights(shape, rng=rng) for shape in shapes)
        return cls(W, U, v[:, 0])

    def __call__(self, Q, K):
        return additive_scores(Q, K, self.W, self.U, self.v)

    def parameters(self):
        return {"W": self.W, "U": self.U, "v": self.v}

    def with_parameters(self, values):
        check_names("AdditiveScores", self.parameters(), values)
        return AdditiveScores(**values)


@dataclass(frozen=True, eq=False, repr=False)
class Seq2Seq(Assembly):
    r"""A recurrent encoder and a recurrent decoder with attention between them.

    .. math:: h_i = f(x_i, h_{i-1}), \qquad
              \alpha_t = \operatorname{softmax}(\operatorname{score}(s_{t-1}, h_i)),
              \qquad c_t = \sum_i \alpha_{ti} h_i

    .. math:: s_t = g([y_{t-1}\; c_t],\, s_{t-1}), \qquad s_0 = h_S, \qquad
              z_t = [s_t\; c_t]\, W + b

    source, target : embeddings of the tokens x and y. encoder, decoder : recurrent
    layers whose state is (h,), such as a GRU. score : a function of queries (N, 1, H)
    and keys (N, S, H): :class:`AdditiveScores`, ``dot_scores``, ``scaled_dot_scores``;
    or None, and :math:`c_t` is :math:`h_S` for every t, the bottleneck of a network
    without attention. output : a Linear to the logits.

    Raises
    ------
    ValueError
        If a layer has another state than (h,); on a call, if the shapes do not fit, a
        token is outside the vocabulary, or a source is nothing but padding.

    Reference: Bahdanau, Cho and Bengio (2015); without attention, Cho et al. (2014).
    Chapter: 24.
    """

    source: Embedding
    encoder: GRU
    target: Embedding
    decoder: GRU
    score: object
    output: Linear

    def __post_init__(self):
        for part, layer in {"encoder": self.encoder, "decoder": self.decoder}.items():
            letters = getattr(layer, "letters", "h")  # a reader's own need not say
            if letters != "h":
                found = f"{layer} has the state {show(tuple(letters))}"
                raise ValueError(f"Seq2Seq: the {part} {found}, not (h,)")

    @classmethod
    def init(cls, words_in, words_out, d, d_h, *, rng, score="additive", layer=GRU):
        """Draw all weights; ``score`` is "additive" or what the class takes."""
        if score == "additive":
            score = AdditiveScores.init(d_h, d_h, d_h, rng=rng)
        return cls(
            Embedding.init(words_in, d, rng=rng),
            layer.init(d, d_h, rng=rng),
            Embedding.init(words_out, d, rng=rng),
            layer.init(d + d_h, d_h, rng=rng),
            score,
            Linear.init(2 * d_h, words_out, rng=rng, weights=xavier_normal),
        )

    def __call__(self, x, y, mask=None):
        r"""Logits z (N, T, V) of the token after each of y, the right ones being given.

        x : source tokens, (N, S). y : target tokens, (N, T), the first a sign to begin.
        mask : (N, S), 1 for a token of x, 0 for padding; None for all 1.
        """
        _check_tokens(x, y)
        H, s = self.encode(x, mask)
        steps = []
        for t in range(np.shape(y)[1]):
            with scope(f"step {t + 1}"):
                s, c = self.step(_column(y, t), s, H, mask)
            steps.append(ops.concat(s, c, axis=1))
        with scope("logits"):
            return called("z", self.output(sequence(steps)))

    def encode(self, x, mask=None):
        r"""All states of the encoder, (N, S, H), and its last one, (N, H)."""
        check_shape("Seq2Seq: x", x, "N S")
        if mask is not None:
            check_padding("Seq2Seq", mask, np.shape(x), "x has (N, S)")
        with scope("encoder"):
            H, (h,) = self.encoder.run(self.source(x), None, mask)
            return called("H", H), h

    def step(self, y, s, H, mask=None):
        r"""One step of the decoder: its new state and what it looked at, (N, H) each.

        y : the token before, (N,). s : the state before, (N, H). H, mask : the states
        of the encoder and where they count.
        """
        with scope("attention"):
            c = last(H) if self.score is None else self._look(s, H, mask)
            c = called("c", c)
        with scope("decoder"):
            x = ops.concat(self.target(y), c, axis=1)
            (s,) = self.decoder.cell(x, s)
            return called("s", s), c

    def _look(self, s, H, mask):
        """The average of H, weighted by how well each state fits the query s."""
        N, d = np.shape(s)
        S = self.score(ops.reshape(s, shape=(N, 1, d)), H)
        A = attention_weights(S, None if mask is None else _for_queries(mask))
        return ops.reshape(A @ H, shape=(N, np.shape(H)[2]))

    def __repr__(self):
        name = getattr(self.score, "__name__", type(self.score).__name__)
        name = None if self.score is None else name
        (V, D), (W, _) = np.shape(self.source.E), np.shape(self.target.E)
        return f"Seq2Seq({V}, {W}, d={D}, score={name})"


def _check_tokens(x, y):
    N = check_shape("Seq2Seq: x", x, "N S")["N"]
    if not check_shape("Seq2Seq: y", y, "N T", N=N)["T"]:
        raise ValueError(f"Seq2Seq: y has 0 time steps, shape {show(np.shape(y))}")


def _column(y, t):
    """The tokens of one step, (N,); a tape may hold them as an input."""
    N = np.shape(y)[0]
    return ops.reshape(ops.narrow(y, axis=1, start=t, length=1), shape=(N,))


def _for_queries(mask):
    """(N, S) as (N, 1, S): the same for every query."""
    N, S = np.shape(mask)
    return ops.reshape(mask, shape=(N, 1, S))


@dataclass(frozen=True, eq=False)
class TeacherForcing(Assembly):
    r"""A Seq2Seq of one argument, so that :func:`nnlib.training.fit` takes it.

    model : the Seq2Seq. length : S. padding : the source token that only fills up.

    Called with the source tokens and, right beside them, the target tokens that the
    decoder is given, (N, S + T); the logits are (N, T, V).

    Reference: Williams and Zipser (1989). Chapter: 24.
    """

    model: Seq2Seq
    length: int
    padding: int

    def __call__(self, xy):
        x, y = xy[:, : self.length], xy[:, self.length :]
        mask = (x != self.padding).astype(np.float32)  # which widens nothing
        return self.model(x, y, mask)


def translate(model, x, *, start, steps, mask=None):
    r"""Write greedily: each token is the likeliest after those written before.

    x : source tokens, (N, S). start : the token that the decoder begins with. mask : as
    for the model. Result: tokens (N, steps).

    Raises
    ------
    ValueError
        If steps is below 1, or as the model.

    Chapter: 24.
    """
    if steps < 1:
        raise ValueError(f"translate: steps is {steps}, not 1 or above")
    H, s = model.encode(x, mask)
    y, written = np.full(len(x), start), []
    for _ in range(steps):
        s, c = model.step(y, s, H, mask)
        z = model.output(np.concatenate([s, c], axis=1))
        y = np.argmax(z, axis=1)
        written.append(y)
    return np.stack(written, axis=1)
