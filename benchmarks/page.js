// What page.py measures inside a page; it is put there before the page's own scripts.

const now = () => performance.now();
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const explorer = (slug) => document.querySelector(`[data-explorer="${slug}"]`);
const bench = { began: NaN, frame: NaN, firstReady: null };
window.bench = bench;

// Notes when the first callback of a frame begins.
const request = requestAnimationFrame.bind(window);
window.requestAnimationFrame = (act) => request((time) => {
  if (time !== bench.frame) [bench.frame, bench.began] = [time, now()];
  act(time);
});

new MutationObserver(() => {
  bench.firstReady ??= document.querySelector("[data-ready=true]") && now();
}).observe(document, { subtree: true, attributeFilter: ["data-ready"] });

// What drawing a change costs: the work of the frame that does it, its style and layout forced so that they
// count; the same with painting, after which a message arrives; and with the wait for the frame.
const redrawn = (root, start, handled) => new Promise((done) => requestAnimationFrame(() => {
  root.getBoundingClientRect();
  const spent = () => handled - start + now() - bench.began;
  const work = spent();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => done([work, spent(), now() - start]);
  port2.postMessage(null);
}));

// Every number on show, all sliders in turn, jumping about their ranges at any time of a frame. Moves that
// change no number are not counted.
bench.move = async ([slug, moves]) => {
  const root = explorer(slug);
  const numbers = () => [...root.querySelectorAll("[data-number]")];
  const told = () => numbers().map((number) => number.dataset.number).join();
  root.querySelector("[aria-label='Last step']").click();
  root.scrollIntoView();
  await pause(500);
  const sliders = [...root.querySelectorAll("input[type=range]")]
    .filter((slider) => slider.ariaLabel !== "Step" && slider.checkVisibility());
  const times = [];
  let before = told();
  for (let i = 1; sliders.length && times.length < moves && i < 3 * moves; i++) {
    const slider = sliders[i % sliders.length];
    await pause(16 * Math.random());
    slider.value = +slider.min + (slider.max - slider.min) * ((i * 0.618) % 1);
    const start = now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    const time = await redrawn(root, start, now());
    const after = told();
    if (after !== before) times.push(time);
    before = after;
  }
  return { times, numbers: numbers().length };
};

// A training step of the engine alone, and a click on the button, which also replays the step's effect.
bench.train = async ([slug, trace, steps]) => {
  const { load } = await import("/engine/trace.js");
  const { Replay } = await import("/engine/replay.js");
  const replay = new Replay(load(trace));
  const buttons = [...explorer(slug).querySelectorAll("button")];
  const one = buttons.find((button) => button.textContent === "Train one step");
  const clock = (act) => {
    const start = now();
    act();
    return now() - start;
  };
  const [engine, click] = [[], []];
  for (let i = 0; i < steps; i++) engine.push(clock(() => replay.train()));
  for (let i = 0; i < steps; i++) {
    click.push(clock(() => one.click()));
    await redrawn(one, now(), now());
  }
  return { engine, click };
};
