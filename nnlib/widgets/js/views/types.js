/**
 * The agreement between the shell (ui/) and a drawing (views/). No code, types only.
 *
 * @typedef {import("../ui/types.js").Place} Place
 * @typedef {import("../ui/types.js").State} State
 *
 * @typedef {object} Context
 * @property {import("../engine/trace.js").Trace} trace
 * @property {import("../engine/replay.js").Replay} replay the shell's replay; a view reads it and never runs it
 * @property {any} view the `view` part of the spec
 * @property {(step: number, offset: number) => void} select
 * @property {(step: number, offset: number | null) => void} hover
 * @property {(step: number, offset: number, options?: {always?: boolean, button?: boolean}) => HTMLElement} number
 * @property {(step: number, offset: number, options?: {always?: boolean}) => SVGElement} svgNumber `always`: also before its stop is reached
 * @property {(latex: string) => Element} math
 * @property {(element: Element, step: number, offset: number) => void} tie an element stands for a number: it lights up with it, and a press opens it
 * @property {Controls} controls
 * @property {Memory} memory
 *
 * @typedef {object} Memory
 * @property {() => any} read   what the drawing keeps beside the numbers, which are then up to date; null at first and after a reset
 * @property {(inputs: Iterable<[number, ArrayLike<number>]>, kept: unknown) => void} feed  new numbers for whole inputs, and what is to be kept
 * @property {(sentence: string) => void} say  a polite word, for those who listen too
 *
 * @typedef {object} Controls
 * @property {(target: string, value: number, gesture?: string) => void} set changes with one name for their gesture are one change to undo
 * @property {() => void} settle the gesture is over
 * @property {(step: number, offset: number) => import("../ui/types.js").Control | null} find
 *
 * `link` and `follow`: what a drawing wants an address to hold, and takes from it; "" stands for what it is at first.
 * @typedef {{element: HTMLElement, update: (state: State) => void, destroy: () => void, link?: () => string | null, follow?: (link: string) => boolean}} View
 */

export {};
