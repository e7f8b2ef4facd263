"""Chapter 19: what its cells compute, print and accept, against frozen values."""

import json
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from stored_chapter import Chapter, numbers

from nnlib import language

ROOT = Path(__file__).parents[1]
STORED = Chapter("19")
printed = STORED.printed
FILE = Path(__file__).parent / "golden" / "recurrent.json"
GOLDEN = json.loads(FILE.read_text())["language_model"]
SLOW = ("train-result", "exposure-train", "exposure-numbers", "loop-endless")
close = {"rtol": 1e-12, "atol": 1e-14}


@pytest.fixture(scope="module")
def chapter():
    """The names that all cells but the trainings leave behind."""
    return STORED.run(STORED.all_but(SLOW))


def test_three_probabilities():
    chain = GOLDEN["chain_rule"]
    joint, nll, perplexity = numbers(printed("joint-numbers"))
    assert joint == chain["joint"]
    assert (nll, perplexity) == (round(chain["nll"], 4), round(chain["perplexity"], 4))
    last = numbers(printed("joint-dice").splitlines()[-1])
    assert last == [10_000, round(GOLDEN["uniform_loss"], 4), 10_000]


def test_the_text_is_what_its_description_says(chapter):
    text = (ROOT / "notebooks/data/alice.txt").read_text("ascii")
    about = (ROOT / "notebooks/data/alice.md").read_text("utf-8")
    assert f"{len(text):,}\ncharacters, of {len(set(text))} kinds" in about
    assert text.endswith(".\n") and "\n\n" not in text
    assert 40_000 <= len(text) <= 150_000
    assert len(chapter["held_out"]) == len(text) - len(text) * 9 // 10


@pytest.mark.parametrize("n", [0, 1, 2])
def test_counting_with_dictionaries(chapter, n):
    """The same perplexity without an array of 36 to the n cells."""
    seen, held_out = (list(map(int, chapter[k])) for k in ("seen", "held_out"))
    followers = defaultdict(Counter)
    for i in range(n, len(seen)):
        followers[tuple(seen[i - n : i])][seen[i]] += 1
    losses = []
    for i in range(n, len(held_out)):
        counts = followers[tuple(held_out[i - n : i])]
        share = (counts[held_out[i]] + 0.1) / (counts.total() + 3.6)
        losses.append(-np.log(share))
    expected = np.exp(np.mean(losses))
    assert chapter["counted"](n)[0] == pytest.approx(expected, rel=1e-10)


def test_sums_over_all_texts():
    for line in printed("end-numbers").splitlines():
        n, with_end, without = numbers(line)
        assert with_end == round(1 - 0.8 ** (n + 1), 4)
        assert without == n + 1


def test_the_word_is_a_product(chapter):
    """The loss is minus the logarithm of the product along the word."""
    found = chapter["trace"].replay({})
    said = [found[f"p{k}"][0] @ found[f"y{k}"][0] for k in range(1, 6)]
    np.testing.assert_allclose(np.exp(-found["L"]), np.prod(said), **close)


def test_p_minus_y_at_every_step(chapter):
    found = chapter["trace"].replay({"W[0,0]": 1.3, "b[1]": -0.4})
    for k in range(1, 6):
        expected = found[f"p{k}"] - found[f"y{k}"]
        np.testing.assert_allclose(found[f"dL/dz{k}"], expected, **close)


def after_training(trace, steps):
    """What the page finds after so many steps of training."""
    values = {}
    for _ in range(steps):
        found = trace.replay(values)
        for old, new in trace.updates.items():
            name, value = trace.steps[int(old)]["name"], trace.steps[new]["name"]
            values[name] = found[value]
    return trace.replay(values)


def test_training_in_the_page_passes_the_bigram_limit(chapter):
    found = after_training(chapter["trace"], 150)
    assert found["L"] < 2 * np.log(2)
    letters = chapter["letters"]
    assert [letters[found[f"p{k}"].argmax()] for k in range(1, 6)] == list("ello\n")


def test_no_bigram_does_better_than_the_limit():
    """Over all splits of l's probability; whatever else a letter predicts is lost."""
    a = np.linspace(0.001, 0.999, 999)
    best = np.min(-np.log(a) - np.log(1 - a)) / 5
    assert np.exp(best) == pytest.approx(2 ** (2 / 5), rel=1e-9)


def test_windows_continue_one_another(chapter):
    ids = np.arange(1000)
    found = chapter["windows"](ids, N=3, T=8)
    for (x, y), (following, _) in pairwise(found):
        np.testing.assert_array_equal(y, x + 1)
        np.testing.assert_array_equal(following[:, 0], x[:, -1] + 1)
    assert len({x[0, 0] for x, _ in found}) == len(found) == 999 // 24


