r"""Recurrent cells: one time step, and what can be built by repeating it.

A weight matrix holds the parts of a cell side by side: W_x (D, 4H) of an LSTM is
[W_i W_f W_g W_o]. ``unroll`` takes a list of :math:`x_t` (N, D), each of which may be
an input of its own: that is what an explorer shows.
"""

from nnlib import ops
from nnlib.functional import checked, sigmoid, tanh
from nnlib.names import called
from nnlib.sequences import check_cell, check_gru, check_truncation
from nnlib.tape import Tensor, scope


@checked(check_cell("rnn_cell", 1))
def rnn_cell(x, h, W_x, W_h, b):
    r"""One time step of the vanilla recurrent network.

    .. math:: h_t = \tanh(x_t W_x + h_{t-1} W_h + b)

    x : :math:`x_t`, (N, D). h : :math:`h_{t-1}`, (N, H). W_x : (D, H). W_h : (H, H).
    b : (H,). Result: :math:`h_t`, (N, H).

    Raises
    ------
    ValueError
        If the shapes do not fit: ``rnn_cell: h has shape (2, 5), but x has 2 rows and
        W_h 4 units: (2, 4)``.

    Reference: Elman (1990). Chapter: 18.
    """
    return called("h", tanh(x @ W_x + h @ W_h + b))


@checked(check_cell("lstm_cell", 4))
def lstm_cell(x, h, c, W_x, W_h, b):
    r"""One time step of the LSTM: three gates around a memory.

    .. math:: (z_i, z_f, z_g, z_o) = x_t W_x + h_{t-1} W_h + b

    .. math:: i = \sigma(z_i), \quad f = \sigma(z_f), \quad g = \tanh(z_g), \quad
              o = \sigma(z_o)

    .. math:: c_t = f \odot c_{t-1} + i \odot g, \qquad h_t = o \odot \tanh c_t

    x : :math:`x_t`, (N, D). h, c : :math:`h_{t-1}, c_{t-1}`, (N, H). W_x : (D, 4H),
    W_h : (H, 4H) and b : (4H,) hold input gate, forget gate, candidate and output gate,
    in this order. Result: the pair :math:`h_t, c_t`, (N, H) each.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Reference: Hochreiter and Schmidhuber (1997); Gers et al. (2000) for the forget
    gate. Chapter: 20.
    """
    z = called("z", x @ W_x + h @ W_h + b)
    with scope("input gate"):
        i = called("i", sigmoid(_part(z, 0, of=4)))
    with scope("forget gate"):
        f = called("f", sigmoid(_part(z, 1, of=4)))
    with scope("candidate"):
        g = called("g", tanh(_part(z, 2, of=4)))
    with scope("output gate"):
        o = called("o", sigmoid(_part(z, 3, of=4)))
    with scope("memory"):
        c = called("c", f * c + i * g)
    with scope("state"):
        return called("h", o * tanh(c)), c


@checked(check_gru("gru_cell", "N D"))
def gru_cell(x, h, W_x, W_h, b, *, convention="cho"):
    r"""One time step of the gated recurrent unit: two gates and no memory of its own.

    .. math:: r = \sigma(x_t W_r + h_{t-1} U_r + b_r), \qquad
              z = \sigma(x_t W_z + h_{t-1} U_z + b_z)

    The convention says what the candidate n sees of the state, and what z keeps:

    - ``"cho"``: :math:`n = \tanh(x_t W_n + (r \odot h_{t-1}) U_n + b_n)` and
      :math:`h_t = z \odot h_{t-1} + (1 - z) \odot n`
    - ``"chung"``: the same n, and :math:`h_t = (1 - z) \odot h_{t-1} + z \odot n`
    - ``"reset after"``: :math:`n = \tanh(x_t W_n + b_n + r \odot (h_{t-1} U_n))` and
      h as in "cho"
    - ``"pytorch"``: the same with a bias inside the reset,
      :math:`r \odot (h_{t-1} U_n + b_{hn})`

    x : :math:`x_t`, (N, D). h : :math:`h_{t-1}`, (N, H). W_x : (D, 3H),
    :math:`[W_r W_z W_n]`. W_h : (H, 3H), :math:`[U_r U_z U_n]`. b : (3H,); for
    "pytorch" (2, 3H), a bias beside W_x and one beside W_h. Result: :math:`h_t`.

    Raises
    ------
    ValueError
        If the shapes do not fit, or no convention is called so.

    Reference: Cho et al. (2014); Chung et al. (2014). Chapter: 20.
    """
    after = convention in ("reset after", "pytorch")
    a = called("a", x @ W_x + _bias(b, 0))
    q = called("q", _state_part(h, W_h, b, after))
    with scope("reset gate"):
        r = called("r", sigmoid(_part(a, 0, of=3) + _part(q, 0, of=3 if after else 2)))
    with scope("update gate"):
        z = called("z", sigmoid(_part(a, 1, of=3) + _part(q, 1, of=3 if after else 2)))
    with scope("candidate"):
        seen = r * _part(q, 2, of=3) if after else (r * h) @ _part(W_h, 2, of=3)
        n = called("n", tanh(_part(a, 2, of=3) + seen))
    with scope("state"):
        chung = convention == "chung"
        return called("h", (1 - z) * h + z * n if chung else z * h + (1 - z) * n)


