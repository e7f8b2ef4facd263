"""The view of a language model that writes, one character after the other."""

import math
from dataclasses import asdict, dataclass, field

from nnlib.widgets.views import check_names

MOST_TOKENS = 512


@dataclass(frozen=True)
class Generation:
    """A language model that writes: what it has written, and what it would write next.

    The trace holds one step. Either the model has a state: ``token`` is one number, and
    ``state`` says which output is which input of the next step, ``{"h": "h'"}``; a
    key/value cache is a state too. Or it has none, and reads a window: ``token`` holds
    T of them, of which the first ones are filled and a causal mask hides the others.
    ``logits`` are (V,) or (1, V), for a window (T, V) or (1, T, V).

    vocabulary : a text or a list of V different texts. prompt : what is written to
    begin with. The trace is recorded where the model has read the prompt's first token:
    that is ``token``, or the first of the window, and the state is that before it.
    window : how many tokens a cache holds; beyond, it is filled anew with the last.
    work : multiplications that reading the first token costs, the second ..., as lists,
    ``{1: with_cache, T: without}``: by how many tokens a trace reads at once. The last
    holds for all after it; to fill a cache anew costs their sum. Without it the page
    counts the matrix products of the trace from their shapes, with rows that are empty.
    attention : names of weights (..., T_q, T_k), to be drawn for each head.
    end : the token of the vocabulary that ends a text. temperature, top_k, seed : to
    begin with; the reader may change them. They mean what they mean in
    :func:`nnlib.language.next_token_probabilities`.

    Raises
    ------
    ValueError
        If the vocabulary holds a token twice, or the prompt or ``end`` is not in it; if
        a shape does not fit, a state is no input, or the trace begins elsewhere; if
        ``work`` is no list of whole numbers, or has not one for each token of the
        window.
    """

    vocabulary: tuple
    token: str
    logits: str
    state: dict = field(default_factory=dict)
    prompt: str = ""
    window: int | None = None
    work: dict | None = None
    attention: tuple = ()
    end: str | None = None
    temperature: float = 1.0
    top_k: int | None = None
    seed: int = 0
    kind = "generation"

    def __post_init__(self):
        V = len(self.vocabulary)
        self._check_vocabulary()
        self._check_work()
        if self.attention:
            check_names("Generation", self.attention, "attention")
        tokens_of(self.prompt, self.vocabulary)
        if self.end is not None and self.end not in tuple(self.vocabulary):
            raise ValueError(f"Generation: end {self.end!r} is not in the vocabulary")
        if not 0 < self.temperature < math.inf:
            wrong = f"temperature is {self.temperature}"
            raise ValueError(f"Generation: {wrong}, but must be above 0")
        if self.top_k is not None and not 1 <= self.top_k <= V:
            raise ValueError(f"Generation: top_k is {self.top_k}, not 1 to {V}")

    def _check_vocabulary(self):
        tokens = tuple(self.vocabulary)
        if not 2 <= len(tokens) <= MOST_TOKENS:
            many = f"the vocabulary has {len(tokens)} tokens"
            raise ValueError(f"Generation: {many}, not 2 to {MOST_TOKENS}")
        for v, token in enumerate(tokens):
            if not isinstance(token, str) or not token:
                raise ValueError(f"Generation: token {v} is {token!r}, not a text")
            if token in tokens[:v]:
                raise ValueError(f"Generation: {token!r} is twice in the vocabulary")

    def _check_work(self):
        for T, numbers in (self.work or {}).items():
            listed = isinstance(numbers, (list, tuple)) and len(numbers) > 0
            if not listed or not all(_is_count(n) for n in (T, *numbers)):
                wanted = "a list of numbers of multiplications"
                raise ValueError(
                    f"Generation: work of {T!r} is {numbers!r}, not {wanted}"
                )

    def names(self):
        states = (*self.state, *self.state.values())
        return [self.token, self.logits, *states, *self.attention]

    def spec(self):
        """JSON: the vocabulary as a list, the prompt as token numbers."""
        prompt = tokens_of(self.prompt, self.vocabulary)
        lists = {"vocabulary": list(self.vocabulary), "prompt": prompt}
        pairs = {"state": [list(p) for p in self.state.items()]}
        if self.work:
            pairs["work"] = [[T, list(numbers)] for T, numbers in self.work.items()]
        return asdict(self) | lists | pairs

    def check_trace(self, trace):
        """Refuse a trace whose shapes do not fit, or which begins elsewhere."""
        steps = {step["name"]: step for step in trace.steps}
        if self.token not in steps or self.logits not in steps:
            return  # another variant has them
        T = math.prod(steps[self.token]["shape"])
        self._check_shapes(steps, T)
        most, work = (T if T > 1 else self.window), (self.work or {}).get(T)
        if work and most and len(work) != most:
            given = f"work of {T} has {len(work)} numbers"
            raise ValueError(f"Generation: {given}, but the window {most} tokens")
        first = int(float(steps[self.token]["value"][0]))
        prompt = tokens_of(self.prompt, self.vocabulary) or [first]
        if first != prompt[0]:
            begins = f"the trace begins with {self.token} = {first}"
            raise ValueError(f"Generation: {begins}, the prompt with {prompt[0]}")

    def _check_shapes(self, steps, T):
        V, logits = len(self.vocabulary), steps[self.logits]["shape"]
        if not logits or logits[-1] != V or math.prod(logits) != T * V:
            given = f"{self.logits} has shape {tuple(logits)}"
            raise ValueError(f"Generation: {given}, not {V} logits for {T} tokens")
        for name in (self.token, *self.state):
            if name in steps and steps[name]["op"] != "input":
                raise ValueError(f"Generation: {name} is no input of the trace")
        for old, new in self.state.items():
            a, b = (steps.get(name, {}).get("shape") for name in (old, new))
            if old in steps and a != b:
                shapes = f"{old} has shape {a}, but {new} {b}"
                raise ValueError(f"Generation: {shapes}")


def _is_count(n):
    return isinstance(n, int) and not isinstance(n, bool) and 0 <= n < 2**53


def tokens_of(text, vocabulary):
    """A text as numbers of tokens; where several fit, the longest.

    Raises
    ------
    ValueError
        If the text holds what is not in the vocabulary.
    """
    number = {token: v for v, token in enumerate(vocabulary)}
    longest, ids, at = max(map(len, vocabulary)), [], 0
    while at < len(text):
        tries = (text[at : at + n] for n in range(longest, 0, -1))
        found = next((token for token in tries if token in number), None)
        if found is None:
            raise ValueError(f"Generation: {text[at]!r} is not in the vocabulary")
        ids.append(number[found])
        at += len(found)
    return ids
