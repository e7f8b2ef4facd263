/**
 * Replays traces for other programs. Reads JSON lines {"trace", "set": {label: number}, "explain": true?} and
 * answers each with {"values": [[...] per step], "explained"?} or {"error": sentence}.
 */
import { createInterface } from "node:readline";
import { Replay } from "../../nnlib/widgets/js/engine/replay.js";
import { explain, valueOf } from "../../nnlib/widgets/js/engine/terms.js";
import { load, TraceError } from "../../nnlib/widgets/js/engine/trace.js";

const NON_FINITE = new Map([[Infinity, "inf"], [-Infinity, "-inf"]]);
const encode = (x) => (Number.isFinite(x) ? x : NON_FINITE.get(x) ?? "nan");
const decode = (x) => (typeof x === "number" ? x : { inf: Infinity, "-inf": -Infinity }[x] ?? NaN);

function answer({ trace: json, set = {}, explain: explained = false }) {
  const trace = load(json);
  const replay = new Replay(trace);
  for (const [label, number] of Object.entries(set)) {
    if (!replay.set(label, decode(number))) throw new TraceError(`replay: no input has an element ${label}`);
  }
  replay.run();
  const values = replay.values.map(({ data }) => Array.from(data, encode));
  return explained ? { values, explained: explainAll(trace, replay.values) } : { values };
}

function explainAll(trace, values) {
  return trace.steps.map(({ id, size }) =>
    Array.from({ length: size }, (_, offset) => encode(valueOf(explain(trace, values, id, offset)))));
}

function safely(line) {
  try {
    return answer(JSON.parse(line));
  } catch (error) {
    if (error instanceof TraceError || error instanceof SyntaxError) return { error: error.message };
    throw error;
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line.trim()) process.stdout.write(`${JSON.stringify(safely(line))}\n`);
}
