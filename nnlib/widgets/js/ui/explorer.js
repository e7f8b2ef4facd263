/** One explorer: it reads the spec, holds the state, and has every part redrawn at most once per frame. */

import { TraceError } from "../engine/trace.js";
import { actions } from "./actions.js";
import { addressOf, readAddress } from "./address.js";
import { arrange, makeView } from "./arrange.js";
import { controls } from "./controls.js";
import { h, setAttribute } from "./dom.js";
import { ledger } from "./ledger.js";
import { listen } from "./listen.js";
import { microscope } from "./microscope.js";
import { more } from "./more.js";
import { notice } from "./notice.js";
import { Numbers, keyOf } from "./numbers.js";
import { readout } from "./readout.js";
import { predict } from "./predict.js";
import { proof } from "./proof.js";
import { Session } from "./session.js";
import { side } from "./side.js";
import { SpecError, parseSpec } from "./spec.js";
import { connect } from "./sync.js";
import { table } from "./table.js";
import { transport } from "./transport.js";
import { variantChoice } from "./variants.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("./sync.js").Shared} Shared */

const MOST_LIT = 400;
/** Drawings that are read at once open where everything is known. */
const READ_AT_ONCE = ["curve", "generation", "regression"];

/**
 * Replaces what is in `root` by an explorer. A spec that cannot be read leaves it there, under one sentence.
 * @param {HTMLElement} root
 * @param {unknown} json
 * @param {{model?: import("./sync.js").Model}} [options]
 */
export function mount(root, json, { model } = {}) {
  try {
    return new Explorer(root, parseSpec(json), model);
  } catch (error) {
    return refuse(root, error);
  }
}

/** @param {HTMLElement} root @param {unknown} error */
export function refuse(root, error) {
  const known = error instanceof SpecError || error instanceof TraceError;
  const sentence = known ? error.message : `its drawing failed (${error instanceof Error ? error.message : error})`;
  const alert = h("p", { class: "ex-alert", role: "alert" }, `This explorer cannot be shown: ${sentence.replace(/\.?$/, ".")}`);
  root.querySelector(":scope > .ex-alert")?.remove();
  root.prepend(alert);
  root.dataset.ready = "error";
  return { destroy: () => alert.remove(), setState: () => {}, getState: () => null };
}

export class Explorer {
  /** @param {HTMLElement} root @param {import("./types.js").Spec} spec @param {import("./sync.js").Model} [model] */
  constructor(root, spec, model) {
    this.root = root;
    this.spec = spec;
    this.slug = spec.slug;
    this.fallback = [...root.childNodes];
    /** @type {(Session | undefined)[]} */
    this.sessions = [];
    this.variant = 0;
    this.session = this.#open(0);
    this.numbers = new Numbers((step, offset) => this.session.describe(step, offset));
    this.state = this.#firstState();
    this.frame = 0;
    this.asked = false;
    this.gesture = "";
    this.onPaper = false;
    /** @type {import("./types.js").Stop | null} */
    this.arrivedAt = null;
    /** @type {{step: number, offset: number | null} | null} */
    this.pointed = null;
    this.abort = new AbortController();
    this.#build();
    this.#takeOver(model);
    this.draw();
    this.#show();
    this.sync = model ? connect(model, this) : null;
    this.sync?.push();
  }

