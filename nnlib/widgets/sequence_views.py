"""Views of sequences: a recurrent network unrolled over time, and one of its cells."""

from dataclasses import dataclass

from nnlib.widgets.views import check_names

MOST_STEPS = 400
PARTS = {"LSTM": "ifgo", "GRU": "rzn", "RNN": "h"}


@dataclass(frozen=True)
class Unrolled:
    r"""A recurrent network as a loop, and unrolled: one column for each time step.

    ``states`` names :math:`h_1 \dots h_T` in time order; of a deep network, a list of
    such lists, the lowest layer first. ``cells`` names the :math:`c_t` of an LSTM in
    the same way. ``inputs``, ``outputs`` and ``losses`` have one name for each step,
    or None where a step has none: many to one, one to many. ``first`` names the state
    before the first step, ``"h0"`` or ``("h0", "c0")``. ``weights`` names parameters
    whose gradient is a sum over time: each step's share of it is shown. On the way
    back every state shows what arrives from the loss and what from the future.

    A state that is computed from no earlier one, as after truncation, is drawn as cut.

    Raises
    ------
    ValueError
        If lists differ in length, or a tensor is no state, or no loss.
    """

    states: tuple
    cells: tuple = ()
    inputs: tuple = ()
    outputs: tuple = ()
    losses: tuple = ()
    first: str | tuple | None = None
    weights: tuple = ()
    kind = "unrolled"

    def __post_init__(self):
        check_names("Unrolled", self.states, "states")
        for field in ("cells", "inputs", "outputs", "losses", "weights"):
            if getattr(self, field):
                check_names("Unrolled", getattr(self, field), field)
        rows, cells = self._rows("states"), self._rows("cells")
        steps = len(rows[0])
        if not 1 <= steps <= MOST_STEPS:
            raise ValueError(f"Unrolled: {steps} steps are not 1 to {MOST_STEPS}")
        if cells and len(cells) != len(rows):
            layers = f"{len(rows)} layers of states, but {len(cells)} of cells"
            raise ValueError(f"Unrolled: {layers}")
        lists = [("states", row) for row in rows] + [("cells", row) for row in cells]
        lists += [(f, getattr(self, f)) for f in ("inputs", "outputs", "losses")]
        for field, names in lists:
            if names and len(names) != steps:
                count = f"{field} has {len(names)} names"
                raise ValueError(f"Unrolled: {count} for {steps} time steps")

    def _rows(self, field):
        """Lists of names, one for each layer."""
        names = list(getattr(self, field))
        one = names and all(isinstance(name, str) for name in names)
        return [names] if one else names

    def _lists(self):
        first = (self.first,) if isinstance(self.first, str) else self.first or ()
        flat = {f: [n for r in self._rows(f) for n in r] for f in ("states", "cells")}
        rest = {f: list(getattr(self, f)) for f in ("inputs", "outputs", "losses")}
        return flat | rest | {"first": list(first), "weights": list(self.weights)}

    def names(self):
        return [n for names in self._lists().values() for n in names if n is not None]

    def check(self, shapes):
        """Refuse what is no state, a state that stands twice, and a loss of many."""
        states = self._lists()["states"] + self._lists()["cells"]
        for k, name in enumerate(states):
            if name in states[:k]:
                raise ValueError(f"Unrolled: {name} stands there twice")
            shape = tuple(shapes[name])
            if len(shape) > 2:
                raise ValueError(f"Unrolled: {name} has shape {shape}, not (N, H)")
        for name in filter(None, self.losses):
            if any(n != 1 for n in shapes[name]):
                given = f"{name} has shape {tuple(shapes[name])}"
                raise ValueError(f"Unrolled: {given}, but a loss is one number")

    def spec(self):
        lists = {field: names for field, names in self._lists().items() if names}
        return lists | {"layers": len(self._rows("states"))}


@dataclass(frozen=True)
class Cell:
    """The anatomy of one time step: an LSTM, a GRU or a plain recurrent cell.

    ``step`` is the number of the time step, as ``unroll`` counts them, or a list of
    them to choose from; None for a cell outside of ``unroll``. ``layer`` counts from
    below in a deep network. Which cell it is, and of which convention a GRU, is read
    from the recorded steps, so that variants of one explorer may hold different ones.

    Raises
    ------
    ValueError
        If ``step`` or ``layer`` is no number, or no variant has such a step.
    """

    step: int | tuple | None = 1
    layer: int = 1
    kind = "cell"

    def __post_init__(self):
        steps = self._steps()
        if not steps or not all(s is None or _counts(s) for s in steps):
            raise ValueError(f"Cell: step {self.step!r} is no number from 1 on")
        if not _counts(self.layer):
            raise ValueError(f"Cell: layer {self.layer!r} is no number from 1 on")

    def _steps(self):
        return list(self.step) if isinstance(self.step, tuple | list) else [self.step]

    def names(self):
        return []

    def check(self, shapes):
        """Refuse a step that is no step of any cell."""
        for step in self._steps():
            tail = "" if step is None else str(step)
            tail += f"_{self.layer}" if self.layer > 1 else ""
            wanted = {k: [f"{p}{tail}" for p in ps] for k, ps in PARTS.items()}
            if not any(all(n in shapes for n in names) for names in wanted.values()):
                told = ", ".join(f"no {k} ({' '.join(n)})" for k, n in wanted.items())
                raise ValueError(f"Cell: there is {told}")

    def spec(self):
        return {"steps": self._steps(), "layer": self.layer}


def _counts(value):
    return type(value) is int and value >= 1
