"""The Python side of the explorer: its spec, its values, its fallback."""

import json
import re
from html.parser import HTMLParser

import pytest
import traitlets

from nnlib import Tape, Trace, gradient, scope
from nnlib.tape import PRIMITIVES
from nnlib.widgets import (
    Bars,
    Curve,
    Explorer,
    Network,
    Plane,
    Sheet,
    Slider,
    Tensors,
    Training,
)
from nnlib.widgets.source import source_of


@pytest.fixture
def trace():
    return product("a <b> & </script> trace")


def product(title, w=3.0):
    tape = Tape()
    x = tape.input("x", [[1.0, 2.0]], labels=["x1", "x2"])
    W = tape.input("W", [[w], [0.5]], labels=["w1", "w2"])
    with scope("layer"):
        L = (x @ W).named("L")
    gradient(L, [W])
    return Trace.from_tape(tape, title=title, loss=L)


def test_values_start_from_the_trace(trace):
    assert Explorer(trace, controls=["w1", "x2"]).values == {"w1": 3.0, "x2": 2.0}


def test_setting_one_value_changes_the_trait(trace):
    explorer, seen = Explorer(trace, controls=["w1", "w2"]), []
    explorer.observe(lambda change: seen.append(dict(change.new)), "values")
    explorer.values["w1"] = 1.5
    assert explorer.values == {"w1": 1.5, "w2": 0.5}
    assert seen == [{"w1": 1.5, "w2": 0.5}]


def test_values_can_be_linked(trace):
    one, two = Explorer(trace, controls=["w1"]), Explorer(trace, controls=["w1"])
    traitlets.link((one, "values"), (two, "values"))
    one.values["w1"] = -1.0
    assert two.values["w1"] == -1.0


def test_tensor_follows_the_values(trace):
    explorer = Explorer(trace, controls=["w1"])
    explorer.values["w1"] = 10
    assert explorer.tensor("L").tolist() == [[11.0]]
    assert explorer.tensor("dL/dW").tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"w9": 1.0}, "no control is called w9"),
        ({"w1": "1"}, "w1 needs a number, not '1'"),
        ({"w1": True}, "w1 needs a number, not True"),
        ({"w1": float("nan")}, "w1 needs a finite number"),
        ({"w1": float("inf")}, "w1 needs a finite number"),
    ],
)
def test_bad_values_are_refused_and_nothing_is_lost(trace, values, sentence):
    explorer = Explorer(trace, controls=["w1"])
    with pytest.raises(traitlets.TraitError, match=sentence):
        explorer.values = values
    assert explorer.values == {"w1": 3.0}


def test_controls_are_moved_but_not_removed(trace):
    explorer = Explorer(trace, controls=["w1", "w2"])
    explorer.values |= {"w1": 1.5}
    explorer.values.update(w2=2.5)
    assert explorer.values.setdefault("w1", 9) == 1.5
    with pytest.raises(traitlets.TraitError, match="no control is called w9"):
        explorer.values.setdefault("w9", 1.0)
    removals = (
        lambda values: values.pop("w1"),
        lambda values: values.pop("w9", None),
        lambda values: values.__delitem__("w1"),
        lambda values: values.clear(),
        lambda values: values.popitem(),
    )
    for remove in removals:
        with pytest.raises(TypeError, match="cannot be removed"):
            remove(explorer.values)
    assert explorer.values == {"w1": 1.5, "w2": 2.5}
    assert explorer.tensor("W").tolist() == [[1.5], [2.5]]


def test_no_trace_is_refused():
    with pytest.raises(ValueError, match="Explorer: there is no trace"):
        Explorer({})


@pytest.mark.parametrize("w", [float("inf"), float("nan")])
def test_a_control_on_no_number_is_refused(w):
    trace = product("not finite", w=w)
    with pytest.raises(ValueError, match=f"Slider w1: {w} is not a finite number"):
        Explorer(trace, controls=["w1"])


def test_an_unknown_control_is_refused(trace):
    with pytest.raises(ValueError, match="no number of the inputs is called w7"):
        Explorer(trace, controls=["w7"])


@pytest.mark.parametrize(
    "view",
    [
        Tensors(("nothing",)),
        Network(layers=("x", "nothing"), weights=("W",)),
        Curve("nothing", ("L",)),
        Training("x", "nothing", "L", "L"),
        Plane("x", "L", "nothing"),
        Plane("x", "L", "W", bias="nothing"),
        Plane("x", "L", "W", current="nothing"),
        Bars(("W", "nothing")),
        Sheet(("nothing",)),
    ],
)
def test_a_view_of_an_unknown_tensor_is_refused(trace, view):
    with pytest.raises(ValueError, match="the trace has no tensor nothing"):
        Explorer(trace, view=view)


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [
        (1, 1, 0.1),
        (2, 1, 0.1),
        (0, 1, 0),
        (0, 1, 2),
        (0, float("inf"), 1),
        (float("nan"), 1, 1),
    ],
)
def test_an_impossible_slider_is_refused(low, high, step):
    with pytest.raises(ValueError, match="Slider w:"):
        Slider("w", low, high, step)


