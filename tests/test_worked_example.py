"""The 3-2-2 network, number by number, against values computed independently."""

import numpy as np
import pytest
from models import (
    EXAMPLE,
    LABELS,
    PARAMETERS,
    example_trace,
    example_values,
    forward,
    record_example,
)

from nnlib import Trace, value_and_grad

RATE = EXAMPLE["inputs"]["lr"]
close = {"rtol": 1e-12, "atol": 1e-15}


def elements(values):
    """Arrays by name -> numbers by element label; a scalar goes by its name."""
    found = {}
    for name, value in values.items():
        labels = LABELS.get(name, [name])
        found |= dict(zip(labels, np.ravel(value).tolist(), strict=True))
    return found


@pytest.fixture(scope="module")
def replayed():
    return example_trace(RATE).replay()


def test_forward(replayed):
    expected = EXAMPLE["forward"]
    for name, labels in {
        "z1": ["zh1", "zh2"], "h": ["h1", "h2"],
        "z2": ["zo1", "zo2"], "o": ["o1", "o2"], "L": ["loss"],
    }.items():  # fmt: skip
        np.testing.assert_allclose(
            np.ravel(replayed[name]), [expected[k] for k in labels], **close
        )
    errors = 0.5 * (replayed["o"] - replayed["y"]) ** 2
    np.testing.assert_allclose(
        errors.ravel(), [expected["E1"], expected["E2"]], **close
    )


def test_deltas(replayed):
    expected, h, o = EXAMPLE["deltas"], replayed["h"], replayed["o"]
    found = {
        "dL_do": replayed["dL/do"],
        "do_dzo": o * (1 - o),
        "delta_o": replayed["dL/dz2"],
        "dL_dh": replayed["dL/dh"],
        "dh_dzh": h * (1 - h),
        "delta_h": replayed["dL/dz1"],
    }
    for name, value in found.items():
        keys = [
            name.replace("o", "o{0}").replace("h", "h{0}").format(i) for i in (1, 2)
        ]
        if name.startswith("delta"):
            keys = [f"{name}{i}" for i in (1, 2)]
        np.testing.assert_allclose(value.ravel(), [expected[k] for k in keys], **close)


def test_all_twelve_gradients(replayed):
    found = elements({n: replayed[f"dL/d{n}"] for n in PARAMETERS})
    assert found.keys() == EXAMPLE["gradients"].keys() and len(found) == 12
    for label, expected in EXAMPLE["gradients"].items():
        np.testing.assert_allclose(found[label], expected, **close, err_msg=label)
    shared = found["b1"] + found["b2"]
    np.testing.assert_allclose(
        shared, EXAMPLE["gradient_shared_single_bias_b"], **close
    )


def test_the_two_paths_of_the_first_weight(replayed):
    """dL/dw1 runs through h1 only, along both outputs; the sum is the gradient."""
    delta_o, W2, h = replayed["dL/dz2"][0], replayed["W2"], replayed["h"][0]
    paths = delta_o * W2[0] * h[0] * (1 - h[0]) * replayed["x"][0, 0]
    expected = EXAMPLE["dL_dw1_paths"]
    np.testing.assert_allclose(paths, [expected["via_o1"], expected["via_o2"]], **close)
    np.testing.assert_allclose(replayed["dL/dW1"][0, 0], expected["total"], **close)
    wrong = delta_o[1] * W2[1, 1] * h[1] * (1 - h[1]) * replayed["x"][0, 0]
    np.testing.assert_allclose(wrong, expected["note001_garbled_second_path"], **close)
    np.testing.assert_allclose(paths[0] + wrong, expected["garbled_total"], **close)


def new_values(trace, replayed):
    """The inputs after the recorded update."""
    names = [step["name"] for step in trace.steps]
    return {names[int(old)]: replayed[names[new]] for old, new in trace.updates.items()}


def test_one_step_of_gradient_descent(replayed):
    trace, expected = example_trace(RATE), EXAMPLE["after_one_sgd_step"]
    moved = new_values(trace, replayed)
    found = elements(moved)
    assert found.keys() == expected["params"].keys()
    for label, value in expected["params"].items():
        np.testing.assert_allclose(found[label], value, **close, err_msg=label)
    after = trace.replay(moved)
    np.testing.assert_allclose(
        after["o"].ravel(), [expected["o1"], expected["o2"]], **close
    )
    np.testing.assert_allclose(after["L"], expected["loss"], **close)


def test_one_step_with_one_shared_bias(replayed):
    shared = 0.5 - RATE * (replayed["dL/db1"] + replayed["dL/db2"])
    np.testing.assert_allclose(
        shared, EXAMPLE["after_one_sgd_step"]["shared_single_bias_b"], **close
    )


def test_ten_thousand_steps():
    values = example_values()
    params = {n: values.pop(n) for n in PARAMETERS}
    step = value_and_grad(lambda p: forward({**p, **values_on(p, values)}))
    losses = {}
    for n in range(10_001):
        loss, grads = step(params)
        losses[n] = float(loss)
        if n < 10_000:
            params = {name: p - RATE * grads[name] for name, p in params.items()}
    for n, expected in EXAMPLE["training_loss_lr001"].items():
        np.testing.assert_allclose(
            losses[int(n)], expected, rtol=1e-12, err_msg=f"step {n}"
        )
    _, loss, _ = record_example({"x": values["x"], **params, "y": values["y"]})
    output = next(s for s in loss.tape.steps if s.name == "o")
    np.testing.assert_allclose(
        output.value.ravel(), EXAMPLE["output_after_10000_steps"], rtol=1e-12
    )


def values_on(params, values):
    """The data as inputs of the tape that the parameters are on."""
    tape = next(iter(params.values())).tape
    return tape.inputs(values)


def test_the_error_of_a_difference_quotient_falls_and_rises():
    """Truncation falls with h^2, then rounding takes over: the published curve."""
    measured = EXAMPLE["gradient_check_relative_error_vs_h"]
    exact = record_example()[2]
    exact = np.concatenate([np.ravel(exact[n].value) for n in PARAMETERS])
    for h in ("1e-01", "1e-02", "1e-03"):
        slopes = np.array(list(slopes_of(float(h))))
        error = np.linalg.norm(slopes - exact) / (
            np.linalg.norm(slopes) + np.linalg.norm(exact)
        )
        ratio = error / measured[h]
        assert 0.3 < ratio < 3, (h, error, measured[h])


def slopes_of(h):
    """Central differences along each of the twelve parameters."""
    for name in PARAMETERS:
        for index in np.ndindex(*np.shape(example_values()[name])):
            losses = []
            for t in (h, -h):
                values = example_values()
                values[name] = values[name].copy()
                values[name][index] += t
                losses.append(float(record_example(values)[1].value))
            yield (losses[0] - losses[1]) / (2 * h)


def test_the_trace_says_it_all():
    trace = example_trace(RATE)
    assert Trace.from_json(trace.to_json()).to_json() == trace.to_json()
    assert set(trace.outputs["gradients"]) == set(PARAMETERS)
    assert trace.steps[trace.outputs["loss"]]["name"] == "L"