def _state_part(h, W_h, b, after):
    """What r and z see of h; with a reset after the product, what n sees too."""
    if not after:
        H = h.shape[1]
        return h @ ops.narrow(W_h, axis=1, start=0, length=2 * H)
    return h @ W_h if len(b.shape) == 1 else h @ W_h + _bias(b, 1)


def _bias(b, row):
    """One of two biases, or the only one."""
    if len(b.shape) == 1:
        return b
    return ops.reshape(ops.narrow(b, axis=0, start=row, length=1), shape=b.shape[1:])


def _part(z, k, *, of):
    """Part k of the columns, which hold ``of`` parts of equal width."""
    H = z.shape[-1] // of
    return ops.narrow(z, axis=1, start=k * H, length=H)


def unroll(cell, xs, state, masks=None):
    r"""Apply a cell to one :math:`x_t` after another, and return all states.

    .. math:: s_t = \operatorname{cell}(x_t, s_{t-1})

    and with masks, where :math:`m_t` is 0, the state stays:
    :math:`s_t = m_t \odot \operatorname{cell}(\dots) + (1 - m_t) \odot s_{t-1}`.

    cell : a function of :math:`x_t` and the parts of the state, such as the ``cell`` of
    a layer. xs : a list of (N, D). state : a tuple, (h,) or (h, c), (N, H) each.
    masks : a list of (N, 1). Result: the list of the states :math:`s_1 \dots s_T`.

    Raises
    ------
    ValueError
        If there are no time steps, or not as many masks.

    Reference: Werbos (1990). Chapter: 18.
    """
    if not len(xs):
        raise ValueError("unroll: xs holds 0 time steps")
    if masks is not None and len(masks) != len(xs):
        raise ValueError(f"unroll: {len(masks)} masks for {len(xs)} time steps")
    states = []
    for t, x in enumerate(xs):
        with scope(f"step {t + 1}"):
            new = _tuple(cell(x, *state))
            state = new if masks is None else _kept(masks[t], new, state)
        states.append(state)
    return states


def feed_back(cell, output, x, state, *, steps):
    r"""One to many: each output is the next input.

    .. math:: s_t = \operatorname{cell}(x_t, s_{t-1}), \qquad
              x_{t+1} = y_t = \operatorname{output}(h_t)

    x : the first input. state : a tuple whose first part is h. output : a function of
    h; one that draws a token makes this the sampling loop of a language model. Result:
    the list of the outputs :math:`y_1 \dots y_T`, T = ``steps``, and the last state.

    Reference: Graves (2013). Chapter: 18, 19.
    """
    outputs = []
    for t in range(steps):
        with scope(f"step {t + 1}"):
            state = _tuple(cell(x, *state))
            x = output(state[0])
        outputs.append(x)
    return outputs, state


def _tuple(state):
    return state if isinstance(state, tuple) else (state,)


def _kept(m, new, old):
    return tuple(m * n + (1 - m) * o for n, o in zip(new, old, strict=True))


def truncated_bptt(cell, loss, xs, ts, state, *, k1, k2):
    r"""The loss of a sequence, whose gradient reaches no further back than k2 steps.

    .. math:: L = \sum_{t=1}^{T} L_t, \qquad
              \frac{\partial L}{\partial\theta} \approx
              \sum_{t = k_1, 2k_1, \dots} \frac{\partial}{\partial\theta}
              \Big(L_{t-k_1+1} + \dots + L_t\Big)\Big|_{s_{t-k_2} \text{ held fixed}}

    Every k1 steps the losses since the last time go back through the last k2 steps; the
    state before them counts as a number that depends on nothing. The value of L is that
    of the whole loss, and with k1 = k2 = T so is the gradient.

    cell : a function of :math:`x_t` and the parts of the state. loss : a function of
    :math:`h_t` and its target. xs, ts : lists of T inputs and T targets. state : a
    tuple. A tape holds a cut state as a constant, which no replay recomputes.

    Raises
    ------
    ValueError
        If there are no time steps, not as many targets, or not 1 <= k1 <= k2.

    Reference: Williams and Peng (1990). Chapter: 18.
    """
    check_truncation(len(xs), len(ts), k1, k2)
    known, losses = [state], []
    for end in range(k1, len(xs) + k1, k1):
        first, start = len(losses), max(0, end - k2)
        with scope(f"steps up to {min(end, len(xs))}"):
            states = unroll(cell, xs[start:end], known[start])[first - start :]
            losses += [
                loss(s[0], t) for s, t in zip(states, ts[first:end], strict=True)
            ]
        known += map(_detached, states)
    return sum(losses[1:], start=losses[0])


def _detached(state):
    """The same numbers, of which the tape does not know where they come from."""
    return tuple(s.value if type(s) is Tensor else s for s in state)
