"""A language model that writes, on a page of small explorers."""

import numpy as np
import pytest
from drawings import axe_findings, specs_of
from explorers import (
    NUMBERS,
    assert_agree,
    assert_stops,
    change,
    choose_size,
    press,
    replayed,
    reset,
    resized,
    settle,
)
from writing_pages import writing_explorers

from nnlib import Trace
from nnlib.language import next_token_probabilities

EXPLORERS = writing_explorers()
SPECS = specs_of(EXPLORERS)
TEXT = "(root) => root.querySelector('.nn-gen-sheet').textContent"
READ = """
(root) => [...root.querySelectorAll('.nn-gen-letter:not(.is-ahead)')]
  .map((e) => e.textContent).join('')
"""
SHARES = """
(root) => Object.fromEntries([...root.querySelectorAll('.nn-gen-row')]
  .filter((row) => row.querySelector('.nn-gen-token'))
  .map((row) => [row.querySelector('.nn-gen-logit [data-index]').dataset.index,
    [Number(row.querySelector('.nn-gen-share').title),
     row.classList.contains('is-drawn')]]))
"""


def begin(root):
    if root.get_attribute("data-explorer") == "gpt":
        root.get_by_label("no cache", exact=True).check(force=True)
    reset(root, "Last step")


def press_in_vain(root, name):
    """A button that says it is off can be pressed all the same."""
    root.get_by_role("button", name=name, exact=True).click(force=True)
    settle(root.page)


def write(root):
    """Press Write 40 and wait until it is done."""
    press(root, "Write 40")
    root.get_by_role("button", name="Write 40", exact=True).wait_for()
    settle(root.page)


def put(root, name, text):
    root.get_by_label(name, exact=True).fill(text)
    settle(root.page)


def inputs(slug, text, variant=0):
    """What must be in the inputs once a text is read, by Python: one step at a time."""
    view, trace = SPECS[slug]["view"], _trace(slug, variant)
    ids = [view["vocabulary"].index(token) for token in text]
    names = {step["name"]: step for step in trace.steps}
    places = int(np.prod(names[view["token"]]["shape"]))
    if places > 1:
        window = ids[-places:]
        return {view["token"]: np.array(window + [0] * (places - len(window)), float)}
    pairs, fed = [pair for pair in view["state"] if pair[0] in names], {}
    for i, token in enumerate(ids):
        if i:
            values = trace.replay(fed)
            fed = {old: values[new] for old, new in pairs}
        fed[view["token"]] = np.full(names[view["token"]]["shape"], float(token))
    return fed


def _trace(slug, variant=0):
    return Trace.from_json(SPECS[slug]["variants"][variant]["trace"])


def assert_reads(root, slug, text, variant=0):
    """Every number on the page is Python's after this text."""
    assert root.evaluate(READ).replace("↵\n", "\n") == "".join(text)
    trace = _trace(slug, variant)
    values = trace.replay(inputs(slug, text, variant))
    expected = replayed(SPECS[slug], variant, {})._replace(values=values)
    assert_agree(root.evaluate(NUMBERS), expected, f"{slug} after {text!r}")
    return values


def logits(slug, values, text):
    view = SPECS[slug]["view"]
    z = values[view["logits"]].reshape(-1, len(view["vocabulary"]))
    return z[min(len(text), len(z)) - 1]


# ---------------------------------------------------------------- every number


@pytest.mark.parametrize("size", ["big", "small"])
@pytest.mark.parametrize("slug", SPECS)
def test_every_stop_shows_the_numbers_of_python(get, slug, size):
    root = get(slug)
    choose_size(root, size)
    values = replayed(SPECS[slug], 0, {})
    assert_stops(root, values, slug)


@pytest.mark.parametrize("slug", ["lstm", "rnn"])
def test_after_each_character_every_stop_shows_them_too(get, slug):
    root = get(slug)
    for _ in range(6):
        press(root, "Next character")
    text = _tokens(root)
    values = assert_reads(root, slug, text)
    expected = replayed(SPECS[slug], 0, {})._replace(values=values)
    assert_stops(root, expected, slug)


def _tokens(root):
    letters = root.locator(".nn-gen-letter:not(.is-ahead)").all_text_contents()
    return [letter.replace("↵\n", "\n") for letter in letters]


def test_the_prompt_is_read_first(get):
    root = get("rnn")
    assert root.evaluate(READ) == "h"
    for text in ("he", "hel"):
        press(root, "Next character")
        assert_reads(root, "rnn", text)
    assert root.locator(".nn-gen-needle").is_visible()
    assert root.locator(".nn-gen-letter:not(.is-given)").count() == 0
    press(root, "Next character")
    assert root.locator(".nn-gen-letter:not(.is-given)").count() == 1


