// The regions of a plane as a small picture, smoothed when it is stretched.

/** Each grid point in the colour of its class, the stronger the surer. @param {HTMLCanvasElement} canvas @param {Float64Array} field
 * @param {number} classes @param {string[]} colours as rgb(r, g, b) @param {number} side */
export function paintRegions(canvas, field, classes, colours, side) {
  const paint = canvas.getContext("2d");
  if (!paint) return;
  const rgb = colours.map((colour) => (colour.match(/[\d.]+/g) ?? ["0", "0", "0"]).slice(0, 3).map(Number));
  const picture = paint.createImageData(side, side);
  for (let i = 0; i < side * side; i += 1) {
    const [kind, sure] = answer(field, i, classes);
    picture.data.set([...(rgb[kind] ?? rgb[3]), Number.isFinite(sure) ? Math.round(105 * sure) : 0], 4 * i);
  }
  paint.putImageData(picture, 0, 0);
}

/** The class of a point and how sure the answer is, from 0 to 1. @param {Float64Array} field @param {number} i @param {number} classes */
function answer(field, i, classes) {
  if (classes === 1) return [field[i] > 0.5 ? 1 : 0, Math.min(1, Math.abs(2 * field[i] - 1))];
  const row = field.subarray(i * classes, (i + 1) * classes);
  const best = row.indexOf(Math.max(...row));
  return [best, Math.min(1, Math.max(0, (row[best] - 1 / classes) / (1 - 1 / classes)))];
}
