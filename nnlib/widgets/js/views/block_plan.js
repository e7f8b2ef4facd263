// Reads from a trace what lies between two tensors of a residual stream: the branch, where it is added, and the norms.
import { areTexts, MOST } from "./attention_plan.js";
import { stepNamed } from "./missing.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {import("../engine/step.js").Step} Step */
/** Steps of one scope, and the scopes inside of it, in the order of computing; no other has its path. @typedef {{name: string, path: string, parts: (Group | number)[]}} Group */
/** @typedef {{from: number, to: number, add: number | null, branch: Group, line: Group, memory: boolean}} Layer branch: what is added; line: what the sum goes through on the stream itself */
/** @typedef {{stream: number[], gradients: (number | null)[], layers: Layer[], memory: number | null, boxes: string[]}} BlockPlan */

const MOST_STREAM = 33;

/** @param {Trace} trace @param {{stream: string[], memory?: string | null}} view @returns {BlockPlan} */
export function blockPlan(trace, view) {
  const stream = wholeStream(trace, view.stream.map((name) => stepNamed(trace, name)));
  const memory = view.memory ? stepNamed(trace, view.memory) : null;
  const gradients = stream.map((id) => {
    const { gradient, shape } = trace.steps[id];
    return gradient !== null && String(trace.steps[gradient].shape) === String(shape) ? gradient : null;
  });
  const layers = stream.slice(1).map((to, l) => layer(trace, stream[l], to, memory));
  return { stream, gradients, memory, layers, boxes: tellApart(layers.flatMap(({ branch, line }) => [...boxesIn(branch), ...boxesIn(line)])) };
}

/** @param {Group} group @returns {Group[]} */
function boxesIn({ parts }) {
  return parts.flatMap((part) => (typeof part === "number" ? [] : [part, ...boxesIn(part)]));
}

/** The second of two with one path is called so. @param {Group[]} boxes */
function tellApart(boxes) {
  const counts = /** @type {Map<string, number>} */ (new Map());
  return boxes.map((box) => {
    const count = (counts.get(box.path) ?? 0) + 1;
    counts.set(box.path, count);
    if (count > 1) box.path += `-${count}`;
    return box.path;
  });
}

/** The named tensors, and between two of them each tensor that all goes through and that is added to.
 * @param {Trace} trace @param {number[]} named @returns {number[]} */
function wholeStream(trace, named) {
  return named.flatMap((to, l) => (l === 0 ? [to] : [...addedTo(trace, named[l - 1], to), to]));
}

/** @param {Trace} trace @param {number} from @param {number} to */
function addedTo(trace, from, to) {
  const { steps } = trace;
  const inside = between(trace, from, to);
  const sources = inside.filter((id) => steps[id].op === "add").flatMap((id) => {
    const [a, b] = steps[id].inputs;
    return [[a, b], [b, a]].filter(([u, w]) => inside.includes(u) && between(trace, u, w).includes(w)).map(([u]) => u);
  });
  const shape = String(steps[from].shape);
  return [...new Set(sources)].filter((id) => id !== to && String(steps[id].shape) === shape && isPassed(trace, from, id, inside)).sort((a, b) => a - b);
}

/** Whether every way from `from` to the last of `inside` leads through a step. @param {Trace} trace @param {number} from @param {number} through @param {number[]} inside */
function isPassed({ steps }, from, through, inside) {
  const reached = new Set([from]);
  for (const id of inside) if (id !== through && steps[id].inputs.some((input) => reached.has(input))) reached.add(id);
  return !reached.has(inside[inside.length - 1]);
}

/** @param {Trace} trace @param {number} from @param {number} to @param {number | null} memory @returns {Layer} */
function layer(trace, from, to, memory) {
  const { steps } = trace;
  const inside = between(trace, from, to);
  const add = inside.findLast((id) => steps[id].op === "add" && steps[id].inputs.includes(from)) ?? null;
  const later = add === null ? [] : between(trace, add, to);
  const after = inside.filter((id) => later.includes(id));
  const branch = inside.filter((id) => id !== add && !after.includes(id));
  const reads = memory === null ? new Set() : new Set(between(trace, memory, to, from));
  const common = shared([...branch, ...after].map((id) => steps[id].scope));
  return { from, to, add, branch: grouped(steps, branch, common), line: grouped(steps, after, common), memory: branch.some((id) => reads.has(id)) };
}

