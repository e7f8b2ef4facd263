"""Names of the parts of a layer, so that a recorded formula stays short.

A part that has a name is written as its symbol. Written out, the third state of an LSTM
spells out the two before: 31 MB.
"""

from itertools import count

from nnlib.tape import Tensor

NUMBERED = "step ", "head "


def called(letter, part, *, symbol=None):
    r"""Name a part of a layer, and return it.

    Within ``scope("step 2")`` or ``scope("head 2")`` h is called h2, :math:`h_2`. Where
    the name is taken, as in the next layer, it is h2_2, :math:`h_2^{(2)}`. Arrays and
    the steps of a training tape stay without a name.

    letter : the name without numbers. symbol : its LaTeX, if that is not the letter.
    """
    if type(part) is not Tensor or part.tape.fused:
        return part
    numbers = [s.split()[1] for s in part.place.scope if s.startswith(NUMBERED)]
    below = "".join(numbers[-1:])
    name = letter + below
    n = next(n for n in count(1) if _numbered(name, n) not in part.tape.taken)
    base = symbol or letter
    base += f"_{{{below}}}" if below else ""
    base += f"^{{({n})}}" if n > 1 else ""
    return part.named(_numbered(name, n), symbol=base)


def _numbered(name, n):
    return name if n == 1 else f"{name}_{n}"