@pytest.mark.parametrize(
    ("temperature", "top_k"),
    [
        ("1", "38"),
        ("0.1", "38"),
        ("10", "5"),
        ("0.37", "12"),
        ("1e-9", "3"),
        ("1e9", "2"),
    ],
)
def test_probabilities_are_those_of_the_library(get, temperature, top_k):
    root = get("lstm")
    put(root, "Prompt", "a rabbit, ")
    put(root, "temperature as a number", temperature)
    put(root, "top-k as a number", top_k)
    values = assert_reads(root, "lstm", "a rabbit, ")
    z = logits("lstm", values, "a rabbit, ")
    p = next_token_probabilities(z, temperature=float(temperature), top_k=int(top_k))
    shown = root.evaluate(SHARES)
    best = sorted(range(len(z)), key=lambda v: -z[v])[:12]
    assert {int(index.split(",")[-1]) for index in shown} == set(best)
    for index, (share, _) in shown.items():
        v = int(index.split(",")[-1])
        np.testing.assert_allclose(share, p[v], rtol=1e-12, atol=1e-300)
    u = float(root.locator(".nn-gen-needle").get_attribute("aria-valuenow"))
    token = int(np.sum(np.cumsum(p) <= u * np.sum(p)))
    assert [int(i.split(",")[-1]) for i, (_, d) in shown.items() if d] == [token]


# ---------------------------------------------------------------- writing


@pytest.mark.parametrize("slug", ["lstm", "gpt"])
def test_the_same_seed_writes_the_same_text(get, slug):
    root = get(slug)
    write(root)
    text = root.evaluate(TEXT)
    press(root, "Start over")
    prompt = SPECS[slug]["view"]["prompt"]
    assert len(_tokens(root)) == len(prompt)
    write(root)
    assert root.evaluate(TEXT) == text
    assert len(_tokens(root)) == len(prompt) + 40
    put(root, "seed", "1")
    press(root, "Start over")
    write(root)
    assert root.evaluate(TEXT) != text
    assert_reads(root, slug, _tokens(root))
    press(root, "Reset")
    assert root.get_by_label("seed", exact=True).input_value() == "0"
    write(root)
    assert root.evaluate(TEXT) == text


def test_top_1_writes_the_largest_each_time(get):
    root = get("lstm")
    put(root, "Prompt", "why")
    put(root, "top-k as a number", "1")
    put(root, "temperature as a number", "10")
    text = list("why")
    for _ in range(5):
        z = logits("lstm", assert_reads(root, "lstm", text), text)
        text.append(SPECS["lstm"]["view"]["vocabulary"][int(np.argmax(z))])
        press(root, "Next character")
        assert _tokens(root) == text


def test_u_may_be_set_by_hand(get):
    root = get("lstm")
    put(root, "Prompt", "so ")
    needle = root.get_by_role("slider", name="u, the number that draws")
    needle.focus()
    root.page.keyboard.press("Home")
    settle(root.page)
    values = assert_reads(root, "lstm", "so ")
    p = next_token_probabilities(logits("lstm", values, "so "))
    first = SPECS["lstm"]["view"]["vocabulary"][int(np.argmax(p > 0))]
    assert needle.get_attribute("aria-valuenow") == "0.0000"
    root.page.keyboard.press("ArrowRight")
    root.page.keyboard.press("ArrowLeft")
    press(root, "Next character")
    assert _tokens(root) == [*"so ", first]
    box = root.locator(".nn-gen-lots").bounding_box()
    root.page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 8)
    settle(root.page)
    assert abs(float(needle.get_attribute("aria-valuenow")) - 0.75) < 0.01


def test_the_end_stops_it(get):
    root = get("rnn")
    end = SPECS["rnn"]["view"]["vocabulary"].index("<end>")
    put(root, "temperature as a number", "1000")
    for seed in range(40):
        put(root, "seed", str(seed))
        press(root, "Start over")
        write(root)
        if "<end>" in _tokens(root):
            break
    tokens = _tokens(root)
    assert tokens[-1] == "<end>" and tokens.count("<end>") == 1
    assert "The text has ended" in root.locator(".nn-gen-drawn").inner_text()
    press_in_vain(root, "Next character")
    assert _tokens(root) == tokens
    press(root, "Start over")
    assert _tokens(root) == list("hel")
    assert end == 4


