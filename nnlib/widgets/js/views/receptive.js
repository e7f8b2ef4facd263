// What a place of a tensor sees of an image before it: kernels, strides, dilations and padding, read from the steps between.
//
// Place i along rows or columns sees the pixels i * jump + tap; pixels below 0 or beyond the end are padding. Rows,
// columns and channels are known by their stride in the flat data, which no reshape changes.
import { stridesOf } from "../engine/array.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {import("../engine/step.js").Step} Step */
/** `end` counts from the last axis: where an image has it. @typedef {{size: number, stride: number, end: number}} Part */
/** @typedef {Part & {taps: number[], jump: number}} Along sorted taps */
/** @typedef {Part & {run: number}} Channels channel k sees `run` channels from k * run on */
/** null: it sees everything. @typedef {{rows: Along | null, columns: Along | null, channels: Channels | null}} Sight */

const MOST_TAPS = 4096;

/** The sight that each step has of step `from`, an image (..., H, W); steps that do not depend on it have none.
 * @param {Trace} trace @param {number} from @returns {Map<number, Sight>} */
export function sightsFrom({ steps }, from) {
  const sights = new Map([[from, itself(steps[from].shape)]]);
  for (const step of steps) {
    if (step.id <= from || step.phase !== "forward") continue;
    const found = step.inputs.flatMap((id, argument) => {
      const sight = sights.get(id);
      return sight ? [through(step, argument, steps[id].shape, sight)] : [];
    });
    if (found.length) sights.set(step.id, found.reduce(both));
  }
  return sights;
}

