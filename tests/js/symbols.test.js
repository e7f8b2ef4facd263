import assert from "node:assert/strict";
import { test } from "node:test";
import temml from "temml";
import { latexOf } from "../../nnlib/widgets/js/engine/symbols.js";

const TABLE = {
  w1: "w_{1}",
  w10: "w_{10}",
  z_h1: "z_{h1}",
  x: "x",
  alpha: "\\alpha",
  gamma2: "\\gamma_{2}",
  theta_old: "\\theta_{old}",
  z_sigma1: "z_{\\sigma 1}",
  a_1_2: "a_{1,2}",
  eps: "\\varepsilon",
  "W1[0,1]": "W_{1}[0,1]",
  "dL/dw1": "\\frac{\\partial L}{\\partial w_{1}}",
  "dL/dz_h1": "\\frac{\\partial L}{\\partial z_{h1}}",
  "dL/dW1[0,1]": "\\frac{\\partial L}{\\partial W_{1}}[0,1]",
  "dL/dbeta": "\\frac{\\partial L}{\\partial \\beta}",
  "step7[2]": "\\mathit{step}_{7}[2]",
  logits: "\\mathit{logits}",
  "": "",
  42: "42",
  _: "\\_",
  "x_": "x\\_",
};

test("labels become LaTeX", () => {
  for (const [label, latex] of Object.entries(TABLE)) assert.equal(latexOf(label), latex);
});

test("what LaTeX would act on is escaped, and temml reads every result", () => {
  assert.equal(latexOf("\\href{x}"), "\\backslash href\\{x\\}");
  const strange = ["a%b", "a&b", "x^2", "{", "}", "$x$", "#1", "~", "\\", "a b", "<b>", "w'", "d/d", "dL/d", "[0]", "x[", "é1", "x_%", "x_{1}", "a\\_b", "x_\\"];
  for (const label of [...Object.keys(TABLE), ...strange]) {
    assert.doesNotThrow(() => temml.renderToString(latexOf(label), { throwOnError: true }), label);
  }
});