  /** @param {number} variant */
  #open(variant) {
    return (this.sessions[variant] ??= new Session(this.spec.variants[variant].trace));
  }

  /** @returns {State} */
  #firstState() {
    const stop = READ_AT_ONCE.includes(this.spec.view.kind) ? this.session.stops.small.length - 1 : 0;
    return {
      stop, stops: this.session.stops.small, size: "small", phase: "forward", values: this.session.replay.values,
      selection: null, lit: new Set(), active: new Set(), shown: () => true, history: { losses: this.session.losses },
    };
  }

  #build() {
    this.transport = transport(this);
    this.ledger = ledger(this);
    this.microscope = microscope(this);
    this.side = side(this.ledger.element, this.microscope.element);
    this.predict = predict(this);
    this.side.element.prepend(this.predict.element);
    this.controls = controls(this);
    this.actions = actions(this);
    this.notice = notice(this);
    this.table = table(this);
    this.proof = proof(this);
    this.variants = variantChoice(this);
    this.viewGroup = this.numbers.group();
    this.view = makeView(this);
    this.readout = readout(this);
    this.stage = h("div", { class: "ex-stage" }, this.view.element);
    this.more = more(this.stage);
    this.body = arrange(this);
    listen(this, this.body, this.abort.signal);
  }

  /** Where the explorer starts: the traits of a live object, else the address of the page. @param {import("./sync.js").Model} [model] */
  #takeOver(model) {
    if (!model) return this.readAddress(location.hash);
    this.setState({ variant: model.get("variant"), size: model.get("size"), values: model.get("values"), stop: model.get("stop") || undefined });
    return false;
  }

  #show() {
    this.root.replaceChildren(/** @type {HTMLElement} */ (this.body));
    this.root.dataset.ready = "true";
  }

  /** @param {number} stop */
  go(stop) {
    this.state.stop = clamp(stop, this.state.stops.length);
    this.invalidate();
  }

  /** Changes the size of the stops and stays near the step that was being told. @param {"big" | "small"} size */
  resize(size) {
    if (size === this.state.size) return;
    const { stops, stop } = this.state;
    const told = stops[stop].steps;
    const next = this.session.stops[size];
    const step = size === "small" ? told[0] : told[told.length - 1];
    this.state.size = size;
    this.state.stops = next;
    this.state.stop = stop === 0 ? 0 : Math.max(0, next.findIndex(({ steps }, i) => i > 0 && steps.includes(step)));
    this.invalidate();
  }

  /** @param {number} variant */
  switchTo(variant) {
    if (variant === this.variant || !this.spec.variants[variant]) return;
    const before = this.session;
    this.actions?.stop();
    this.variant = variant;
    this.session = this.#open(variant);
    for (const { target } of this.spec.controls) {
      if (before.has(target) && this.session.has(target)) this.session.set(target, before.get(target));
    }
    this.session.kept = before.kept;
    const { size, stop, stops } = this.state;
    const count = this.session.stops[size].length;
    // Who has seen all of one variant sees all of the other.
    const place = stop === stops.length - 1 ? count - 1 : clamp(stop, count);
    this.state = { ...this.#firstState(), size, stops: this.session.stops[size], stop: place };
    this.#rebuild();
  }

  /** The drawing and all numbers belong to one trace, so they are made anew. */
  #rebuild() {
    this.session.refresh();
    const before = this.view;
    before?.destroy();
    this.viewGroup?.release();
    this.viewGroup = this.numbers.group();
    this.view = makeView(this);
    before?.element.replaceWith(this.view.element);
    for (const part of [this.ledger, this.microscope, this.table, this.predict, this.proof]) part?.reset();
    this.invalidate();
  }

  /** @param {Place | null} place */
  select(place) {
    this.state.selection = place;
    this.asked = place !== null;
    this.readout?.forget();
    this.invalidate();
  }

  /** Lights one element, or a whole tensor when the offset is null. @param {{step: number, offset: number | null} | null} place */
  light(place) {
    const lit = new Set(place === null ? [] : place.offset !== null ? [keyOf(place.step, place.offset)]
      : Array.from({ length: Math.min(this.session.size(place.step), MOST_LIT) }, (_, i) => keyOf(place.step, i)));
    if (lit.size === this.state.lit.size && [...lit].every((key) => this.state.lit.has(key))) return;
    this.state.lit = lit;
    this.pointed = place;
    this.invalidate();
  }

  /** One slider gesture is one change to undo. @param {string} target @param {number} value */
  set(target, value) {
    if (!this.session.has(target) || !Number.isFinite(value) || Object.is(value, this.session.get(target))) return;
    if (this.gesture !== target) this.session.remember();
    this.readout?.forget();
    this.gesture = target;
    this.session.set(target, value);
    this.invalidate();
  }

  settle() {
    this.gesture = "";
  }

  reset() {
    this.session.reset();
    this.state.history.losses = this.session.losses;
    this.settle();
    this.say("Back to the recorded numbers.");
    this.invalidate();
  }

  undo() {
    this.session.undo();
    this.settle();
    this.invalidate();
  }

  changed() {
    this.settle();
    this.invalidate();
  }

  /** @returns {Shared} */
  getState() {
    const holder = (/** @type {string} */ target) => [this.session, ...this.sessions].find((session) => session?.has(target));
    const known = this.spec.controls.map(({ target }) => [target, holder(target)?.get(target)]).filter(([, value]) => value !== undefined);
    return { stop: this.state.stop, size: this.state.size, variant: this.variant, values: Object.fromEntries(known) };
  }

  /** Takes what is usable and leaves the rest as it is. @param {Partial<Shared>} patch */
  setState({ variant, size, values, stop }) {
    if (Number.isInteger(variant)) this.switchTo(/** @type {number} */ (variant));
    if (size === "big" || size === "small") this.resize(size);
    for (const [target, value] of Object.entries(values ?? {})) {
      if (this.spec.controls.some((control) => control.target === target)) this.set(target, value);
    }
    if (values) this.settle();
    if (Number.isInteger(stop)) this.go(/** @type {number} */ (stop));
    this.invalidate();
  }

  /** @param {string} hash */
  readAddress(hash) {
    return readAddress(this, hash);
  }

  address() {
    return addressOf(this);
  }

  /** A polite word that stays until the next step. @param {string} sentence */
  say(sentence) {
    this.readout?.say(sentence);
    this.invalidate();
  }

  invalidate() {
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const { state, session } = this;
    session.refresh();
    this.#arrive();
    state.guessing = !this.onPaper && (this.predict?.element.open ?? false);
    this.transport?.update(state);
    this.ledger?.update(state);
    this.microscope?.update(state);
    this.predict?.update(state);
    this.proof?.update();
    this.controls?.update();
    this.actions?.update();
    this.notice?.update();
    this.variants?.set(String(this.variant));
    this.view?.update(state);
    this.numbers.refresh(state);
    this.readout?.update(state, this.pointed);
    this.sync?.push();
    if (this.asked) this.side?.showMicroscope();
    this.asked = false;
  }

  /** What follows from the stop: phase, active steps, what is known by now. */
  #arrive() {
    const { state, session, root } = this;
    const { stop, stops, size } = state;
    const arrival = session.arrival[size];
    if (this.arrivedAt !== stops[stop]) {
      this.arrivedAt = stops[stop];
      this.side?.top();
      state.phase = stops[stop].phase;
      state.active = new Set(stops[stop].steps);
      state.shown = (step) => arrival[step] <= state.stop;
    }
    setAttribute(root, "data-step", String(stop));
    setAttribute(root, "data-steps", String(stops.length));
    setAttribute(root, "data-phase", state.phase);
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.transport?.pause();
    this.actions?.stop();
    this.sync?.disconnect();
    this.view?.destroy();
    this.side?.destroy();
    this.more?.destroy();
    this.abort.abort();
    this.root.replaceChildren(...this.fallback);
    for (const name of ["ready", "step", "steps", "phase"]) delete this.root.dataset[name];
  }
}

/** @param {number} stop @param {number} count */
const clamp = (stop, count) => Math.min(Math.max(Math.round(stop) || 0, 0), count - 1);