def test_the_cache_writes_the_same_with_less_work(get):
    root = get("gpt")
    write(root)
    text, tokens = root.evaluate(TEXT), _tokens(root)
    said = root.locator(".nn-gen-perplexity").inner_text()
    shares = root.evaluate(SHARES)
    assert len(tokens) == 43
    root.get_by_label("cache", exact=True).check(force=True)
    settle(root.page)
    assert root.evaluate(TEXT) == text
    assert root.locator(".nn-gen-perplexity").inner_text() == said
    other = root.evaluate(SHARES)
    by_token = lambda shares: {int(k.split(",")[-1]): v[0] for k, v in shares.items()}  # noqa: E731
    for v, share in by_token(shares).items():
        np.testing.assert_allclose(by_token(other)[v], share, rtol=1e-10)
    press(root, "Start over")
    put(root, "Prompt", "fad")
    assert_reads(root, "gpt", "fad", variant=1)
    assert "96" not in root.locator(".nn-gen-cache").inner_text()
    cached = _work(root)
    write(root)
    assert "8 ×" in root.locator(".nn-gen-work").inner_text(), "the window moved on"
    after = _tokens(root)
    root.get_by_label("no cache", exact=True).check(force=True)
    settle(root.page)
    press(root, "Start over")
    write(root)
    assert _tokens(root) == after
    assert _work(root) > 4 * cached


def _work(root):
    words = root.locator(".nn-gen-work").inner_text()
    return int(words.split(" multiplications")[0].replace(",", ""))


def test_the_work_is_what_the_shapes_say(get):
    root = get("lstm")
    H, D, V = 48, 24, len(SPECS["lstm"]["view"]["vocabulary"])
    assert _work(root) == D * 4 * H + H * 4 * H + H * V


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("thé", "é is none of the 38 tokens that the model knows."),
        ("", "The prompt needs at least one token."),
        ("a" * 201, "The prompt has 201 tokens, but at most 200 are read."),
    ],
)
def test_a_prompt_that_cannot_be_read_changes_nothing(get, typed, sentence):
    root = get("lstm")
    put(root, "Prompt", "well")
    put(root, "Prompt", typed)
    said = root.locator(".nn-gen-bar .ex-sentence").inner_text()
    assert said == f"{sentence} The text stays as it is."
    assert_reads(root, "lstm", "well")
    root.get_by_role("button", name="Next character", exact=True).focus()
    settle(root.page)
    assert root.get_by_label("Prompt", exact=True).input_value() == "well"
    assert root.locator(".nn-gen-bar .ex-sentence").inner_text() == ""


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("temperature as a number", "0", "The temperature must be above 0."),
        ("temperature as a number", "-2", "The temperature must be above 0."),
        ("top-k as a number", "39", "top-k is a whole number from 1 to 38."),
        ("top-k as a number", "2.5", "top-k is a whole number from 1 to 38."),
        ("seed", "0.5", "The seed is a whole number."),
    ],
)
def test_a_number_that_does_not_fit_is_explained(get, field, typed, sentence):
    root = get("lstm")
    before = root.evaluate(SHARES)
    put(root, field, typed)
    said = root.locator(".nn-gen-knobs .ex-sentence").inner_text()
    assert said.startswith(sentence)
    assert root.evaluate(SHARES) == before


def test_overflow_is_survived_and_told(get):
    root = get("rnn")
    press(root, "Next character")
    change(root, {"W[0,0]": -1e308, "gain": 1e308})
    press_in_vain(root, "Next character")
    press_in_vain(root, "Next character")
    said = root.locator(".nn-gen-drawn").inner_text()
    assert said == "The probabilities are no numbers, so nothing can be drawn."
    assert _tokens(root) == list("hel"), "the prompt is read all the same"
    press(root, "Reset")
    assert_reads(root, "rnn", "h")


@pytest.mark.parametrize("end", [-1e308, 1e308])
def test_however_cold_the_largest_logit_is_drawn(get, end):
    root = get("rnn")
    change(root, {"W[0,0]": end})
    put(root, "temperature as a number", "5e-324")
    press(root, "Next character")
    press(root, "Next character")
    shares = root.evaluate(SHARES).values()
    assert sorted(share for share, _ in shares) == [0, 0, 0, 0, 1]
    assert [share for share, drawn in shares if drawn] == [1]
    press(root, "Next character")
    assert _tokens(root)[:3] == list("hel") and len(_tokens(root)) == 4


