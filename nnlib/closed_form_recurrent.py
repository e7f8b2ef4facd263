r"""Whole sequences as derived on paper, in the form of ``closed_form.py``.

A sequence is X (N, T, D): examples, time steps, features. Its memory is (T, N, D), so
that a time step is one piece. What does not wait for the state, :math:`x_t W_x` and the
gradients of the weights, is one matrix product over all T N rows; the loop over time
keeps only what has to go step by step.

A gate is computed as :math:`\sigma(z) = \tfrac12 + \tfrac12\tanh(z/2)`, the half folded
into the weights: one tanh then serves the gates and the candidate of a step.

A mask (N, T) is 0 where a sequence has ended: there the state is handed on as it was.
"""

import math

import numpy as np


def rnn(X, h, W_x, W_h, b, mask=None):
    r"""The vanilla network through time; backprop is BPTT.

    .. math:: h_t = \tanh(z_t), \quad z_t = x_t W_x + h_{t-1} W_h + b, \qquad
              dz_t = dh_t \odot (1 - h_t^2), \quad
              dh_{t-1} \mathrel{+}= dz_t W_h^\top

    .. math:: dW_x = \sum_t x_t^\top dz_t, \quad dW_h = \sum_t h_{t-1}^\top dz_t, \quad
              db = \sum_t \sum_{\text{rows}} dz_t, \quad dx_t = dz_t W_x^\top

    X : (N, T, D), h : (N, H), W_x : (D, H), W_h : (H, H), b : (H,), mask : (N, T),
    result : all states h_1 ... h_T, (N, T, H)

    Chapter: 18.
    """
    x, ended = _time_first(X), _ended(mask)
    z, T = _affine(x, W_x, b), len(x)
    hs, seen = _states(T + 1, h, z), np.empty_like(z[0])
    for t in range(T):
        z[t] += np.matmul(hs[t], W_h, out=seen)
        np.tanh(z[t], out=hs[t + 1])
        _keep(hs[t + 1], hs[t], ended, t)

    def backprop(dH, *, dx=True):
        dhs, dz, W_hT = _time_first(dH), np.empty_like(z), _transposed(W_h)
        dh = np.zeros_like(hs[0])
        for t in reversed(range(T)):
            dh = dh + dhs[t]
            np.multiply(dh, 1 - hs[t + 1] ** 2, out=dz[t])
            dh = _back(dz, dh, W_hT, ended, t)
        dX, dW_x, db = _affine_back(x, W_x, dz, dx)
        return _all(dX, dh, dW_x, _product(hs[:T], dz), db, mask=mask)

    return _examples_first(hs[1:]), backprop


def lstm(X, h, c, W_x, W_h, b, mask=None):
    r"""The LSTM through time, its gates in the order i, f, g, o.

    .. math:: c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh c_t

    .. math:: do_t = dh_t \odot \tanh c_t, \quad
              dc_t \mathrel{+}= dh_t \odot o_t \odot (1 - \tanh^2 c_t), \quad
              di_t = dc_t \odot g_t, \quad df_t = dc_t \odot c_{t-1}, \quad
              dg_t = dc_t \odot i_t, \quad dc_{t-1} = dc_t \odot f_t

    then through each gate, :math:`dz = da \odot a \odot (1 - a)`, and the candidate,
    :math:`dz = dg \odot (1 - g^2)`, to :math:`dh_{t-1} \mathrel{+}= dz_t W_h^\top` and
    to the weights as in :func:`rnn`.

    X : (N, T, D), h, c : (N, H), W_x : (D, 4H), W_h : (H, 4H), b : (4H,), mask :
    (N, T), result : h_1 ... h_T and, as one step more, c_T, (N, T + 1, H)

    Chapter: 20.
    """
    x, ended, s = _time_first(X), _ended(mask), _scale(h, 0.5, 0.5, 1, 0.5)
    a, T = _affine(x, W_x * s, b * s), len(x)
    hs, cs, W = _states(T + 2, h, a), _states(T + 1, c, a), W_h * s
    tanh_c, seen = np.empty_like(cs[1:]), np.empty_like(a[0])
    for t in range(T):
        a[t] += np.matmul(hs[t], W, out=seen)
        i, f, g, o = _parts(_activate(a[t], s), 4)
        np.add(f * cs[t], i * g, out=cs[t + 1])
        np.multiply(o, np.tanh(cs[t + 1], out=tanh_c[t]), out=hs[t + 1])
        _keep(cs[t + 1], cs[t], ended, t)
        _keep(hs[t + 1], hs[t], ended, t)
    hs[T + 1] = cs[T]

    def backprop(dS, *, dx=True):
        dz, dh, dc = _lstm_back(_time_first(dS), a, cs, tanh_c, W_h, s, ended)
        dX, dW_x, db = _affine_back(x, W_x, dz, dx)
        return _all(dX, dh, dc, dW_x, _product(hs[:T], dz), db, mask=mask)

    return _examples_first(hs[1:]), backprop


