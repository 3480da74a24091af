// Names on the map: facilities on plates, the circle's plate, streets along their lines. Nothing covers anything else;
// what finds no room is left out, and stands in the list under the map.
import { flip } from "./geometry.js";
import { circleMeetsBox, circlesMeet, lengthsUpTo, pointAlong, textCircles } from "./geometry.js";
import { radiusOf } from "./people.js";

const SVG = "http://www.w3.org/2000/svg";
const FONT_PX = 13;
const BESIDE_PX = 12;
const MOST_PLATES = 8; // more names than this at once are noise; close by, each may have its own
const PLATES_FROM_ZOOM = 16;
const CROWD = 12;
const CROWD_TO_ZOOM = 15.5;
const CROSS_EVERY_PX = 24;

export function keepLabels(map, box, data, { sparse }) {
  const drawing = make("svg", { class: "map-labels", "aria-hidden": "true" });
  map.getPane("labels").append(drawing);
  const redraw = () => layOut(map, box, data, drawing, sparse);
  map.on("zoomstart", () => drawing.replaceChildren());
  map.on("moveend zoomend resize viewreset lifecircle:placed", redraw);
  document.fonts?.ready.then(redraw);
  redraw();
}

function layOut(map, box, data, drawing, sparse) {
  const size = map.getSize();
  window.L.DomUtil.setPosition(drawing, map.containerPointToLayerPoint([0, 0]));
  drawing.setAttribute("width", size.x);
  drawing.setAttribute("height", size.y);
  drawing.replaceChildren();
  const crowded = data.facilities.length > CROWD && map.getZoom() < CROWD_TO_ZOOM;
  box.classList.toggle("crowded", crowded || (sparse && data.facilities.length > 4));
  const room = {
    size,
    boxes: plateBoxes(box),
    taken: [...data.facilities, ...(data.places ?? []), ...(data.gaps ?? []), ...(data.placed ?? [])].map((one) => [...at(map, one), crowded ? 10 : 15]),
    crowd: circlesOnMap(map, data),
  };
  crosses(map, data, drawing);
  if (!sparse) facilityPlates(map, data, drawing, room);
  if (!sparse && data.circle.length > 0) circlePlate(map, data, drawing, room);
  for (const street of longestFirst(map, data.streets)) streetName(street, drawing, room);
}

function at(map, one) {
  const point = map.latLngToContainerPoint([one.lat, one.lon]);
  return [point.x, point.y];
}

function circlesOnMap(map, data) {
  const shown = map.getZoom() >= 16 ? data.people : data.blocks;
  return shown.map((one) => [...at(map, one), radiusOf(one.weight) + 1]);
}

function plateBoxes(box) {
  const frame = box.getBoundingClientRect();
  const plates = box.querySelectorAll(".map-plate, .leaflet-control-zoom, .leaflet-control-scale");
  return [...plates].map((plate) => {
    const { left, right, top, bottom } = plate.getBoundingClientRect();
    return { left: left - frame.left, right: right - frame.left, top: top - frame.top, bottom: bottom - frame.top };
  });
}

function fits(circles, room) {
  const inside = circles.every(([x, y, r]) => x > r && y > r && x < room.size.x - r && y < room.size.y - r);
  if (!inside) return false;
  return !circles.some((one) => room.boxes.some((plate) => circleMeetsBox(one, plate)) || room.taken.some((other) => circlesMeet(one, other)));
}

function crowding(circles, room) {
  return room.crowd.filter((other) => circles.some((one) => circlesMeet(one, other))).length;
}

// --- facilities ---

function facilityPlates(map, data, drawing, room) {
  if (data.facilities.length > MOST_PLATES && map.getZoom() < PLATES_FROM_ZOOM) return;
  for (const facility of data.facilities) {
    const [x, y] = at(map, facility);
    const width = widthOf(facility.name, 600);
    const low = facility.status === "sample" ? 34 : 26;
    const places = [[x, y + low], [x, y - 26], [x + width / 2 + 22, y], [x - width / 2 - 22, y]];
    const free = places.map(([px, py]) => ({ x: px, y: py, circles: textCircles(px, py, width, 0, 9) })).find((spot) => fits(spot.circles, room));
    if (!free) continue;
    room.taken.push(...free.circles);
    drawing.append(label(facility.name, free.x, free.y, 0, `plate${facility.status === "sample" ? " is-sample" : ""}`));
  }
}