/** @param {number[]} shape @returns {Sight} */
function itself(shape) {
  const [channels, height, width] = [shape.at(-3) ?? 1, shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  return {
    rows: { size: height, stride: width, end: -2, taps: [0], jump: 1 },
    columns: { size: width, stride: 1, end: -1, taps: [0], jump: 1 },
    channels: { size: channels, stride: height * width, end: -3, run: 1 },
  };
}

/** @param {Step} step @param {number} argument @param {number[]} shape of the argument @param {Sight} sight @returns {Sight} */
function through(step, argument, shape, sight) {
  if (step.op === "reshape") return sight;
  const to = axisAfter(step, argument, shape.length);
  const [before, after] = [stridesOf(shape), stridesOf(step.shape)];
  /** @template {Part} P @param {P | null} part @returns {P | null} */
  const moved = (part) => {
    const axis = part === null ? -1 : axisOf(part, shape, before);
    const next = axis < 0 ? -1 : to(axis);
    return next < 0 ? null : { .../** @type {P} */ (part), stride: (/** @type {P} */ (part).stride / before[axis]) * after[next] };
  };
  const slide = (/** @type {Along | null} */ along) => slid(step, along, moved(along), shape, before);
  const channels = outermost(sight.channels, shape, before);
  const shifted = ["pad", "narrow"].includes(step.op) && channels !== null && axisOf(channels, shape, before) === step.params.axis;
  return { rows: slide(sight.rows), columns: slide(sight.columns), channels: shifted ? null : moved(channels) };
}

/** The axis that holds a part whole, perhaps with others; -1 if none does. Of axes of length 1 several may.
 * @param {Part} part @param {number[]} shape @param {number[]} strides */
function axisOf({ size, stride, end }, shape, strides) {
  const holds = (/** @type {number} */ axis) => strides[axis] <= stride && stride * size <= strides[axis] * shape[axis];
  const usual = shape.length + end;
  return usual >= 0 && holds(usual) ? usual : shape.findLastIndex((_, axis) => holds(axis));
}

/** Channels that were parted into groups are known by their group. @param {Channels | null} channels @param {number[]} shape
 * @param {number[]} strides @returns {Channels | null} */
function outermost(channels, shape, strides) {
  if (channels === null || axisOf(channels, shape, strides) >= 0) return channels;
  const end = channels.stride * channels.size;
  const axis = shape.findIndex((n, a) => n > 1 && strides[a] * n === end && strides[a] % channels.stride === 0);
  return axis < 0 ? null : { ...channels, size: shape[axis], stride: strides[axis], run: channels.run * (strides[axis] / channels.stride) };
}

/** Which axis of the result an axis of the argument becomes; -1 where its places are mixed.
 * @param {Step} step @param {number} argument @param {number} rank of the argument @returns {(axis: number) => number} */
function axisAfter({ op, params, shape }, argument, rank) {
  const grown = shape.length - rank;
  const mixed = mixedAxes(op, params, argument, rank);
  const place = /** @type {Record<string, (axis: number) => number>} */ ({
    transpose: (axis) => params.axes.indexOf(axis),
    unfold: (axis) => (axis < 2 ? axis : axis + 2),
    sum: dropped(params, mixed), max: dropped(params, mixed), logsumexp: dropped(params, mixed),
  })[op] ?? ((axis) => axis + grown);
  return (axis) => (mixed.includes(axis) ? -1 : place(axis));
}

/** @param {Record<string, any>} params @param {number[]} gone */
const dropped = ({ keepdims }, gone) => (/** @type {number} */ axis) => (keepdims ? axis : axis - gone.filter((a) => a < axis).length);

/** @param {string} op @param {Record<string, any>} params @param {number} argument @param {number} rank @returns {number[]} */
function mixedAxes(op, params, argument, rank) {
  const all = Array.from({ length: rank }, (_, axis) => axis);
  if (op === "matmul") return [argument === 0 ? rank - 1 : rank - 2];
  if (op === "sum") return params.axes;
  if (["max", "logsumexp", "softmax", "first_max", "concat"].includes(op)) return [params.axis];
  if (op === "take" || op === "scatter_add") return argument === 0 && op === "take" ? [0] : all;
  return op === "fold" ? all : [];
}

/** Rows or columns after a step that slides, pads or cuts them. @param {Step} step @param {Along | null} along @param {Along | null} moved
 * @param {number[]} shape @param {number[]} strides @returns {Along | null} */
function slid({ op, params, shape: after }, along, moved, shape, strides) {
  if (!along || !moved || !["unfold", "pad", "narrow"].includes(op)) return moved;
  const axis = axisOf(along, shape, strides);
  if (op !== "unfold" && axis !== params.axis) return moved;
  if (op === "unfold" && axis < 2) return null;
  if (along.size !== shape[axis] || along.stride !== strides[axis]) return null;
  const { taps, jump } = along;
  if (op !== "unfold") {
    const shift = op === "pad" ? -params.before : params.start;
    return { ...moved, size: after[axis], taps: taps.map((tap) => tap + shift * jump) };
  }
  const [kernel, stride, dilation] = [params.kernel, params.stride, params.dilation].map((pair) => pair[axis - 2]);
  const offsets = Array.from({ length: kernel }, (_, k) => k * dilation * jump);
  return { ...moved, size: after[axis + 2], taps: union(offsets.map((o) => taps.map((tap) => tap + o))), jump: jump * stride };
}

/** @param {number[][]} lists */
function union(lists) {
  return [...new Set(lists.flat())].sort((a, b) => a - b).slice(0, MOST_TAPS);
}

/** What is seen on one way or the other, such as around a block and through it. @param {Sight} a @param {Sight} b @returns {Sight} */
function both(a, b) {
  return { rows: eitherOf(a.rows, b.rows), columns: eitherOf(a.columns, b.columns), channels: sameRun(a.channels, b.channels) };
}

/** @param {Along | null} a @param {Along | null} b @returns {Along | null} */
function eitherOf(a, b) {
  if (!a || !b || a.jump !== b.jump || a.stride !== b.stride) return null;
  return { ...a, size: Math.max(a.size, b.size), taps: union([a.taps, b.taps]) };
}

/** @param {Channels | null} a @param {Channels | null} b */
const sameRun = (a, b) => (a && b && a.run === b.run && a.stride === b.stride && a.size === b.size ? a : null);

/** Which place along an axis the element with this offset is. @param {Part} part @param {number} offset */
export const placeAlong = ({ size, stride }, offset) => Math.floor(offset / stride) % size;

/** The pixels that place i sees; some may lie in the padding. @param {Along} along @param {number} i */
export const pixelsOf = ({ taps, jump }, i) => taps.map((tap) => i * jump + tap);

/** Those that an element sees within the image; all of it where it has no place of its own.
 * @param {Along | null} along @param {number} offset of the element @param {number} count */
export function pixelsInside(along, offset, count) {
  if (!along) return Array.from({ length: count }, (_, i) => i);
  return pixelsOf(along, placeAlong(along, offset)).filter((pixel) => pixel >= 0 && pixel < count);
}

/** The places that see a pixel. @param {Along} along @param {number} pixel */
export function placesSeeing({ size, taps, jump }, pixel) {
  const seen = new Set(taps);
  return Array.from({ length: size }, (_, i) => i).filter((i) => seen.has(pixel - i * jump));
}

/** How many pixels lie between the outermost that one place sees, and those two. @param {Along} along */
export const spanOf = ({ taps }) => taps[taps.length - 1] - taps[0] + 1;

/** First and last channel that an element sees, of `count`. @param {Sight} sight @param {number} offset @param {number} count @returns {[number, number]} */
export function channelsSeen({ channels }, offset, count) {
  if (!channels) return [0, count - 1];
  const k = placeAlong(channels, offset);
  return [k * channels.run, Math.min(count, (k + 1) * channels.run) - 1];
}
