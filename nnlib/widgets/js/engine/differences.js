/**
 * Central differences of the loss, on a second replay, so that what is on show stays as it is. Python's twin is
 * tools/finite_differences.py, which also says what the verdicts mean.
 */

/** @typedef {import("./replay.js").Replay} Replay */
/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {"agrees" | "faint" | "kink" | "odd" | "differs"} Verdict */
/** @typedef {{step: number, offset: number, gradient: number}} Place  an element of an input, and the step with its gradient */
/** @typedef {{left: number, across: number, right: number}} Slopes */
/**
 * `deviation` is relative to the largest entry of the same gradient; NaN where digits cannot be compared.
 * @typedef {Place & {value: number, difference: number, verdict: Verdict, deviation: number, left: number, right: number}} Row
 */

const TOLERANCE = 1e-6;
const FAINT = 1e4;
const CLOSER = 64;
// Through these a rounding error of a term reaches the loss undiminished.
const ADDING = new Set("add sub neg sum max maximum logsumexp reshape transpose broadcast_to narrow concat pad take".split(" "));

/** Every element of every input that has a gradient of the loss. @param {Trace} trace @returns {Place[]} */
export function places({ steps, outputs, byName }) {
  if (outputs.loss === null) return [];
  return Object.entries(outputs.gradients).flatMap(([name, gradient]) => {
    const step = byName.get(name);
    if (step === undefined || steps[step].op !== "input" || steps[step].size !== steps[gradient].size) return [];
    return Array.from({ length: steps[step].size }, (_, offset) => ({ step, offset, gradient }));
  });
}

/**
 * At most `most` of them: first those that are wanted, then evenly spaced ones.
 * @template T
 * @param {T[]} all @param {number} most @param {(item: T) => boolean} wanted
 */
export function sample(all, most, wanted) {
  const first = all.filter(wanted).slice(0, most);
  const rest = all.filter((item) => !first.includes(item));
  const room = Math.min(most - first.length, rest.length);
  return [...first, ...Array.from({ length: room }, (_, i) => rest[Math.floor((i * rest.length) / room)])];
}

export class Differences {
  /** @param {Replay} replay  to compute with @param {{data: Float64Array}[]} values  of another one, whose inputs are taken */
  constructor(replay, values) {
    const { trace } = replay;
    this.trace = trace;
    this.loss = /** @type {number} */ (trace.outputs.loss);
    this.replay = replay;
    for (const { id, op } of trace.steps) if (op === "input") this.replay.setTensor(id, values[id].data);
    this.replay.run();
    this.here = this.#loss();
    this.noise = 4 * Number.EPSILON * this.#amplitude();
    /** The gradients as they are here, with the largest entry of each. @type {Map<number, {data: Float64Array, largest: number}>} */
    this.gradients = new Map(Object.values(trace.outputs.gradients).map((id) => {
      const data = this.replay.values[id].data.slice();
      return [id, { data, largest: largest(data, 0) }];
    }));
  }

  /** @param {Place} place @returns {Row} */
  check(place) {
    const { data, largest } = /** @type {{data: Float64Array, largest: number}} */ (this.gradients.get(place.gradient));
    return { ...place, value: data[place.offset], ...this.#judge(place, data[place.offset], largest) };
  }

  #loss() {
    return this.replay.values[this.loss].data[0];
  }

  /** The largest number that is added up on the way to the loss, at least 1. */
  #amplitude() {
    const { steps } = this.trace;
    const waiting = [this.loss];
    const seen = new Set();
    let size = 1;
    while (waiting.length) {
      const step = steps[/** @type {number} */ (waiting.pop())];
      if (seen.has(step.id)) continue;
      seen.add(step.id);
      size = largest(this.replay.values[step.id].data, size);
      const scaled = (step.op === "mul" || step.op === "div") && step.inputs.some((id) => steps[id].op === "constant");
      if (scaled || ADDING.has(step.op)) waiting.push(...step.inputs);
    }
    return size;
  }

  /** Slopes on either side of one element; its value is put back. @param {Place} place @param {number} h @returns {Slopes} */
  #slopes({ step, offset }, h) {
    const { data } = this.replay.values[step];
    const x = data[offset];
    const at = (/** @type {number} */ point) => {
      data[offset] = point;
      this.replay.run(this.trace.steps[this.loss].phase);
      data[offset] = x;
      return this.#loss();
    };
    const [low, high] = [at(x - h), at(x + h)];
    return { left: (this.here - low) / (x - (x - h)), across: (high - low) / (x + h - (x - h)), right: (high - this.here) / (x + h - x) };
  }

  /** @param {Place} place @param {number} g @param {number} largest */
  #judge(place, g, largest) {
    const h = Math.cbrt(Number.EPSILON) * Math.max(1, Math.abs(this.replay.values[place.step].data[place.offset]));
    const slopes = this.#slopes(place, h);
    const error = Math.abs(g - slopes.across);
    if (![g, slopes.left, slopes.across, slopes.right].every(Number.isFinite)) return told(slopes, "odd");
    if (error === 0) return told(slopes, "agrees", 0);
    if (error <= TOLERANCE * largest + this.noise / h) return this.#agreed(slopes, error, largest, h);
    return this.#lookCloser(place, g, largest, slopes, h);
  }

  /** Again with a smaller step, at which a curve is straight and a kink is not. @param {Place} place @param {number} g @param {number} largest @param {Slopes} far @param {number} h */
  #lookCloser(place, g, largest, far, h) {
    const near = this.#slopes(place, h / CLOSER);
    const noise = (CLOSER * this.noise) / h;
    const error = Math.abs(g - near.across);
    if (Math.abs(near.right - near.left) > Math.max(Math.abs(far.right - far.left) / 2, 4 * noise)) return told(near, "kink");
    if (error > Math.max(TOLERANCE * largest + noise, Math.abs(g - far.across) / 8)) return told(near, "differs", error / largest);
    return this.#agreed(near, error, largest, h / CLOSER);
  }

  /** @param {Slopes} slopes @param {number} error @param {number} largest @param {number} h */
  #agreed(slopes, error, largest, h) {
    return largest < (FAINT * this.noise) / h ? told(slopes, "faint") : told(slopes, "agrees", error / largest);
  }
}

/** @param {Slopes} slopes @param {Verdict} verdict @param {number} [deviation] */
const told = ({ left, across, right }, verdict, deviation = NaN) => ({ left, right, difference: across, verdict, deviation });

/** The largest finite size, at least `least`. @param {Float64Array} data @param {number} least */
function largest(data, least) {
  return data.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), least);
}