@pytest.mark.parametrize(
    "ends",
    [
        ((0, 1),),
        ((1, 0), (0, 1)),
        ((0, 1), (0, float("inf"))),
        ((0,), (0, 1)),
        (0, 1),
        "01",
        3,
    ],
)
@pytest.mark.parametrize("view", [Plane, Training])
def test_an_impossible_box_is_refused(view, ends):
    sentence = rf"{view.__name__}: range .* is not \(\(x0, x1\), \(y0, y1\)\)"
    with pytest.raises(ValueError, match=sentence):
        view("x", "t", "w", "b", range=ends)


@pytest.mark.parametrize("ends", [(8, -8), (1,), (), (0, 1, 2), ("a", "b"), 3])
def test_an_impossible_range_is_refused(ends):
    with pytest.raises(ValueError, match=r"Curve: range .* is not \(x0, x1\)"):
        Curve("x", ("L",), ends)


NO_NAMES = [
    (lambda: Bars(()), "Bars: tensors is (), not a list of names"),
    (lambda: Bars("W"), "Bars: tensors is 'W', not a list of names"),
    (lambda: Sheet(()), "Sheet: tensors is (), not a list of names"),
    (lambda: Sheet("W"), "Sheet: tensors is 'W', not a list of names"),
    (lambda: Tensors("xy"), "Tensors: tensors is 'xy', not a list of names"),
    (lambda: Curve("x", "y"), "Curve: curves is 'y', not a list of names"),
    (
        lambda: Network(("x",), ()),
        "Network: layers is ('x',), not a list of at least 2 names",
    ),
    (
        lambda: Network(("x", "o"), "W"),
        "Network: weights is 'W', not a list of names",
    ),
    (
        lambda: Network(("x", "o"), ("W", "V")),
        "Network: weights has 2 names for 2 layers",
    ),
    (
        lambda: Network(("x", "h", "o"), ("W", "V"), pre=("a", "b", "c")),
        "Network: pre has 3 names for 3 layers",
    ),
    (
        lambda: Network(("x", "h", "o"), ("W", "V"), biases=("b",)),
        "Network: biases has 1 names for 3 layers",
    ),
]


@pytest.mark.parametrize(("view", "sentence"), NO_NAMES)
def test_a_list_of_no_names_is_refused(view, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        view()


def test_a_plane_leaves_out_what_it_does_not_have(trace):
    spec = Explorer(trace, view=Plane("x", "L", "W")).spec["view"]
    ends = [[-3, 3], [-3, 3]]
    named = {"kind": "plane", "points": "x", "targets": "L", "weights": "W"}
    assert spec == {**named, "range": ends}


def test_a_switch_is_zero_or_one(trace):
    controls = Explorer(trace, controls=[Slider.switch("w1")]).spec["controls"]
    assert controls == [{"target": "w1", "min": 0, "max": 1, "step": 1}]


class Roots(HTMLParser):
    def __init__(self):
        super().__init__()
        self.roots, self.scripts, self.captions, self._script = [], [], 0, False

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "data-explorer" in given:
            self.roots.append(given["data-explorer"])
        self._script = tag == "script"
        self.captions += tag == "caption"

    def handle_data(self, data):
        if self._script:
            self.scripts.append(data)


def test_the_html_survives_a_hostile_title(trace):
    explorer, page = Explorer(trace, slug='s"><img>'), Roots()
    page.feed(explorer.to_html())
    assert page.roots == ['s"><img>']
    assert len(page.scripts) == 1
    assert json.loads(page.scripts[0]) == explorer.spec
    assert page.captions == 1


def test_the_mime_bundle_has_html_and_a_fixed_text(trace):
    data = Explorer(trace, slug="s")._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    assert data["text/plain"] == f"Explorer('s', {len(trace.steps)} steps)"
    assert data["text/html"].startswith('<div data-explorer="s">')


def test_the_spec_names_the_source_of_each_op(trace):
    sources = Explorer(trace).spec["sources"]
    assert sources["matmul"]["forward"] == "y = np.matmul(x, W)\nreturn y"
    assert sources["matmul"]["vjp"] == [
        "lambda g, y, x, W: g @ W.T",
        "lambda g, y, x, W: x.T @ g",
    ]


def test_the_lines_of_a_rule_keep_their_indents():
    (rule,) = source_of("sum")["vjp"]
    assert rule == (
        "if not keepdims and g.ndim:\n"
        "    g = reshape(g, shape=_keep(x, axes))\n"
        "return broadcast_to(g, shape=x.shape)"
    )


def test_every_primitive_has_a_source():
    for op in PRIMITIVES:
        assert "return" in source_of(op)["forward"]


def test_variants_switch():
    variants = {"three": product("a"), "four": product("b", w=4.0)}
    explorer = Explorer(variants, controls=["w1"], slug="variants")
    assert explorer.values == {"w1": 3.0}
    assert [v["label"] for v in explorer.spec["variants"]] == ["three", "four"]
    explorer.variant = 1
    with pytest.raises(traitlets.TraitError, match="there are 2 variants"):
        explorer.variant = 2


def test_it_composes_with_ipywidgets(trace):
    import ipywidgets

    box = ipywidgets.VBox([Explorer(trace, controls=["w1"])])
    assert box.children[0].values == {"w1": 3.0}