def test_a_carried_state_is_the_state_of_one_long_text(chapter):
    read, alice = chapter["read"], chapter["alice"]
    ids = chapter["held_out"][None, :64]
    whole, _ = read(alice, ids, np.zeros((1, 64)))
    first, h = read(alice, ids[:, :32], np.zeros((1, 64)))
    second, _ = read(alice, ids[:, 32:], h)
    np.testing.assert_allclose(np.vstack([first, second]), whole, **close)


def test_one_pass_of_training_learns(chapter):
    before = chapter["first_weights"](np.random.default_rng(0))
    assert all(value.dtype == np.float32 for value in before.values())
    after = chapter["train"](before, chapter["windows"](chapter["seen"]), passes=1)
    held_out, score = chapter["held_out"], chapter["score"]
    assert score(after, held_out) < 12 < 30 < score(before, held_out)
    assert all(value.dtype == np.float32 for value in after.values())


def test_the_stored_weights_are_small_and_no_pickles():
    stored = np.load(ROOT / "notebooks/data/character_model.npz", allow_pickle=False)
    assert {name: stored[name].shape for name in stored} == {
        "E": (36, 16), "W_x": (16, 64), "W_h": (64, 64), "b": (64,),
        "W": (64, 36), "c": (36,)}  # fmt: skip
    assert all(np.array_equal(stored[n], stored[n].round(2)) for n in stored)
    assert numbers(printed("train-stored")) == [4.66]


def test_written_texts_do_not_hang_on_the_last_digit(chapter, monkeypatch):
    """Each draw is far from the border between two characters, on any machine."""
    margins = []

    def watched(z, *, rng, **how):
        p = language.next_token_probabilities(z, **how)
        copy = np.random.default_rng()
        copy.bit_generator.state = rng.bit_generator.state
        borders = np.concatenate([[0], np.cumsum(p), [1]])
        if how.get("top_k") != 1:
            margins.append(np.abs(borders - copy.random()).min())
        else:
            margins.append(np.diff(np.sort(z[0])[-2:]).item())
        return language.sample(z, rng=rng, **how)

    space = dict(chapter)
    write = type(chapter["write"])(chapter["write"].__code__, space, "write",
                                   chapter["write"].__defaults__)  # fmt: skip
    space["sample"] = watched
    for seed, prompt in enumerate(("hello", "alice ", "the queen ", "oh ")):
        write(prompt, seed=seed)
    write("alice ", 60, temperature=0.5)
    write("alice ", 60, seed=3, temperature=100)
    write("alice ", 5000, top_k=1)
    assert len(margins) > 5000 and min(margins) > 1e-7


def test_writing_stops_at_the_end_or_at_the_limit(chapter):
    write = chapter["write"]
    texts = [write("alice ", 100, seed=seed) for seed in range(30)]
    assert all(len(t) == 100 or t.endswith("↵") for t in texts)
    assert not any("↵" in t[:-1] or "\n" in t for t in texts)
    assert any(len(t) == 100 for t in texts) and any(len(t) < 100 for t in texts)
    assert printed("loop-texts").count("↵") == 3


def test_temperatures():
    rows = printed("loop-temperature").splitlines()
    by_name = {row.split(":")[0].strip(): numbers(row.split(":")[1]) for row in rows}
    for tau in ("0.5", "1.0", "2.0"):
        row = by_name[f"temperature {tau.removesuffix('.0'):>6}"]
        assert row == np.round(GOLDEN["temperature"][tau], 3).tolist()
    assert by_name["top-2"] == np.round(GOLDEN["top_k2"], 3).tolist()


def test_the_probability_of_a_sentence_step_by_step(chapter):
    """One character after another, with its end, is what log_p reads at once."""
    p, ids = chapter["alice"], chapter["encode"]("\nthe hare.\n")
    h, total = np.zeros(64), 0.0
    for now, following in pairwise(ids):
        h = np.tanh(p["E"][now] @ p["W_x"] + h @ p["W_h"] + p["b"])
        z = h @ p["W"] + p["c"]
        total += z[following] - np.log(np.exp(z).sum())
    assert chapter["log_p"]("the hare.") == pytest.approx(total, rel=1e-10)


def test_what_was_said():
    rows = printed("speech-numbers").splitlines()
    *_, hare, hair, hear, here = (numbers(row)[-1] for row in rows)
    assert hare > hair + 6 and here > hear
    assert len({len(row[:29].strip()) for row in rows[:2]}) == 1


