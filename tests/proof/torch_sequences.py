"""The recurrent functions as PyTorch computes them, with its own cells."""


def _unrolled(cell, X, state, mask):
    """The first part of each state, and the last states; masked steps keep theirs."""
    import torch

    outputs = []
    for t in range(X.shape[1]):
        new = cell(X[:, t], *state)
        if mask is not None:
            keep = mask[:, t, None] == 0
            new = [torch.where(keep, s, n) for n, s in zip(new, state, strict=True)]
        state = new
        outputs.append(state[0])
    return outputs, state


def rnn(X, h, W_x, W_h, b, mask=None):
    import torch

    def cell(x, h):
        return [torch.rnn_tanh_cell(x, h, W_x.T, W_h.T, b, torch.zeros_like(b))]

    return torch.stack(_unrolled(cell, X, [h], mask)[0], 1)


def lstm(X, h, c, W_x, W_h, b, mask=None):
    """The last memory is one step more, as in :func:`nnlib.recurrent.lstm`."""
    import torch

    def cell(x, h, c):
        return torch.lstm_cell(x, (h, c), W_x.T, W_h.T, b, torch.zeros_like(b))

    outputs, (_, memory) = _unrolled(cell, X, [h, c], mask)
    return torch.stack([*outputs, memory], 1)


def gru(X, h, W_x, W_h, b, mask=None, *, convention="cho"):
    import torch

    def theirs(x, h):
        b_x, b_h = b if convention == "pytorch" else (b, torch.zeros_like(b))
        return [torch.gru_cell(x, h, W_x.T, W_h.T, b_x, b_h)]

    def before(x, h):
        """The reset before the product, which PyTorch has not."""
        (a_r, a_z, a_n), (U_r, U_z, U_n) = (x @ W_x + b).chunk(3, 1), W_h.chunk(3, 1)
        r, z = torch.sigmoid(a_r + h @ U_r), torch.sigmoid(a_z + h @ U_z)
        n = torch.tanh(a_n + (r * h) @ U_n)
        return [torch.lerp(h, n, z) if convention == "chung" else torch.lerp(n, h, z)]

    cell = theirs if convention in ("pytorch", "reset after") else before
    return torch.stack(_unrolled(cell, X, [h], mask)[0], 1)


def reverse(X):
    return X.flip(1)


def embedding(E, ids):
    from torch.nn import functional as F

    return F.embedding(ids, E)