def _lstm_back(dS, a, cs, tanh_c, W_h, s, ended):
    """Back through time: dz of every step, dh and dc of the state before the first."""
    dz, W_hT, odd = np.empty_like(a), _transposed(W_h), 2 * s - 1  # 0 for a gate
    dh, dc, room = np.zeros_like(cs[0]), dS[-1], np.empty_like(a[0])
    for t in reversed(range(len(a))):
        i, f, g, o = _parts(a[t], 4)
        dh = dh + dS[t]
        dc_t = dc + dh * o * (1 - tanh_c[t] ** 2)
        pairs = (dc_t, g), (dc_t, cs[t]), (dc_t, i), (dh, tanh_c[t])
        for part, factors in zip(_parts(dz[t], 4), pairs, strict=True):
            np.multiply(*factors, out=part)
        dz[t] *= np.add(a[t], odd, out=room)  # the slopes a (1 - a) and 1 - g^2
        dz[t] *= np.subtract(1, a[t], out=room)
        dh, dc_after, dc = _back(dz, dh, W_hT, ended, t), dc, dc_t * f
        _keep(dc, dc_after, ended, t)
    return dz, dh, dc


def gru(X, h, W_x, W_h, b, mask=None, *, convention="cho"):
    r"""The GRU through time, its parts in the order r, z, n.

    .. math:: n_t = \tanh(x_t W_n + (r_t \odot h_{t-1}) U_n + b_n), \qquad
              h_t = z_t \odot h_{t-1} + (1 - z_t) \odot n_t

    .. math:: dz_t = dh_t \odot (h_{t-1} - n_t), \quad
              da_n = dh_t \odot (1 - z_t) \odot (1 - n_t^2), \quad
              dq = da_n U_n^\top, \quad dr_t = dq \odot h_{t-1}, \quad
              dh_{t-1} = dh_t \odot z_t + dq \odot r_t + \dots

    With the reset after the product, :math:`r \odot q`, :math:`q = h U_n + b_{hn}`, it
    is :math:`dq = da_n \odot r` and :math:`dr = da_n \odot q`. Chung's z is 1 - z here:
    the sigmoid of minus its argument.

    X : (N, T, D), h : (N, H), W_x : (D, 3H), W_h : (H, 3H), b : (3H,), or (2, 3H) in
    the convention "pytorch", mask : (N, T), result : h_1 ... h_T, (N, T, H)

    Chapter: 20.
    """
    x, ended, H = _time_first(X), _ended(mask), h.shape[1]
    after, flip = convention in ("reset after", "pytorch"), convention == "chung"
    b_x, b_hn = (b, 0) if b.ndim == 1 else (_joined(b, 2 * H), b[1, 2 * H :])
    s, flips = _scale(h, 0.5, 0.5, 1), _scale(h, 1, -1 if flip else 1, 1)
    a, W = _affine(x, W_x * s * flips, b_x * s * flips), W_h * flips
    q = np.empty_like(a[..., :H])
    hs = _gru_forward(a, q, h, W * s, b_hn, ended, after)

    def backprop(dH, *, dx=True):
        da, dq, dh = _gru_back(_time_first(dH), a, q, hs, W, ended, after)
        dX, dW_x, db = _affine_back(x, W_x * flips, da, dx)
        dU = _product(hs[:-1], da[..., : 2 * H])
        dU_n = _product(hs[:-1], dq) if after else _product(q, da[..., 2 * H :])
        dW_h, db = np.hstack([dU, dU_n]) * flips, db * flips
        if b.ndim == 2:
            db = np.stack([db, np.append(db[: 2 * H], _sum(dq))])
        return _all(dX, dh, dW_x * flips, dW_h, db, mask=mask)

    return _examples_first(hs[1:]), backprop


def _gru_forward(a, q, h, W, b_hn, ended, after):
    """Fill a with r, z, n of every step and q with what n sees of h; return the h."""
    hs, H = _states(len(a) + 1, h, a), h.shape[1]
    U, U_n = (W, None) if after else map(np.ascontiguousarray, _split(W, 2 * H))
    seen = np.empty((h.shape[0], U.shape[1]), a.dtype)
    for t in range(len(a)):
        gates, n = _split(a[t], 2 * H)
        gates += np.matmul(hs[t], U, out=seen)[:, : 2 * H]
        r, z = _parts(_activate(gates, 0.5), 2)
        if after:
            np.add(seen[:, 2 * H :], b_hn, out=q[t])
            n += r * q[t]
        else:
            np.multiply(r, hs[t], out=q[t])
            n += q[t] @ U_n
        np.tanh(n, out=n)
        np.add(n, z * (hs[t] - n), out=hs[t + 1])
        _keep(hs[t + 1], hs[t], ended, t)
    return hs


