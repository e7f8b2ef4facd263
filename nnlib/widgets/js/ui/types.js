/**
 * The types that the shell's parts share. No code: `tsc --checkJs` reads this file, the bundle drops it.
 *
 * @typedef {import("../engine/trace.js").Trace} Trace
 * @typedef {import("../engine/replay.js").Replay} Replay
 *
 * @typedef {object} Place              one element of one tensor
 * @property {number} step
 * @property {number} offset
 *
 * @typedef {object} Stop               a station of the walk through the trace
 * @property {string} phase             "inputs" | "forward" | "backward" | "update"
 * @property {string} title
 * @property {string[]} scope
 * @property {number[]} steps
 * @property {number | null} of
 *
 * @typedef {object} Control
 * @property {string} target
 * @property {number} min
 * @property {number} max
 * @property {number} step
 *
 * @typedef {object} Variant
 * @property {string} label
 * @property {string[]} [parts]         of its label, one for each switch
 * @property {Trace} trace
 * @property {Proof | null} proof       as measured in the proof job; null when it was not
 *
 * @typedef {object} Proof              counts, and the largest relative deviations
 * @property {{torch: string, numpy: string, python: string}} versions
 * @property {number} values            numbers of the forward pass that PyTorch computed too
 * @property {number} torchValues
 * @property {number} [gradients]       entries of gradients, unless there are none
 * @property {number} [torch]
 * @property {number} [differences]
 * @property {number} kink              entries that central differences tell nothing about, and why
 * @property {number} faint
 * @property {number} odd
 *
 * @typedef {{forward?: string, vjp?: (string | null)[]}} Source
 * @typedef {Record<string, any> & {kind: string}} ViewSpec
 *
 * @typedef {object} Spec
 * @property {string} slug
 * @property {string} title
 * @property {ViewSpec} view
 * @property {Variant[]} variants
 * @property {Control[]} controls
 * @property {Map<string, Source>} sources
 *
 * @typedef {"big" | "small"} Size
 *
 * @typedef {object} State              what a view and every part of the shell is drawn from
 * @property {number} stop
 * @property {Stop[]} stops
 * @property {Size} size
 * @property {string} phase
 * @property {any[]} values             one NDArray per step
 * @property {Place | null} selection
 * @property {Set<string>} lit          "step:offset" of what the pointer or the focus is on
 * @property {Set<number>} active       steps told by the current stop
 * @property {(step: number) => boolean} shown
 * @property {{losses: number[]}} history
 * @property {boolean} [guessing]       the next number is being asked for, so nothing later may show
 *
 * @typedef {object} View
 * @property {Element} element
 * @property {(state: State) => void} update
 * @property {() => void} destroy
 * @property {() => string | null} [link]              what it wants an address to remember, if anything
 * @property {(link: string) => boolean} [follow]      takes that up again, "" where there was nothing; false if some of it cannot be
 *
 * @typedef {object} Part               a piece of the shell
 * @property {HTMLElement} element
 * @property {(state: State) => void} update
 */

export {};
