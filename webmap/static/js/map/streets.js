// Streets: grey ground, and over it the bands of walking distance; a halo of land keeps lines apart.
import { flipLine } from "./geometry.js";

const OPTIONS = { pane: "streets", interactive: false, fill: false, smoothFactor: 0.5, lineCap: "butt", weight: 3 };

export function drawStreets(map, data) {
  const ground = data.streets.flatMap((street) => street.lines.map(flipLine));
  add(map, ground, "ground-street");
  for (const group of data.bands) {
    const lines = group.lines.map(flipLine);
    const place = group.inside ? "" : " outside";
    if (group.inside) add(map, lines, `band band-halo band-${group.band}`);
    add(map, lines, `band band-${group.band}${place}`);
  }
}

function add(map, lines, className) {
  window.L.polyline(lines, { ...OPTIONS, className }).addTo(map);
}
