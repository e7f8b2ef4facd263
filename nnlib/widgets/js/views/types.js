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
 * @property {(step: number, offset: number) => HTMLElement} number
 * @property {(step: number, offset: number, options?: {always?: boolean}) => SVGElement} svgNumber `always`: also before its stop is reached
 * @property {(latex: string) => Element} math
 * @property {{set: (target: string, value: number) => void}} controls
 *
 * @typedef {{element: HTMLElement, update: (state: State) => void, destroy: () => void}} View
 */

export {};