def test_slips_stand_where_the_next_character_is_read(chapter):
    x = chapter["held_out"][None, :400]
    h = np.zeros((1, 64))
    none, every = (chapter["slipping"](share, np.random.default_rng(0))(
        chapter["alice"], x, h) for share in (0, 1.1))  # fmt: skip
    np.testing.assert_array_equal(none, x)
    assert every.shape == x.shape and every[0, 0] == x[0, 0]
    z, _ = chapter["read"](chapter["alice"], x, h)
    own = language.sample(z, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(every[0, 1:], own[:-1])


CLAIMS = """hello-check hello-differences train-result loop-endless exposure-numbers"""


@pytest.mark.parametrize("cell", CLAIMS.split())
def test_what_is_claimed_holds(cell):
    assert "True" in printed(cell) and "False" not in printed(cell)


def test_the_explorers_are_there_and_small():
    sizes = {slug: len(json.dumps(spec)) for slug, spec in STORED.specs().items()}
    assert set(sizes) == {"hello-rnn", "alice-writes"}
    assert all(size < 100_000 for size in sizes.values())


def test_the_page_computes_what_the_chapter_reads(chapter):
    alice, writer = chapter["alice"], chapter["writer"]
    ids, h = chapter["encode"]("\nthe q"), np.zeros((1, 64))
    for token in ids:
        found = writer.replay({"token": [token], "h0": h})
        h = found["h"]
    z, last = chapter["read"](alice, ids[None], np.zeros((1, 64)))
    np.testing.assert_allclose(found["z"][0], z[-1], rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(h, last, **close)
    assert chapter["vocabulary"][z[-1].argmax()] == "u"


ANSWERS = [
    (1, [1 / 64, 4], "right"),
    (1, [1 / 64, 64], "third root"),
    (1, [1 / 8, 8**0.5], "the end is a token"),
    (1, [1 / 64, 14 / 3], "average the logarithms"),
    (1, [1 / 64, 2**0.5], "not yet"),
    (2, [0.5, -0.75, 0.25, -1, 1.5, -0.5], "right"),
    (2, [-0.5, 0.75, -0.25, 1, -1.5, 0.5], "not y - p"),
    (2, [0.5, 0.25, 0.25, -1, -0.5, -0.5], "1 less"),
    (2, [0.5, -0.75, 0.25, 0.5, -0.75, 0.25], "h2 is -2"),
    (3, [0.511, 0.361, 0.667, 0.333], "right"),
    (3, [0.797, 0.199, 0.667, 0.333], "colder"),
    (3, [0.64, 0.32, 0.667, 0.333], "logits"),
    (3, [0.511, 0.361, 0.64, 0.32], "share the whole"),
    (5, [3130, 4], "right"),
    (5, [24.4, 4], "a power"),
    (5, [3130, 5], "average the losses"),
]


@pytest.mark.parametrize("number, answer, told", ANSWERS)
def test_exercises_tell_right_from_wrong(chapter, number, answer, told):
    given = {f"answer_{number}": answer}
    yours = STORED.verdict(f"exercise-{number}-check", chapter | given)
    assert told in yours
    assert ("not yet" in yours) != (told == "right")


def test_how_long_a_word_is(chapter):
    text = chapter["text"]
    assert f"has {len(text) / len(text.split()):.1f} characters" in (
        STORED.cells["exercise-5"].source
    )


def nucleus(keep, shared):
    def function(p, P):
        order = np.argsort(-p)
        kept = np.zeros_like(p)
        kept[keep(order, p, P)] = p[keep(order, p, P)]
        return kept / kept.sum() if shared and kept.any() else kept

    return function


def enough(order, p, P):
    return order[: np.searchsorted(np.cumsum(p[order]), P) + 1]


def too_many(order, p, P):
    return order[: np.sum(np.cumsum(p[order]) <= P) + 1]


def too_few(order, p, P):
    return order[np.cumsum(p[order]) <= P]


@pytest.mark.parametrize(
    "function, told",
    [
        (nucleus(enough, True), "right"),
        (nucleus(enough, False), "divide by its sum"),
        (nucleus(too_many, True), "exactly P is enough"),
        (nucleus(too_few, True), "falls short"),
        (nucleus(too_few, False), "two things"),
    ],
)
def test_the_nucleus(chapter, function, told):
    given = {"nucleus": function}
    assert told in STORED.verdict("exercise-4-check", chapter | given)
