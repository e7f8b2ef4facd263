// Reads from a trace what a window does between an image and its output: pads, unfold, and whether it weighs, takes the largest or the mean.
import { MissingTensor, optionalStep, stepNamed } from "./missing.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {import("../engine/step.js").Step} Step */
/** @typedef {import("./window_geometry.js").Axis} Axis */
/**
 * @typedef {object} Plan           all ids are those of steps
 * @property {number} image
 * @property {number} output
 * @property {number | null} kernel
 * @property {number | null} bias
 * @property {{image: number | null, output: number | null, kernel: number | null, bias: number | null}} gradients
 * @property {number} product       the step that first holds what comes of the window
 * @property {Axis} rows
 * @property {Axis} columns
 * @property {number} channels
 * @property {number} filters
 * @property {number} own           channels that one filter sees
 * @property {"weights" | "max" | "mean"} work
 */

/** @param {Trace} trace @param {{image: string, output: string, kernel?: string | null, bias?: string | null}} view @returns {Plan} */
export function planOf(trace, view) {
  const [image, output] = [stepNamed(trace, view.image), stepNamed(trace, view.output)];
  const [kernel, bias] = [optionalStep(trace, view.kernel), optionalStep(trace, view.bias)];
  const found = windowBetween(trace, image, output);
  if (!found) throw new MissingTensor(`a window between ${view.image} and ${view.output}`);
  const { unfold, pads, after } = found;
  const [shape, made] = [trace.steps[image].shape, trace.steps[output].shape];
  const axis = (/** @type {0 | 1} */ k) => axisOf(trace.steps[unfold], pads, shape[k + 2], k);
  const gradient = (/** @type {number | null} */ id) => (id === null ? null : gradientOf(trace, id));
  return {
    image, output, kernel, bias, rows: axis(0), columns: axis(1), channels: shape[1], filters: made[1],
    own: kernel === null ? 1 : trace.steps[kernel].shape[1],
    gradients: { image: gradient(image), output: gradient(output), kernel: gradient(kernel), bias: gradient(bias) },
    product: after.find((id) => ["matmul", "max", "sum"].includes(trace.steps[id].op)) ?? output,
    work: kernel !== null ? "weights" : after.some((id) => trace.steps[id].op === "max") ? "max" : "mean",
  };
}

/** A gradient of the same shape: only then has each element its own. @param {Trace} trace @param {number} id */
function gradientOf(trace, id) {
  const { gradient, shape } = trace.steps[id];
  return gradient !== null && String(trace.steps[gradient].shape) === String(shape) ? gradient : null;
}

/** The last unfold before the output that looks at the image through padding alone, and the steps that follow it.
 * @param {Trace} trace @param {number} image @param {number} output */
function windowBetween(trace, image, output) {
  for (let id = output; id > image; id -= 1) {
    if (trace.steps[id].op !== "unfold") continue;
    const pads = padsBetween(trace, image, trace.steps[id].inputs[0]);
    const after = pads && stepsBetween(trace, id, output);
    if (pads && after) return { unfold: id, pads, after };
  }
  return null;
}

/** Pads from the image up to `id`, or null if something else lies between. The -inf that a maximum adds to its edge passes.
 * @param {Trace} trace @param {number} image @param {number} id @returns {Step[] | null} */
function padsBetween(trace, image, id) {
  /** @type {Step[]} */
  const pads = [];
  for (let step = trace.steps[id]; step.id !== image; step = trace.steps[step.inputs[0]]) {
    const edge = step.op === "add" && trace.steps[step.inputs[1]].op === "constant";
    if (step.op === "pad") pads.push(step);
    else if (!edge) return null;
  }
  return pads;
}

/** The steps that are made of `from` and go into `to`, in their order, or null if there are none. @param {Trace} trace @param {number} from @param {number} to */
function stepsBetween(trace, from, to) {
  const made = new Set([from]);
  for (let id = from + 1; id <= to; id += 1) if (trace.steps[id].inputs.some((input) => made.has(input))) made.add(id);
  return made.has(to) ? [...made].slice(1) : null;
}

/** @param {Step} unfold @param {Step[]} pads @param {number} n @param {0 | 1} k @returns {Axis} */
function axisOf({ params, shape }, pads, n, k) {
  const own = pads.filter((step) => step.params.axis === k + 2);
  const sum = (/** @type {"before" | "after"} */ side) => own.reduce((total, step) => total + step.params[side], 0);
  return { n, k: params.kernel[k], s: params.stride[k], d: params.dilation[k], before: sum("before"), after: sum("after"), out: shape[k + 4] };
}

/** What is wrong with the names of a view, in a sentence, or null. @param {any} view @param {Trace} trace */
export function windowFault(view, trace) {
  const ids = [view.image, view.output, view.kernel, view.bias].map((name) => trace.byName.get(name ?? ""));
  const [image, output, kernel, bias] = ids.map((id) => (id === undefined ? null : trace.steps[id]));
  if (!image || !output) return null;
  for (const [field, step] of [["image", image], ["output", output]]) {
    const { name, shape } = /** @type {Step} */ (step);
    if (shape.length !== 4 || shape[0] !== 1) return `view.${field} is "${name}" of shape [${shape}], not (1, channels, rows, columns).`;
  }
  const found = windowBetween(trace, image.id, output.id);
  if (!found) return `view.output is "${output.name}", and no window lies between "${image.name}" and it.`;
  const unfold = trace.steps[found.unfold];
  if (String(output.shape.slice(2)) !== String(unfold.shape.slice(4))) return `view.output is "${output.name}" of shape [${output.shape}], but the window fits ${unfold.shape[4]} x ${unfold.shape[5]} times.`;
  if (!view.kernel && output.shape[1] !== image.shape[1]) return `view.output is "${output.name}" with ${output.shape[1]} channels, but "${image.name}" has ${image.shape[1]} and there is no kernel.`;
  return kernel ? kernelFault(kernel, bias, image.shape[1], output.shape[1], unfold.params.kernel) : null;
}

/** @param {Step} kernel @param {Step | null} bias @param {number} channels @param {number} filters @param {number[]} size */
function kernelFault({ name, shape }, bias, channels, filters, size) {
  const own = shape[1];
  const fits = shape.length === 4 && shape[0] === filters && String(shape.slice(2)) === String(size) && own > 0 && channels % own === 0 && filters % (channels / own) === 0;
  if (!fits) return `view.kernel is "${name}" of shape [${shape}], which does not make ${filters} channels of ${channels} with a window of ${size.join(" x ")}.`;
  if (bias && bias.size !== filters) return `view.bias is "${bias.name}" with ${bias.size} numbers, not ${filters}.`;
  return null;
}