function circlePlate(map, data, drawing, room) {
  const width = widthOf(data.texts.circle, 400) + 22;
  const edge = data.circle.flatMap((rings) => rings[0]).map((position) => map.latLngToContainerPoint(flip(position)));
  const spots = edge.map((point) => ({ x: point.x, y: point.y, circles: textCircles(point.x, point.y, width, 0, 14) }));
  const free = spots.filter((spot) => fits(spot.circles, room));
  if (free.length === 0) return;
  free.sort((one, other) => crowding(one.circles, room) - crowding(other.circles, room) || other.y + other.x - one.y - one.x);
  const spot = free[0];
  room.taken.push(...spot.circles);
  const group = make("g", { class: "circle-plate" });
  group.append(make("rect", { x: spot.x - width / 2, y: spot.y - 12, width, height: 24, rx: 3 }));
  group.append(label(data.texts.circle, spot.x, spot.y, 0, ""));
  drawing.append(group);
}

// --- streets ---

function longestFirst(map, streets) {
  const drawn = streets.filter((street) => street.name).map((street) => {
    const lines = street.lines.map((line) => line.map((position) => map.latLngToContainerPoint(flip(position))));
    return { name: street.name, inside: street.inside, lines, length: Math.max(...lines.map((line) => lengthsUpTo(line).at(-1))) };
  });
  return drawn.sort((one, other) => Number(other.inside) - Number(one.inside) || other.length - one.length);
}

function streetName(street, drawing, room) {
  const width = widthOf(street.name, 400) + 4;
  const spots = street.lines.flatMap((line) => spotsAlong(line, width));
  const free = spots.filter((spot) => fits(spot.circles, room));
  if (free.length === 0) return;
  for (const spot of free) spot.cost += 3 * crowding(spot.circles, room);
  const best = free.reduce((one, other) => (other.cost < one.cost ? other : one));
  room.taken.push(...best.circles.map(([x, y, r]) => [x, y, r + 3]));
  drawing.append(label(street.name, best.x, best.y, best.angle, street.inside ? "street-name" : "street-name outside-name"));
}

function spotsAlong(points, width) {
  const upTo = lengthsUpTo(points);
  const total = upTo.at(-1);
  if (total < width + 8) return [];
  const spots = [];
  const step = Math.max(14, (total - width) / 40);
  for (let from = 4; from + width <= total - 4; from += step) {
    const start = pointAlong(points, upTo, from);
    const middle = pointAlong(points, upTo, from + width / 2);
    const end = pointAlong(points, upTo, from + width);
    if (Math.hypot((start.x + end.x) / 2 - middle.x, (start.y + end.y) / 2 - middle.y) > 4) continue;
    const offCentre = Math.abs(from + width / 2 - total / 2) / total;
    for (const side of [-1, 1]) spots.push(spot(start, end, middle, width, side, offCentre));
  }
  return spots;
}

function spot(start, end, middle, width, side, offCentre) {
  let angle = Math.atan2(end.y - start.y, end.x - start.x);
  if (angle > Math.PI / 2) angle -= Math.PI;
  if (angle < -Math.PI / 2) angle += Math.PI;
  const x = middle.x + side * BESIDE_PX * Math.sin(angle);
  const y = middle.y - side * BESIDE_PX * Math.cos(angle);
  return { x, y, angle, circles: textCircles(x, y, width, angle, 8), cost: offCentre + (side < 0 ? 0.2 : 0) };
}

// --- streets that cannot be walked to: a cross every few pixels ---

function crosses(map, data, drawing) {
  for (const group of data.bands.filter((one) => one.band === 0)) {
    for (const line of group.lines) {
      const points = line.map((position) => map.latLngToContainerPoint(flip(position)));
      const upTo = lengthsUpTo(points);
      for (let along = CROSS_EVERY_PX / 2; along < upTo.at(-1); along += CROSS_EVERY_PX) {
        const { x, y } = pointAlong(points, upTo, along);
        drawing.append(make("path", { class: group.inside ? "cross" : "cross outside", d: `M${x - 3} ${y - 3}l6 6m0 -6l-6 6` }));
      }
    }
  }
}

// --- drawing ---

let ruler = null;

function widthOf(text, weight) {
  ruler ??= document.createElement("canvas").getContext("2d");
  ruler.font = `${weight} ${FONT_PX}px ${getComputedStyle(document.body).fontFamily}`;
  return ruler.measureText(text).width;
}

function label(text, x, y, angle, className) {
  const turned = angle ? `rotate(${((angle * 180) / Math.PI).toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)})` : "";
  const made = make("text", { class: className, x: x.toFixed(1), y: y.toFixed(1), ...(turned && { transform: turned }) });
  made.textContent = text;
  return made;
}

function make(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
