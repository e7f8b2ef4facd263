// Training seen from outside: what the network answers over its inputs, and the loss so far.
import { optionalStep, stepNamed } from "./missing.js";
import { drawing, html, set, watchWidth } from "./svg.js";
import { lossPlot } from "./training_loss.js";
import { plane } from "./training_plane.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */

const SIDE_BY_SIDE = 480;
const TALLEST = 290;

/** @param {Context} context @returns {import("./types.js").View} */
export function training(context) {
  const { trace, view } = context;
  const steps = { inputs: stepNamed(trace, view.inputs), targets: stepNamed(trace, view.targets), output: stepNamed(trace, view.output) };
  const columns = trace.steps[steps.inputs].shape[1] ?? 1;
  const map = columns === 1 || (columns === 2 && view.range?.length > 0) ? plane(context, steps) : null;
  const loss = optionalStep(trace, view.loss) ?? trace.outputs.loss;
  const curve = loss === null ? null : lossPlot(context, loss);
  const root = drawing("img", "Training", describe(map));
  const element = html("div", { class: "nn-view nn-training" }, root, ...(map?.swatches ?? []));
  root.append(...(map ? [map.element] : []), ...(curve ? [curve.element] : []));
  /** @type {State | null} */
  let state = null;
  let width = 640;
  let frame = 0;
  let weights = new Float64Array(0);
  let drawnSteps = -1;
  let drawnLoss = NaN;
  const parameters = causesOf(trace, steps.output, [steps.inputs, steps.targets]);

  /** @param {number} available */
  function layout(available) {
    width = Math.min(900, Math.max(260, available));
    const frames = framesFor(width, map !== null);
    set(root, "viewBox", `0 0 ${width} ${frames.height}`);
    map?.layout(frames.plane, state);
    drawnSteps = -1;
    if (state) drawLoss(state);
  }

  /** @param {State} next */
  function update(next) {
    const first = state === null;
    state = next;
    map?.drawData(next);
    drawLoss(next);
    if (!map || !weightsChanged(next)) return;
    if (first) refresh(true);
    else if (frame === 0) frame = requestAnimationFrame(() => refresh(false));
  }

  /** @param {State} next */
  function drawLoss(next) {
    if (!curve || loss === null) return;
    const now = next.values[loss].data[0];
    if (next.history.losses.length === drawnSteps && Object.is(now, drawnLoss)) return;
    [drawnSteps, drawnLoss] = [next.history.losses.length, now];
    curve.draw(framesFor(width, map !== null).curve, next.history.losses, now);
  }

  /** A new pass over the grid begins when the last one is drawn, with the weights of that moment. @param {boolean} whole */
  function refresh(whole) {
    frame = 0;
    if (!map || !state) return;
    if (map.work.idle()) {
      weights = weightsOf(state);
      map.work.start(state.values);
    }
    if (!map.work.proceed(whole)) frame = requestAnimationFrame(() => refresh(false));
    else {
      map.drawAnswer();
      if (weightsChanged(state)) frame = requestAnimationFrame(() => refresh(false));
    }
  }

  /** @param {State} now */
  function weightsOf(now) {
    return Float64Array.from(parameters.flatMap((step) => [...now.values[step].data]));
  }

  /** @param {State} now */
  function weightsChanged(now) {
    const present = weightsOf(now);
    return present.length !== weights.length || present.some((value, i) => !Object.is(value, weights[i]));
  }

  root.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    if (!map || !state) return;
    const box = root.getBoundingClientRect();
    const scale = width / box.width;
    const row = map.nearest(state, (event.clientX - box.left) * scale, (event.clientY - box.top) * scale);
    if (row >= 0) context.select(steps.output, row * map.work.classes);
  });

  const stopWatching = watchWidth(element, layout);
  layout(width);
  return { element, update, destroy: () => { stopWatching(); cancelAnimationFrame(frame); } };
}

/** The inputs that the output is computed from: weights, but no rate of learning. @param {any} trace @param {number} output
 * @param {number[]} others that are left out @returns {number[]} */
export function causesOf(trace, output, others) {
  const found = new Set([output]);
  for (let id = output; id >= 0; id -= 1) if (found.has(id)) for (const input of trace.steps[id].inputs) found.add(input);
  return [...found].filter((id) => trace.steps[id].op === "input" && !others.includes(id));
}

/** @param {{flat: boolean} | null} map */
function describe(map) {
  const left = map === null ? "" : map.flat
    ? "Left: data points over the regions the network assigns to each class; the thick line is where it is undecided. "
    : "Left: data points and the curve the network has fitted. ";
  return `${left}${map === null ? "The" : "Right: the"} loss after each training step.`;
}

/** @param {number} width @param {boolean} withPlane */
function framesFor(width, withPlane) {
  const left = 48;
  const frame = (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ top, /** @type {number} */ tall) =>
    ({ left: from + left, right: to - 8, top: top + 24, bottom: top + 24 + tall });
  if (!withPlane) {
    const tall = Math.min(TALLEST, Math.max(200, width * 0.5));
    return { height: tall + 66, plane: frame(0, width, 0, tall), curve: frame(0, width, 0, tall) };
  }
  if (width < SIDE_BY_SIDE) {
    const tall = Math.min(320, width - left - 8);
    return { height: tall + 66 + 170 + 66, plane: frame(0, width, 0, tall), curve: frame(0, width, tall + 66, 170) };
  }
  const middle = Math.round(width * 0.56);
  const tall = Math.min(TALLEST, middle - left - 8);
  return { height: tall + 66, plane: frame(0, middle, 0, tall), curve: frame(middle + 4, width, 0, tall) };
}
