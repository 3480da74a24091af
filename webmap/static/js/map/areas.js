// Areas under and over the streets: what can be walked to, what a circle promises, and the difference.
import { flipPolygons } from "./geometry.js";

export function drawAreas(map, data) {
  draw(map, data.circle_only, { pane: "area", className: "circle-only", stroke: false, fillColor: "url(#hatch-circle)" });
  draw(map, data.reach, { pane: "area", className: "reach", stroke: false });
  draw(map, data.circle, { pane: "circle", className: "circle-line", fill: false });
}

function draw(map, polygons, options) {
  if (polygons.length === 0) return;
  window.L.polygon(flipPolygons(polygons), { interactive: false, smoothFactor: 0.5, ...options }).addTo(map);
}