def _gru_back(dH, a, q, hs, W, ended, after):
    """Back through time: da and dq of every step, and dh before the first."""
    da, dq, dh, H = *map(np.empty_like, (a, q)), np.zeros_like(hs[0]), hs.shape[2]
    U, U_n = map(_transposed, _split(W, 2 * H))
    room = np.empty_like(a[0, :, : 2 * H])
    for t in reversed(range(len(a))):
        (r, z, n), (dr, dz, dn) = _parts(a[t], 3), _parts(da[t], 3)
        gates, dgates = a[t, :, : 2 * H], da[t, :, : 2 * H]
        dh = dh + dH[t]
        kept = dh * z
        np.multiply(dh - kept, 1 - n * n, out=dn)
        np.multiply(dh, hs[t] - n, out=dz)
        _keep(dz, 0, ended, t)
        _keep(dn, 0, ended, t)
        if after:
            np.multiply(dn, q[t], out=dr)
            kept += np.multiply(dn, r, out=dq[t]) @ U_n
        else:
            np.matmul(dn, U_n, out=dq[t])
            np.multiply(dq[t], hs[t], out=dr)
            kept += dq[t] * r
        dgates *= gates
        dgates *= np.subtract(1, gates, out=room)
        kept += dgates @ U
        _keep(kept, dh, ended, t)
        dh = kept
    return da, dq, dh


def reverse(X):
    r"""A sequence read from right to left.

    .. math:: y_t = x_{T+1-t}, \qquad dx_t = dy_{T+1-t}

    X : (N, T, ...)

    Chapter: 21.
    """

    def backprop(dY):
        return (dY[:, ::-1],)

    return X[:, ::-1], backprop


def embedding(E, ids):
    r"""The row of E that belongs to each token.

    .. math:: x_{nt} = E_{\text{ids}_{nt}}, \qquad
              dE_v = \sum_{n,t:\, \text{ids}_{nt} = v} dx_{nt}

    E : (V, D). ids : any shape, such as (N, T)

    Chapter: 19.
    """
    ids = np.asarray(ids).astype(int)

    def backprop(dx):
        dE, order = np.zeros_like(E), np.argsort(ids, axis=None, kind="stable")
        tokens = ids.ravel()[order]
        first = np.flatnonzero(np.diff(tokens, prepend=-1))  # of each run of one token
        dE[tokens[first]] = np.add.reduceat(_rows(dx)[order], first)
        return dE, None

    return E[ids], backprop


def _time_first(X):
    """(N, T, D) as (T, N, D), each time step one piece of memory."""
    return np.ascontiguousarray(X.swapaxes(0, 1))


def _examples_first(H):
    return H.swapaxes(0, 1)


def _rows(a):
    """All axes but the last as rows."""
    return a.reshape(math.prod(a.shape[:-1]), a.shape[-1])


def _parts(a, count):
    """The gates, views of equal width."""
    H = a.shape[-1] // count
    return [a[..., k * H : (k + 1) * H] for k in range(count)]


def _split(a, start):
    """The columns before ``start`` and those from there on, views."""
    return a[..., :start], a[..., start:]


def _joined(b, gates):
    """Two biases as one, but for that inside the reset."""
    return b[0] + np.where(np.arange(b.shape[1]) < gates, b[1], 0)


def _scale(h, *factors):
    """One factor for each column of a part, such as 1/2 for a sigmoid, 1 for a tanh."""
    dtype = np.result_type(h, np.float16)  # a float, never narrower than h
    return np.repeat(np.array(factors, dtype), h.shape[1])


def _activate(z, s):
    """Turn z s into sigmoid(z) where s is 1/2, tanh(z) where it is 1, in place."""
    np.tanh(z, out=z)
    z *= s
    z += 1 - s
    return z


def _states(count, first, like):
    """Room for the states; the first is given."""
    states = np.empty((count, *first.shape), like.dtype)
    states[0] = first
    return states


def _affine(x, W, b):
    """The part of z that does not wait for the state, of all steps in one product."""
    z = _rows(x) @ W
    z += b
    return z.reshape(*x.shape[:2], W.shape[1])


def _affine_back(x, W, dz, dx):
    dX = (_rows(dz) @ W.T).reshape(x.shape) if dx else None
    return dX if dX is None else _examples_first(dX), _product(x, dz), _sum(dz)


def _product(x, dz):
    """The gradient of a weight: the sum over time and examples in one product."""
    return _rows(x).T @ _rows(dz)


def _sum(dz):
    return _rows(dz).sum(axis=0)


def _transposed(W):
    """A copy, because a product in a loop wants its rows together."""
    return np.ascontiguousarray(W.T)


def _back(dz, dh, W_hT, ended, t):
    """dh one step earlier: through the weights, or as it is where nothing happened."""
    _keep(dz[t], 0, ended, t)
    earlier = dz[t] @ W_hT
    _keep(earlier, dh, ended, t)
    return earlier


def _ended(mask):
    """Where the mask is 0, (T, N, 1)."""
    return None if mask is None else (mask == 0).T[:, :, None]


def _keep(new, old, ended, t):
    """Put back what a step must not change in a sequence that has ended."""
    if ended is not None:
        np.copyto(new, old, where=ended[t])


def _all(*grads, mask):
    """One gradient for each argument: None for a mask."""
    return grads if mask is None else (*grads, None)
