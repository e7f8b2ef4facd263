/**
 * Known slips. Each is computed on the numbers as they are: what would come out if the sign were turned, the
 * derivative forgotten, a path left out. A wrong answer that equals one of them can be told what to do.
 */
import { all, Asked, listed, replaced, signed, total } from "./asked.js";
import { lanes } from "./kernels_reduce.js";
import { number, valueOf } from "./nodes.js";
import { agrees } from "./questions.js";
import { sigmoid } from "./special.js";

/** @typedef {import("./nodes.js").Node} Node */
/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./array.js").NDArray} NDArray */
/** @typedef {import("./asked.js").Part} Part */
/** @typedef {{kind: string, value: number, parts: Part[]}} Slip */

const MOST_NEIGHBOURS = 16;
const TWICE = "The function is applied twice: once is enough.";

/**
 * The slips whose number differs from the right one and from those before it, the most instructive first.
 * @param {Trace} trace @param {NDArray[]} values @param {number} step @param {number} offset
 * @returns {Slip[]}
 */
export function slips(trace, values, step, offset) {
  const asked = new Asked(trace, values, step, offset);
  /** @type {Slip[]} */
  const found = [];
  for (const slip of RULES.flatMap((rule) => rule(asked))) {
    const known = agrees(slip.value, asked.right) || found.some(({ value }) => agrees(value, slip.value));
    if (Number.isFinite(slip.value) && !known) found.push(slip);
  }
  return found;
}

/** @param {string} kind @param {number} value @param {...Part} parts @returns {Slip} */
const slip = (kind, value, ...parts) => ({ kind, value, parts });

/** @param {Asked} asked @returns {Slip[]} */
function sign({ right, node, terms }) {
  const difference = all(node).find(({ kind }) => kind === "difference");
  const what = difference ? [": keep the order of ", ...listed([difference])] : [": count the minus signs"];
  const turned = terms.length > 1 ? terms.filter((term) => term.sign === "−") : [];
  return [
    slip("sign", -right, "The size is right and the sign is not", ...what, "."),
    ...turned.map((term) => slip("sign", right + 2 * valueOf(term.node), "A sign is turned: subtract ", ...listed([term.node]), ", do not add it.")),
  ];
}

/** A constant left out: the ½ of the loss, the 2 of the square, the learning rate, the N of a mean. @param {Asked} asked @returns {Slip[]} */
function factor(asked) {
  const { node, backward } = asked;
  return all(node).flatMap((parent) => {
    if (parent.kind !== "product" && parent.kind !== "quotient") return [];
    const constants = parent.kind === "product" ? parent.args.filter((arg) => asked.isConstant(arg)) : parent.args.slice(1).filter((arg) => asked.isConstant(arg));
    return constants.map((constant) => {
      const without = valueOf(replaced(node, (at) => (at === constant ? number(1) : null)));
      const value = valueOf(constant);
      if (parent.kind === "quotient" && value > 1 && value % 1 === 0) {
        return slip("mean", without, "This is the sum, not the average: divide by ", constant, ".");
      }
      const why = backward && value === 2 ? ": the derivative of a square is twice its base." : ".";
      return slip("factor", without, "The factor ", constant, " is missing", why);
    });
  });
}

/** Summed instead of averaged, averaged instead of summed. @param {Asked} asked @returns {Slip[]} */
function mean({ right, terms, averaged, backward, step }) {
  const count = terms.reduce((n, { node }) => n + (node.kind === "ellipsis" ? node.count : 1), 0);
  const found = [];
  if (backward && averaged) found.push(slip("mean", right * averaged, `The loss is an average: the factor 1/${averaged} belongs to its gradient.`));
  if (count > 1 && (backward || step.op === "sum")) {
    const already = averaged ? "; the average is already in the gradient that arrives." : ".";
    found.push(slip("mean", right / count, `This is the average of the ${count} terms: add them and do not divide`, already));
  }
  return found;
}

