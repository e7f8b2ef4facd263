/** First, previous, next, last, play, and a line of all stops: forward, the turning point, backward, update. */

import { choice, h, icon, setAttribute, setText } from "./dom.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Stop} Stop */

const GLYPHS = /** @type {Record<string, string>} */ ({ inputs: "•", forward: "→", backward: "←", update: "↻" });
const PACE = { small: 1500, big: 2200 };

/** @param {string} phase */
export const glyphOf = (phase) => GLYPHS[phase] ?? "•";

/**
 * @param {{go: (stop: number) => void, resize: (size: "big" | "small") => void, state: State, slug: string,
 *   session: import("./session.js").Session}} app
 */
export function transport(app) {
  const last = () => app.state.stops.length - 1;
  const first = stepButton("First step", "first", () => walk(0));
  const previous = stepButton("Previous step", "previous", () => walk(app.state.stop - 1));
  const next = stepButton("Next step", "next", () => walk(app.state.stop + 1));
  const end = stepButton("Last step", "last", () => walk(last()));
  const play = stepButton("Play", "play", () => (timer ? pause() : start()));
  const line = h("div", { class: "ex-line", "aria-hidden": "true" });
  const scrubber = h("input", { type: "range", class: "ex-scrubber", "aria-label": "Step", min: 0, step: 1, oninput: () => walk(scrubber.valueAsNumber) });
  const counter = h("p", { class: "ex-counter" });
  const sizes = choice({
    legend: "Stops",
    name: `${app.slug}-stops`,
    options: [{ value: "big", label: "big" }, { value: "small", label: "small" }],
    choose: (value) => app.resize(value === "big" ? "big" : "small"),
  });
  const element = h("div", { class: "ex-transport", role: "group", "aria-label": "Walk through the steps" },
    h("div", { class: "ex-steps" }, first, previous, play, next, end),
    h("div", { class: "ex-scrub" }, line, scrubber), counter, sizes.element);

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Stop[] | null} */
  let drawn = null;

  /** A move by hand ends the playing. @param {number} stop */
  function walk(stop) {
    pause();
    app.go(stop);
  }

  function start() {
    if (app.state.stop >= last()) app.go(0);
    else app.go(app.state.stop + 1);
    timer = setTimeout(beat, PACE[app.state.size]);
    showPlay();
  }

  function beat() {
    if (app.state.stop >= last()) return pause();
    app.go(app.state.stop + 1);
    if (app.state.stop >= last()) return pause();
    timer = setTimeout(beat, PACE[app.state.size]);
  }

  function pause() {
    clearTimeout(timer);
    timer = undefined;
    showPlay();
  }

  function showPlay() {
    const name = timer ? "Pause" : "Play";
    if (play.getAttribute("aria-label") === name) return;
    play.replaceChildren(icon(timer ? "pause" : "play"));
    for (const attribute of ["aria-label", "title"]) play.setAttribute(attribute, name);
  }

  /** @param {State} state */
  function update(state) {
    const { stop, stops, size } = state;
    if (stops !== drawn) drawLine(line, stops, app.session.lossName());
    drawn = stops;
    scrubber.max = String(stops.length - 1);
    if (scrubber.valueAsNumber !== stop) scrubber.value = String(stop);
    setAttribute(scrubber, "aria-valuetext", tell(state));
    element.dataset.phase = state.phase;
    line.style.setProperty("--at", `${percent(stop, stops.length)}%`);
    setText(counter, `${stop + 1} of ${stops.length}`);
    sizes.set(size);
    for (const button of [first, previous]) button.classList.toggle("is-idle", stop === 0);
    for (const button of [next, end]) button.classList.toggle("is-idle", stop === stops.length - 1);
  }

  /**
   * Arrows, Home, End and Space, unless the focused element has its own use for them.
   * @param {KeyboardEvent} event
   */
  function key(event) {
    const act = keyAction(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** @param {KeyboardEvent} event */
  function keyAction(event) {
    const target = /** @type {Element} */ (event.target);
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return null;
    const slides = event.key === " " && target.matches("input[type=range]");
    if (!slides && target.closest("input, textarea, select, [contenteditable], [role=slider]")) return null;
    if (event.key === " ") return target.closest("button, summary, a, [role=button]") ? null : () => (timer ? pause() : start());
    const to = /** @type {Record<string, number>} */ ({ ArrowLeft: app.state.stop - 1, ArrowRight: app.state.stop + 1, Home: 0, End: last() })[event.key];
    return to === undefined ? null : () => walk(to);
  }

  return { element, update, key, pause };
}

/** @param {string} name @param {"first" | "previous" | "next" | "last" | "play"} drawing @param {() => void} act */
function stepButton(name, drawing, act) {
  return h("button", { type: "button", class: "ex-step", "aria-label": name, title: name, onclick: act }, icon(drawing));
}

/** The sentence that names a stop. @param {State} state */
export function tell({ stop, stops }) {
  const { phase, title } = stops[stop];
  return `Step ${stop + 1} of ${stops.length}${stop === 0 ? "" : `, ${phase}`}: ${title}`;
}

/** @param {number} stop @param {number} count */
const percent = (stop, count) => (count > 1 ? (100 * stop) / (count - 1) : 0);

/**
 * One piece of line per phase, a dot per stop, and a mark where forward turns into backward.
 * @param {HTMLElement} line @param {Stop[]} stops @param {string} top  what is differentiated
 */
function drawLine(line, stops, top) {
  line.replaceChildren();
  line.classList.toggle("is-named", top.length > 2); // a long name takes the room of the words beside it
  const at = (/** @type {number} */ stop) => percent(stop, stops.length);
  let from = 0;
  for (const phase of ["forward", "backward", "update"]) {
    const to = stops.map((stop) => stop.phase).lastIndexOf(phase);
    if (to < 0) continue;
    const piece = h("span", { class: `ex-piece ex-${phase}` }, h("span", {}, glyphOf(phase), h("span", { class: "ex-word" }, ` ${phase}`)));
    piece.style.left = `${at(from)}%`;
    piece.style.width = `${at(to) - at(from)}%`;
    line.append(piece);
    if (phase === "forward" && to < stops.length - 1) line.append(turningPoint(at(to), top));
    from = to;
  }
  if (stops.length <= 60) {
    for (let i = 0; i < stops.length; i++) {
      const dot = h("span", { class: `ex-dot ex-${stops[i].phase}` });
      dot.style.left = `${at(i)}%`;
      line.append(dot);
    }
  }
}

/** @param {number} left @param {string} name */
function turningPoint(left, name) {
  const mark = h("span", { class: "ex-turn" }, h("span", {}, name));
  mark.style.left = `${left}%`;
  return mark;
}
