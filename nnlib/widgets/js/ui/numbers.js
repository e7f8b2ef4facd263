/**
 * The register of every number on show. An element asked for here is kept up to date: its text changes when
 * its value does, and only then.
 */

import { setAttribute } from "./dom.js";
import { format } from "./format.js";

export { format, spoken } from "./format.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Place} Place */

const LOOKS = ["is-lit", "is-selected", "is-pending", "is-odd"];

/** @param {number} step @param {number} offset */
export const keyOf = (step, offset) => `${step}:${offset}`;

/**
 * @typedef {object} Entry
 * @property {Element} element
 * @property {number} step
 * @property {number} offset
 * @property {string} key
 * @property {string} label
 * @property {boolean | "told"} always  show the number before its stop is reached; "told": even while it is asked for
 * @property {number | undefined} value
 * @property {string} look
 */

/** @param {Element} element @param {boolean} lit */
function light(element, lit) {
  if (element.classList.contains("is-lit") !== lit) element.classList.toggle("is-lit");
}

/** Numbers that come and go together, such as those of one formula. */
export class NumberGroup {
  /** @param {Numbers} owner */
  constructor(owner) {
    this.owner = owner;
    /** @type {Entry[]} */
    this.entries = [];
    /** @type {{element: Element, step: number}[]} */
    this.marks = [];
    /** @type {{element: Element, key: string}[]} */
    this.ties = [];
    this.active = true;
  }

  /**
   * Ties an element that stands for a whole tensor, such as a symbol of a formula or a name in a source line.
   * @param {Element} element @param {number} step
   */
  mark(element, step) {
    element.classList.add("ex-mark");
    this.marks.push({ element, step });
    this.owner.places.set(element, { step, offset: null });
  }

  /**
   * @param {number} step
   * @param {number} offset
   * @param {{always?: boolean | "told", button?: boolean}} [options]
   * @returns {HTMLElement}
   */
  html(step, offset, { always = false, button = false } = {}) {
    const element = document.createElement(button ? "button" : "span");
    if (button) element.setAttribute("type", "button");
    this.#adopt(element, step, offset, always);
    return element;
  }

  /**
   * @param {number} step
   * @param {number} offset
   * @param {{always?: boolean}} [options]
   * @returns {SVGTextElement}
   */
  svg(step, offset, { always = false } = {}) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", "text");
    this.#adopt(element, step, offset, always);
    return element;
  }

  /**
   * Ties the symbol of one element to its number.
   * @param {Element} element @param {number} step @param {number} offset
   */
  tie(element, step, offset) {
    this.owner.places.set(element, { step, offset });
    this.ties.push({ element, key: keyOf(step, offset) });
  }

  release() {
    this.owner.groups.delete(this);
    this.clear();
  }

  clear() {
    this.entries.length = 0;
    this.marks.length = 0;
    this.ties.length = 0;
  }

  /** @param {Element} element @param {number} step @param {number} offset @param {boolean | "told"} always */
  #adopt(element, step, offset, always) {
    const { name, index, label } = this.owner.describe(step, offset);
    element.classList.add("nn-number");
    element.setAttribute("data-of", name);
    element.setAttribute("data-index", index);
    const entry = { element, step, offset, key: keyOf(step, offset), label, always, value: undefined, look: "" };
    this.entries.push(entry);
    this.owner.places.set(element, entry);
    if (this.owner.state) this.owner.write(entry, this.owner.state);
  }
}

export class Numbers {
  /** @param {(step: number, offset: number) => {name: string, index: string, label: string}} describe */
  constructor(describe) {
    this.describe = describe;
    /** @type {Set<NumberGroup>} */
    this.groups = new Set();
    /** What an element stands for; offset null is the whole tensor. @type {WeakMap<Element, {step: number, offset: number | null}>} */
    this.places = new WeakMap();
    /** @type {State | null} */
    this.state = null;
  }

  group() {
    const group = new NumberGroup(this);
    this.groups.add(group);
    return group;
  }

  /** @param {State} state */
  refresh(state) {
    this.state = state;
    const litSteps = new Set([...state.lit].map((key) => Number(key.split(":")[0])));
    for (const { active, entries, marks, ties } of this.groups) {
      if (!active) continue;
      for (const entry of entries) this.write(entry, state);
      for (const { element, step } of marks) light(element, litSteps.has(step));
      for (const { element, key } of ties) light(element, state.lit.has(key));
    }
  }

  /** @param {Entry} entry @param {State} state */
  write(entry, state) {
    const known = state.shown(entry.step) || (state.guessing ? entry.always === "told" : !!entry.always);
    const value = known ? state.values[entry.step].data[entry.offset] : undefined;
    if (!Object.is(value, entry.value) || entry.look === "") this.#writeValue(entry, value);
    const selected = state.selection?.step === entry.step && state.selection.offset === entry.offset;
    const looks = [state.lit.has(entry.key), selected, !known, known && !Number.isFinite(value)];
    const look = looks.join();
    if (look === entry.look) return;
    entry.look = look;
    LOOKS.forEach((name, i) => entry.element.classList.toggle(name, looks[i]));
  }

  /** @param {Entry} entry @param {number | undefined} value */
  #writeValue(entry, value) {
    const { element, label } = entry;
    entry.value = value;
    element.textContent = value === undefined ? "·" : format(value);
    setAttribute(element, "data-number", value === undefined ? null : String(value));
    setAttribute(element, "title", value === undefined ? null : String(value));
    if (element.localName === "button") {
      element.setAttribute("aria-label", value === undefined ? `${label}, not yet computed ·` : `${label} = ${format(value)}`);
    }
  }
}