/** What arrives without the local slope, and the local slope without what arrives. @param {Asked} asked @returns {Slip[]} */
function slope({ paths, upstream, values, step, offset, backward }) {
  if (paths) {
    const [ups, locals] = [paths.map((path) => path.upstream), paths.map(({ local }) => local)];
    const value = (/** @type {Node[]} */ nodes) => total(paths.map(({ sign: s }, i) => ({ sign: s, node: nodes[i] })));
    const [arrives, local] = [listed(ups), listed(locals)];
    if (paths.length > 1) {
      return [
        slip("slope", value(ups), "The gradients that arrive are added as they are: multiply each by its local slope, ", ...local, "."),
        slip("upstream", value(locals), "The local slopes are added as they are: multiply each by the gradient that arrives on its path, ", ...arrives, "."),
      ];
    }
    return [
      slip("slope", value(ups), "This is ", ...arrives, " as it arrives: multiply it by the local slope ", ...local, "."),
      slip("upstream", value(locals), "This is the local slope ", ...local, " alone: multiply it by the gradient that arrives, ", ...arrives, "."),
    ];
  }
  if (!backward || upstream === null || upstream === step.id || values[upstream].size !== step.size) return [];
  return [slip("slope", values[upstream].data[offset], "This is the gradient as it arrives: take it through the local derivative.")];
}

/** One term only, or all but one. @param {Asked} asked @returns {Slip[]} */
function path({ trace, terms, backward, right }) {
  if (terms.length < 2) return [];
  const what = backward ? "path" : "term";
  const isBias = (/** @type {Node} */ node) => !backward && node.kind === "ref" && trace.steps[node.step].op === "input";
  return terms.flatMap((term, i) => {
    if (term.node.kind === "ellipsis") return [];
    const others = terms.filter((_, j) => j !== i).map(signed);
    const own = [signed(term)];
    return [
      slip("path", valueOf(own[0]), `Only one ${what} is counted, `, ...listed(own), ": add ", ...listed(others), "."),
      ...(terms.length > 2 ? [slip("missing", right - valueOf(own[0]), isBias(term.node) ? "The bias is missing: add " : `A ${what} is missing: add `, ...listed(own), ".")] : []),
    ];
  });
}

/** The Jacobian of softmax without what lies off its diagonal. @param {Asked} asked @returns {Slip[]} */
function diagonal(asked) {
  const { node, backward } = asked;
  const around = backward ? all(node).find((at) => at.kind === "difference" && at.args[0].kind === "ref" && asked.isGradient(at.args[0])) : null;
  if (around?.kind !== "difference") return [];
  return [slip("path", valueOf(replaced(node, (at) => (at === around ? at.args[0] : null))),
    "Only the direct path is counted: every output depends on this input, so subtract ", ...listed([around.args[1]]), " inside the brackets.")];
}

/** A matrix read along its other axis. @param {Asked} asked @returns {Slip[]} */
function transposed(asked) {
  const { trace, values, right } = asked;
  const at = productBehind(asked, asked.step, asked.offset);
  if (!at) return [];
  const { step: { shape: [, n], inputs }, offset } = at;
  const [A, B] = inputs.map((id) => trace.steps[id]);
  const depth = B.shape[0];
  const [i, j] = [Math.floor(offset / n), offset % n];
  if (asked.backward && A.op === "transpose") {
    // The gradient of a weight: its place in the transposed matrix.
    const rows = at.step.shape[0];
    const other = (offset % rows) * n + Math.floor(offset / rows);
    return [slip("transposed", values[at.step.id].data[other], "Rows and columns are exchanged: a row belongs to what goes in, a column to what comes out.")];
  }
  const turned = B.op === "transpose";
  const W = turned ? B.inputs[0] : B.id;
  const data = values[W].data;
  let wrong = 0;
  for (let k = 0; k < depth; k++) wrong += values[A.id].data[i * depth + k] * data[turned ? k * n + j : j * depth + k];
  const own = Array.from({ length: depth }, (_, k) => asked.ref(W, turned ? j * depth + k : k * n + j));
  return [slip("transposed", right - values[at.step.id].data[offset] + wrong, "The matrix is read along its other axis: the weights here are ", ...listed(own), ".")];
}

/**
 * The product of two plain matrices that makes an element, looking through the sums around it.
 * @param {Asked} asked @param {import("./step.js").Step} step @param {number} offset
 * @returns {{step: import("./step.js").Step, offset: number} | null}
 */
function productBehind(asked, step, offset) {
  const { steps } = asked.trace;
  if (step.op === "matmul") return step.inputs.every((id) => steps[id].shape.length === 2) ? { step, offset } : null;
  if (step.op !== "add") return null;
  const inner = step.inputs.map((id) => steps[id]).find(({ op, symbol, shape }) => op === "matmul" && symbol === null && String(shape) === String(step.shape));
  return inner ? productBehind(asked, inner, offset) : null;
}

