"""The Python side of the view that writes; its rules against the library's."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_parity import node

from nnlib import Tape, Trace, ops
from nnlib.language import next_token_probabilities, perplexity, sample
from nnlib.trace import decode, encode
from nnlib.widgets import Explorer, Generation, Tensors
from nnlib.widgets.generation_view import tokens_of

VIEWS = Path(__file__).parents[1] / "nnlib" / "widgets" / "js" / "views"
RULES = f"""
import {{ drawn, logProbability, perplexity, probabilities, tokensOf }}
  from '{(VIEWS / "generation_model.js").as_uri()}';
import {{ readFileSync }} from 'node:fs';
const odd = {{inf: Infinity, '-inf': -Infinity}};
const number = (x) => typeof x === 'number' ? x : odd[x] ?? NaN;
const text = (x) => Number.isFinite(x) ? x : x > 0 ? 'inf' : x < 0 ? '-inf' : 'nan';
const answers = JSON.parse(readFileSync(0)).map(([z, temperature, k, u]) => {{
  const logits = z.map(number);
  const p = probabilities(logits, temperature, k);
  const logs = logits.map((_, v) => logProbability(logits, v));
  return {{p: [...p].map(text), token: drawn(p, u), logs: logs.map(text),
    perplexity: text(perplexity(logs))}};
}});
console.log(JSON.stringify(answers));
"""


def recorded(token=(0.0,), V=3, H=2):
    """One step of a recurrent network of H units that knows V tokens."""
    tape = Tape()
    ids, h = tape.input("token", list(token)), np.zeros((1, H))
    if len(token) == 1:
        h = tape.input("h", h)
    x = ops.take(tape.input("E", np.ones((V, H))), ids)
    new = ops.tanh(x + h).named("h'")
    (new @ tape.input("W", np.ones((H, V)))).named("z")
    return Trace.from_tape(tape, title="A model that writes", loss=None)


def view(**changes):
    given = {"vocabulary": "abc", "token": "token", "logits": "z", "state": {"h": "h'"}}
    return Generation(**given | changes)


def test_the_view_is_json():
    made = Explorer(recorded(), view=view(prompt="ab", end="c", seed=4, top_k=2))
    assert made.spec["view"] == {
        "kind": "generation",
        "vocabulary": ["a", "b", "c"],
        "token": "token",
        "logits": "z",
        "state": [["h", "h'"]],
        "prompt": [0, 1],
        "end": "c",
        "temperature": 1.0,
        "top_k": 2,
        "seed": 4,
    }
    assert json.loads(json.dumps(made.spec)) == made.spec


def test_the_count_of_the_author_is_a_list_of_pairs():
    traces = {"window": recorded((1.0, 0.0)), "state": recorded((1.0,))}
    work = {1: (3, 4), 2: [30, 40]}
    made = Explorer(traces, view=view(prompt="b", window=2, work=work))
    assert made.spec["view"]["work"] == [[1, [3, 4]], [2, [30, 40]]]
    with pytest.raises(ValueError, match="work of 2 has 1 numbers, but the window 2"):
        Explorer(traces, view=view(prompt="b", work={2: [30]}))


def test_without_a_state_it_reads_a_window():
    made = Explorer(recorded((2.0, 0.0)), view=view(state={}, prompt="c"))
    assert made.spec["view"]["state"] == []


def test_a_variant_need_not_have_the_state():
    traces = {"window": recorded((1.0, 0.0)), "state": recorded((1.0,))}
    assert Explorer(traces, view=view(prompt="b"))
    with pytest.raises(ValueError, match="the trace has no tensor c"):
        Explorer(traces, view=view(prompt="b", state={"c": "h'"}))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"vocabulary": "a"}, "the vocabulary has 1 tokens, not 2 to 512"),
        ({"vocabulary": ["a", "b", ""]}, "token 2 is '', not a text"),
        ({"vocabulary": "aba"}, "'a' is twice in the vocabulary"),
        ({"prompt": "abd"}, "'d' is not in the vocabulary"),
        ({"end": "d"}, "end 'd' is not in the vocabulary"),
        ({"temperature": 0}, "temperature is 0, but must be above 0"),
        ({"temperature": math.nan}, "temperature is nan, but must be above 0"),
        ({"top_k": 0}, "top_k is 0, not 1 to 3"),
        ({"top_k": 4}, "top_k is 4, not 1 to 3"),
        (
            {"work": {1: [0.5]}},
            "work of 1 is [0.5], not a list of numbers of multiplications",
        ),
        (
            {"work": {1: []}},
            "work of 1 is [], not a list of numbers of multiplications",
        ),
        (
            {"work": {"1": [3]}},
            "work of '1' is [3], not a list of numbers of multiplications",
        ),
        ({"attention": "A"}, "attention is 'A', not a list of names"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(changes, sentence):
    with pytest.raises(ValueError) as refused:
        view(**changes)
    assert str(refused.value) == f"Generation: {sentence}"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"token": "ids"}, "the trace has no tensor ids"),
        ({"logits": "h'"}, "h' has shape (1, 2), not 3 logits for 1 tokens"),
        ({"vocabulary": "abcd"}, "z has shape (1, 3), not 4 logits for 1 tokens"),
        ({"state": {"h'": "h"}}, "h' is no input of the trace"),
        ({"state": {"h": "z"}}, "h has shape [1, 2], but z [1, 3]"),
        (
            {"work": {1: [3, 4]}, "window": 3},
            "work of 1 has 2 numbers, but the window 3 tokens",
        ),
        ({"prompt": "ba"}, "the trace begins with token = 0, the prompt with 1"),
    ],
)
def test_what_does_not_fit_the_trace_is_refused(changes, sentence):
    with pytest.raises(ValueError) as refused:
        Explorer(recorded(), view=view(**changes))
    assert str(refused.value) == f"Generation: {sentence}"


def test_other_views_are_not_asked_about_the_trace():
    assert Explorer(recorded(), view=Tensors(("z",)))


def test_the_longest_token_is_read():
    assert tokens_of("the then", ("t", "h", "e", "n", " ", "the")) == [5, 4, 5, 3]
    assert tokens_of("", "ab") == []


# ---------------------------------------------------------------- the page's rules


def asked(cases):
    """What the page makes of logits, temperature, top-k and u."""
    text = json.dumps([[encode(z), *rest] for z, *rest in cases])
    return json.loads(node("--input-type=module", "--eval", RULES, text=text))


class Fixed:
    """A generator whose next number is known."""

    def __init__(self, u):
        self.u = u

    def random(self, shape):
        return np.full(shape, self.u)


def random_cases(count):
    rng = np.random.default_rng(0)
    for i in range(count):
        V = int(rng.integers(2, 60))
        z = rng.normal(size=V) * 10 ** rng.uniform(-1, 2)
        if i % 3 == 0:
            z = np.round(z)  # equal ones
        if i % 7 == 0:
            z[rng.integers(V)] = -np.inf
        tau = float(10 ** rng.uniform(-1.5, 1.5))
        yield z, tau, int(rng.integers(1, V + 1)), float(rng.random())


EXTREMES = [
    (np.array([1e308, -1e308, 0.0]), 1e-5, 3, 0.5),
    (np.array([700.0, -700.0]), 0.01, 2, 0.999),
    (np.array([0.0, -0.0, 0.0]), 1.0, 2, 0.5),
    (np.array([1.0, 2.0]), 1e308, 2, 0.0),
    (np.array([1.0, 2.0]), 1e-300, 2, 0.0),
    (np.array([3.0, 3.0, 3.0]), 1.0, 1, 1 - 2**-53),
]


@pytest.mark.proof
def test_probabilities_and_draws_are_those_of_the_library():
    cases = [*random_cases(400), *EXTREMES]
    for (z, tau, k, u), answer in zip(cases, asked(cases), strict=True):
        with np.errstate(all="ignore"):
            p = next_token_probabilities(z, temperature=tau, top_k=k)
        found = decode(answer["p"], p.shape)
        np.testing.assert_allclose(found, p, rtol=1e-12, atol=1e-300)
        if np.isfinite(p).all():
            np.testing.assert_array_equal(found == 0, p == 0)
            rng = Fixed(u)
            (token,) = sample(z[None], rng=rng, temperature=tau, top_k=k)
            assert answer["token"] == token
        else:
            assert answer["token"] == -1


@pytest.mark.proof
def test_surprise_and_perplexity_are_those_of_the_library():
    cases = [case for case in random_cases(60) if np.isfinite(case[0]).all()]
    for (z, *_), answer in zip(cases, asked(cases), strict=True):
        logs = z - np.log(np.sum(np.exp(z - z.max()))) - z.max()
        np.testing.assert_allclose(answer["logs"], logs, rtol=1e-9, atol=1e-11)
        expected = perplexity(-np.array(answer["logs"]))
        np.testing.assert_allclose(float(answer["perplexity"]), expected, rtol=1e-12)


@given(st.text("abc<end>", max_size=12))
def test_a_text_and_its_tokens_are_each_others_way_back(text):
    vocabulary = ("a", "b", "c", "<", "e", "n", "d", ">", "<end>")
    ids = tokens_of(text, vocabulary)
    assert "".join(vocabulary[v] for v in ids) == text
    assert len(ids) == len(text) - 4 * text.count("<end>")