def test_a_control_on_the_token_is_the_text(get):
    root = get("rnn")
    press(root, "Next character")
    change(root, {"token": 3})
    settle(root.page)
    assert root.evaluate(READ) == "ho"
    put(root, "token as a number", "2.5")
    assert root.evaluate(READ) == "ho"
    put(root, "token as a number", "4")
    assert root.evaluate(READ) == "h<end>"


def test_a_state_changed_by_hand_goes_on(get):
    root = get("rnn")
    put(root, "h0[0,1] as a number", "0.9")
    trace = _trace("rnn")
    first = trace.replay({"h0": np.array([[0.0, 0.9, 0.0]])})
    press(root, "Next character")
    values = trace.replay({"token": 1.0, "h0": first["h"]})
    expected = replayed(SPECS["rnn"], 0, {})._replace(values=values)
    assert_agree(root.evaluate(NUMBERS), expected, "rnn")


def test_what_is_not_yet_computed_is_a_dot(get):
    root = get("lstm")
    press(root, "First step")
    settle(root.page)
    shares = root.locator(".nn-gen-share").all_inner_texts()
    assert set(shares) == {"·"}
    assert "waits for the logits" in root.locator(".nn-gen-drawn").inner_text()


# ---------------------------------------------------------------- the page


def test_all_of_it_by_keyboard(get):
    root = get("lstm")
    root.get_by_label("Prompt", exact=True).focus()
    keyboard = root.page.keyboard
    keyboard.press("Control+A")
    keyboard.type("oh")
    keyboard.press("Tab")
    keyboard.press("Enter")
    settle(root.page)
    assert len(_tokens(root)) == 3
    live = root.locator(".ex-hidden[aria-live]").text_content()
    assert live.startswith("Drawn: ")
    for _ in range(2):
        keyboard.press("Tab")
    keyboard.press("Space")
    settle(root.page)
    assert _tokens(root) == list("oh")
    assert root.get_attribute("data-step") == str(
        int(root.get_attribute("data-steps")) - 1
    )


def test_links_still_lead_here(get):
    root = get("rnn")
    press(root, "Next character")
    root.page.evaluate("location.hash = '#rnn?step=2&size=small&set.token=3'")
    settle(root.page)
    assert root.get_attribute("data-step") == "2"
    assert root.evaluate(READ) == "o"
    root.page.evaluate("location.hash = ''")


def test_a_link_holds_the_text(get):
    root, page = get("lstm"), get("lstm").page
    put(root, "Prompt", "who? ")
    put(root, "temperature as a number", "0.5")
    for _ in range(3):
        press(root, "Next character")
    text, shares = _tokens(root), root.evaluate(SHARES)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: null})")
    press(root, "Link to here")
    link = root.get_by_label("Link to this state").input_value()
    press(root, "Reset")
    assert _tokens(root) == ["t"]
    page.evaluate("hash => { location.hash = hash; }", link.split("#")[1])
    settle(page)
    assert _tokens(root) == text
    assert root.evaluate(SHARES) == shares
    assert_reads(root, "lstm", text)
    press(root, "Next character")
    after = _tokens(root)
    press(root, "Start over")
    assert _tokens(root) == list("who? ")
    for _ in range(4):
        press(root, "Next character")
    assert _tokens(root) == after
    page.evaluate("location.hash = ''")


@pytest.mark.parametrize("link", ["", "1", "1_0_0_1_9_0_size_99", "<img>", "_" * 7])
def test_a_link_that_cannot_be_is_said_to_be_unknown(get, link):
    root = get("lstm")
    root.page.evaluate("v => { location.hash = `lstm?step=2&view=${v}`; }", link)
    settle(root.page)
    assert _tokens(root) == ["t"]
    assert root.get_attribute("data-step") == "2"
    if link:
        said = root.locator(".ex-readout").inner_text()
        assert said.endswith("left out: view.")
    root.page.evaluate("location.hash = ''")


@pytest.mark.parametrize("slug", SPECS)
def test_nothing_sticks_out_and_it_fits_a_screen(get, opened, slug):
    root = get(slug)
    write(root)
    stage = root.locator(".ex-stage")
    for width in (320, 912, 1440):  # 912: as beside a contents
        resized(opened, width)
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        assert stage.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
        if width >= 840:
            assert root.bounding_box()["height"] <= 640
            assert stage.evaluate("e => e.scrollHeight - e.clientHeight") <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_no_finding(get, opened, theme):
    for slug in SPECS:
        press(get(slug), "Next character")
    assert not axe_findings(opened, theme)