const ACTIVATIONS = new Set(["sigmoid", "tanh", "maximum", "erf"]);

/** What stood before the activation in place of what came out of it. @param {Asked} asked @returns {Slip[]} */
function preActivation(asked) {
  const { steps } = asked.trace;
  /** @type {Map<string, [Node, Node]>} */
  const pairs = new Map();
  const wrong = replaced(asked.node, (leaf) => {
    if (leaf.kind !== "ref") return null;
    const { op, inputs, shape } = steps[leaf.step];
    if (!ACTIVATIONS.has(op) || String(steps[inputs[0]].shape) !== String(shape)) return null;
    const before = asked.ref(inputs[0], leaf.offset);
    pairs.set(leaf.label, [before, leaf]);
    return before;
  });
  const [z, a] = [0, 1].map((k) => listed([...pairs.values()].map((pair) => pair[k])));
  return pairs.size === 0 ? [] : [slip("pre", valueOf(wrong), "This takes ", ...z, " from before the activation: use ", ...a, ".")];
}

/** A function or a power left out, or taken twice. @param {Asked} asked @returns {Slip[]} */
function functions(asked) {
  const { node, right, step, backward } = asked;
  const found = [];
  if (node.kind === "call" && node.args.length > 0 && !backward) found.push(...left(node));
  const again = /** @type {Record<string, (x: number) => number>} */ ({ sigmoid, tanh: Math.tanh })[step.op];
  if (again && !backward) found.push(slip("twice", again(right), TWICE));
  if (step.op === "softmax") found.push(...softmax(asked));
  const root = all(node).find((at) => at.kind === "power" && at.exponent !== 1);
  if (root?.kind === "power") {
    const without = valueOf(replaced(node, (at) => (at === root ? root.args[0] : null)));
    const what = root.exponent === 2 ? ["The square is left out: square ", ...listed(root.args)] : ["The power is left out: take ", ...listed([root])];
    found.push(slip("power", without, ...what, "."));
  }
  return found;
}

/** @param {import("./nodes.js").Call} node @returns {Slip[]} */
function left({ name, args }) {
  const value = valueOf(args[0]);
  if (name === "max" || name === "greater" || name === "first_max") return [];
  if (name === "maximum") return args.map((arg, i) => slip("pre", valueOf(arg), "This is ", ...listed([arg]), " alone: take the larger of it and ", ...listed([args[1 - i]]), "."));
  return [slip("pre", value, "This is ", ...listed([args[0]]), `, which goes into the function: apply ${name === "sigmoid" ? "σ" : name} to it.`)];
}

/** @param {Asked} asked @returns {Slip[]} */
function softmax(asked) {
  const { step, offset, values } = asked;
  const { n, inner } = lanes(step.shape, step.params.axis);
  const start = Math.floor(offset / (n * inner)) * n * inner + (offset % inner);
  const lane = Array.from({ length: n }, (_, k) => start + k * inner);
  const [x, y] = [values[step.inputs[0]].data, values[step.id].data];
  const share = (/** @type {(k: number) => number} */ f) => f(offset) / lane.reduce((all_, k) => all_ + f(k), 0);
  return [
    ...[0, Math.max(...lane.map((k) => x[k]))].map((shift) =>
      slip("softmax", Math.exp(x[offset] - shift), "This is the exponential alone: divide it by the sum of all of them.")),
    slip("softmax", share((k) => x[k]), "The logits are shared out as they are: take the exponential of each first."),
    slip("twice", share((k) => Math.exp(y[k])), TWICE),
  ];
}

/** Another element of the same tensor. @param {Asked} asked @returns {Slip[]} */
function neighbour(asked) {
  const { step: { id, size }, values, offset } = asked;
  const others = Array.from({ length: Math.min(size, MOST_NEIGHBOURS) }, (_, k) => k).filter((k) => k !== offset);
  return others.map((k) => slip("element", values[id].data[k], "That is another element, ", asked.ref(id, k), ": the question is about ", asked.ref(id, offset), "."));
}

const RULES = [sign, factor, mean, slope, path, diagonal, transposed, preActivation, functions, neighbour];