/** The steps that are made of `from`, not by way of `but`, and go into `to`; both left out but for `to`. @param {Trace} trace @param {number} from @param {number} to @param {number} [but] */
function between({ steps }, from, to, but) {
  const made = new Set([from]);
  for (let id = from + 1; id <= to; id += 1) if (id !== but && steps[id].phase === "forward" && steps[id].inputs.some((input) => made.has(input))) made.add(id);
  const used = new Set([to]);
  for (let id = to; id > from; id -= 1) if (used.has(id)) steps[id].inputs.forEach((input) => used.add(input));
  return [...made].filter((id) => id !== from && used.has(id));
}

/** How many scopes all of them have in common. @param {string[][]} scopes */
function shared(scopes) {
  let depth = 0;
  while (scopes.length && scopes.every((scope) => scope.length > depth + 1 && scope[depth] === scopes[0][depth])) depth += 1;
  return depth;
}

/** Neighbours of one scope together. @param {Step[]} steps @param {number[]} ids @param {number} depth @returns {Group} */
function grouped(steps, ids, depth) {
  const root = /** @type {Group} */ ({ name: "", path: "", parts: [] });
  for (const id of ids) {
    let group = root;
    steps[id].scope.slice(depth).forEach((name, level) => {
      const last = group.parts.at(-1);
      if (typeof last === "object" && last.name === name) return void (group = last);
      const made = { name, path: steps[id].scope.slice(0, depth + level + 1).join("-").replaceAll("/", "-"), parts: [] };
      group.parts.push(made);
      group = made;
    });
    group.parts.push(id);
  }
  return root;
}

/** All steps of a group. @param {Group | number} part @returns {number[]} */
export function stepsOf(part) {
  return typeof part === "number" ? [part] : part.parts.flatMap(stepsOf);
}

/** The Euclidean norm. @param {ArrayLike<number>} numbers */
export function norm(numbers) {
  return Math.hypot(...Array.from(numbers));
}

/** @param {Float64Array} data @param {number} rows @returns {number[]} the norm of each row */
export function rowNorms(data, rows) {
  const columns = data.length / rows;
  return Array.from({ length: rows }, (_, r) => norm(data.subarray(r * columns, (r + 1) * columns)));
}

/** What is wrong with the names of a view, in a sentence, or null. @param {any} view @param {Trace} trace @returns {string | null} */
export function blockFault(view, trace) {
  if (!areTexts(view.tokens)) return `view.tokens is not a list of 1 to ${MOST.tokens} short texts.`;
  if (view.stream.length > MOST_STREAM) return `view.stream has ${view.stream.length} tensors, more than ${MOST_STREAM}.`;
  const steps = view.stream.map((/** @type {string} */ name) => trace.steps[trace.byName.get(name) ?? -1]);
  if (steps.some((/** @type {Step | undefined} */ step) => !step)) return null; // another variant's
  for (let i = 0; i < steps.length; i += 1) {
    const { name, shape, id } = steps[i];
    const fits = shape.length > 1 && shape.at(-2) === view.tokens.length && shape.at(-1) > 0 && shape.at(-1) <= MOST.features && shape.slice(0, -2).every((/** @type {number} */ n) => n === 1);
    if (!fits) return `view.stream[${i}] is ${JSON.stringify(name).slice(0, 40)} of shape (${shape.join(", ")}), not (${view.tokens.length}, d) with d up to ${MOST.features}.`;
    if (i > 0 && !between(trace, steps[i - 1].id, id).includes(id)) return `view.stream[${i}] is ${JSON.stringify(name).slice(0, 40)}, which does not come from the one before it.`;
  }
  const count = wholeStream(trace, steps.map((/** @type {Step} */ step) => step.id)).length;
  return count > MOST_STREAM ? `view.stream has ${count} tensors, more than ${MOST_STREAM}.` : null;
}
