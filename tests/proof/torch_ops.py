"""What PyTorch says about a row of the op table."""

import numpy as np
import torch
from op_table import loss_weights
from torch_primitives import OPS


def loss_of(case, tensors):
    """The loss of the op table: every element of y, squared and plain, with weights."""
    y = OPS[case.op](*tensors, **case.params)
    w, u = map(torch.as_tensor, loss_weights(tuple(y.shape)))
    return y, (y * y * w + y * u).sum()


def leaves(case):
    """The arguments of a case; those that are varied require a gradient."""
    return [
        torch.tensor(a, requires_grad=i < case.varied)
        for i, a in enumerate(case.arrays())
    ]


def first_order(case):
    """PyTorch's y and its gradients of the loss, as arrays."""
    tensors = leaves(case)
    y, loss = loss_of(case, tensors)
    varied = tensors[: case.varied]
    if not loss.requires_grad:
        return y.numpy(), [np.zeros(t.shape) for t in varied]
    grads = torch.autograd.grad(loss, varied, allow_unused=True, materialize_grads=True)
    return y.detach().numpy(), [g.numpy() for g in grads]


def second_order(case):
    """PyTorch's gradients of the sum of all first gradients, as arrays."""
    tensors = leaves(case)
    _, loss = loss_of(case, tensors)
    varied = tensors[: case.varied]
    zeros = [np.zeros(t.shape) for t in varied]
    if not loss.requires_grad:
        return zeros
    options = {"allow_unused": True, "materialize_grads": True}
    grads = torch.autograd.grad(loss, varied, create_graph=True, **options)
    total = sum(g.sum() for g in grads)
    if not total.requires_grad:  # the first gradients are constants
        return zeros
    return [g.numpy() for g in torch.autograd.grad(total, varied, **options)]
