/** The stations of the walk through a trace: what one press of "Next step" shows. */

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./step.js").Step} Step */
/** @typedef {import("./step.js").Phase} Phase */
/**
 * steps: ids that become known here; of: the forward step that a backward stop differentiates, or the input
 * that an update stop renews.
 * @typedef {{phase: Phase, title: string, scope: string[], steps: number[], of: number | null}} Stop
 */

/** @param {Step} step */
const isLeaf = (step) => step.op === "input" || step.op === "constant";

/** @param {Step} step */
const spoken = (step) => (step.symbol === null ? step.op.replace("_", " ") : step.name);

/**
 * @param {Trace} trace
 * @param {"big" | "small"} size
 * @returns {Stop[]}
 */
export function stops(trace, size) {
  const small = [...forward(trace), ...backward(trace), ...update(trace)];
  return [start(trace), ...(size === "big" ? merged(small, trace) : small)];
}

/** @param {Trace} trace @returns {Stop} */
function start({ steps }) {
  const given = steps.filter((step) => step.op === "input" || (isLeaf(step) && step.phase === "forward"));
  return { phase: "forward", title: "the inputs", scope: [], steps: given.map((step) => step.id), of: null };
}

/** @param {Trace} trace @returns {Stop[]} */
function forward({ steps }) {
  return steps
    .filter((step) => step.phase === "forward" && !isLeaf(step))
    .map((step) => ({ phase: "forward", title: forwardTitle(step), scope: step.scope, steps: [step.id], of: null }));
}

/** @param {Step} step */
function forwardTitle(step) {
  const op = step.op.replace("_", " ");
  return step.symbol === null ? op : `${step.name} by ${op}`;
}

/** @param {Trace} trace @returns {Stop[]} */
function backward({ steps }) {
  const told = steps.filter((step) => step.phase === "forward" && step.gradient !== null && step.contributions.some((id) => id !== null));
  /** @type {Stop[]} */
  const list = told.reverse().map((step) => ({
    phase: "backward", title: `back through ${forwardTitle(step)}`, scope: step.scope, steps: [], of: step.id,
  }));
  const byOf = new Map(list.map((stop) => [stop.of, stop]));
  const pass = steps.filter((step) => step.phase === "backward" && step.op !== "input");
  // Steps that belong to no stop of their own, such as the sum of a gradient's contributions, are told with
  // the steps just before them, and the seed with the first stop.
  let current = list[0] ?? orphans(pass, list);
  for (const step of pass) {
    current = byOf.get(step.of) ?? current;
    current.steps.push(step.id);
  }
  return list;
}

/**
 * A backward pass without links to the forward pass is one stop.
 * @param {Step[]} pass
 * @param {Stop[]} list
 * @returns {Stop}
 */
function orphans(pass, list) {
  /** @type {Stop} */
  const stop = { phase: "backward", title: "the backward pass", scope: [], steps: [], of: null };
  if (pass.length > 0) list.push(stop);
  return stop;
}

/** @param {Trace} trace @returns {Stop[]} */
function update({ steps, updates }) {
  const renewed = new Map(Object.entries(updates ?? {}).map(([input, id]) => [id, Number(input)]));
  /** @type {Stop[]} */
  const list = [];
  let open = false; // whether the last stop may take further steps
  for (const step of steps) {
    if (step.phase !== "update" || step.op === "input") continue;
    const last = list.at(-1);
    const same = last && sameScope(last.scope, step.scope) && (open || step.scope.length > 0);
    const stop = same ? last : { phase: /** @type {Phase} */ ("update"), title: "update", scope: step.scope, steps: [], of: null };
    if (!same) list.push(stop);
    stop.steps.push(step.id);
    nameUpdate(stop, steps, renewed.get(step.id));
    open = !renewed.has(step.id);
  }
  return list;
}

/** @param {Stop} stop @param {Step[]} steps @param {number | undefined} input */
function nameUpdate(stop, steps, input) {
  if (stop.scope.length > 0) stop.title = stop.scope.join(", ");
  else if (input !== undefined) stop.title = `update ${steps[input].name}`;
  if (input !== undefined) stop.of ??= input;
}

/**
 * Consecutive stops of one scope and phase become one.
 * @param {Stop[]} small
 * @param {Trace} trace
 */
function merged(small, trace) {
  /** @type {Stop[]} */
  const list = [];
  for (const stop of small) {
    const last = list.at(-1);
    if (last && last.phase === stop.phase && sameScope(last.scope, stop.scope)) {
      last.steps.push(...stop.steps);
      last.of = null;
    } else {
      list.push({ ...stop, title: bigTitle(stop), steps: [...stop.steps] });
    }
  }
  for (const stop of list) if (stop.scope.length === 0) stop.title = resultTitle(stop, trace);
  return list;
}

/** @param {Stop} stop */
function bigTitle({ phase, scope }) {
  return phase === "backward" ? `back through ${scope.join(", ")}` : scope.join(", ");
}

/**
 * Outside every layer a stop is called by the last thing it computes.
 * @param {Stop} stop
 * @param {Trace} trace
 */
function resultTitle({ phase, steps, title, of }, { steps: all }) {
  const last = steps.map((id) => all[id]).findLast((step) => step.symbol !== null);
  if (phase === "update") return "update";
  if (last) return last.name;
  return of === null ? title || phase : spoken(all[of]);
}

/** @param {string[]} a @param {string[]} b */
function sameScope(a, b) {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
