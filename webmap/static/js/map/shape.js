// The shape in a feature's form, drawn while it is typed; its corners can be dragged, or moved by the arrow keys.
import { flipLine } from "./geometry.js";
import { stepMarker } from "./steps.js";

const DECIMALS = 7;
const MOST_CORNERS = 200;
const FEWEST_CORNERS = 3;
const MOST_STEPS_BACK = 100;
const NUMBER = "[-+]?[0-9]+(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?";
const PAIR = new RegExp(`^\\s*(${NUMBER})\\s+(${NUMBER})(?:\\s+${NUMBER})?\\s*$`);

export function editShape(map, field) {
  const state = { map, field, said: document.getElementById("shape-state"), rings: null, drawn: null, corners: [], past: [] };
  const datum = document.getElementById("datum");
  const again = () => { state.past = []; read(state, datum); };
  field.addEventListener("input", (event) => { if (event.isTrusted || !state.isWriting) again(); });
  datum?.addEventListener("change", again);
  map.getContainer().addEventListener("keydown", (event) => { if (isTakingBack(event)) takeBack(state, event); }, true);
  const button = document.querySelector("[data-shape-back]");
  button.hidden = false;
  button.addEventListener("click", (event) => takeBack(state, event));
  again();
  if (state.drawn !== null) map.fitBounds(state.drawn.getBounds().pad(0.4), { animate: false });
}

function read(state, datum) {
  const { field, said } = state;
  if (field.value.trim() === "") {
    state.rings = null;
    draw(state);
    said.textContent = "";
    return;
  }
  if (datum !== null && datum.value !== "wgs84") {
    state.rings = null; // a corner that is dragged would be written in WGS-84 under another datum
    draw(state);
    said.textContent = field.dataset.foreign;
    return;
  }
  const rings = ringsOf(field.value);
  if (rings === null) {
    said.textContent = field.dataset.unread;
    return;
  }
  state.rings = rings.map((ring) => ring.slice(0, -1));
  draw(state);
}

function draw(state) {
  state.drawn?.remove();
  state.corners.forEach((corner) => corner.remove());
  state.corners = [];
  state.drawn = null;
  if (state.rings === null) return;
  state.drawn = window.L.polygon(state.rings.map(flipLine), { className: "edit-shape", pane: "area", interactive: false }).addTo(state.map);
  const count = state.rings.reduce((sum, ring) => sum + ring.length, 0);
  state.said.textContent = state.field.dataset.drawn.replace("{count}", count);
  if (count > MOST_CORNERS) {
    state.said.textContent += ` ${state.field.dataset.many}`;
    return;
  }
  let number = 0;
  for (const ring of state.rings) ring.forEach((_, place) => corner(state, ring, place, { number: ++number, count }));
}

function corner(state, ring, place, { number, count }) {
  const icon = window.L.divIcon({ html: "", className: "edit-corner", iconSize: [24, 24] });
  const [lon, lat] = ring[place];
  const marker = window.L.marker([lat, lon], { icon, draggable: true, keyboard: true, autoPan: true }).addTo(state.map);
  const element = marker.getElement();
  element.setAttribute("aria-label", state.field.dataset.corner.replace("{number}", number).replace("{count}", count));
  element.setAttribute("aria-describedby", "map-hint");
  marker.on("dragstart", () => remember(state));
  marker.on("drag", () => put(state, ring, place, marker.getLatLng()));
  element.addEventListener("keydown", (event) => pressed(state, { ring, place, number, marker }, event));
  state.corners.push(marker);
}

function pressed(state, { ring, place, number, marker }, event) {
  if (stepMarker(state.map, marker, event)) {
    remember(state);
    put(state, ring, place, marker.getLatLng());
    return;
  }
  if (event.key === "Enter") {
    remember(state);
    const next = ring[(place + 1) % ring.length];
    ring.splice(place + 1, 0, ring[place].map((value, axis) => (value + next[axis]) / 2));
  } else if (event.key === "Delete" && ring.length > FEWEST_CORNERS) {
    remember(state);
    ring.splice(place, 1);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  write(state);
  draw(state);
  const at = event.key === "Enter" ? number : Math.min(number - 1, state.corners.length - 1);
  state.corners[at]?.getElement().focus();
}

function remember({ past, field }) {
  past.push(field.value);
  if (past.length > MOST_STEPS_BACK) past.shift();
}

function isTakingBack({ key, ctrlKey, metaKey }) {
  return key === "Escape" || (key.toLowerCase() === "z" && (ctrlKey || metaKey));
}

// One step back, in the middle of a drag too; what is typed begins anew, for the field takes that back itself.
function takeBack(state, event) {
  event.preventDefault();
  event.stopPropagation();
  if (state.past.length === 0) {
    state.said.textContent = state.field.dataset.first;
    return;
  }
  const at = state.corners.findIndex((corner) => corner.getElement() === document.activeElement);
  state.field.value = state.past.pop();
  read(state, null);
  state.said.textContent = `${state.field.dataset.undone} ${state.said.textContent}`;
  if (at >= 0) state.corners[Math.min(at, state.corners.length - 1)]?.getElement().focus();
}

function put(state, ring, place, at) {
  ring[place] = [at.lng, at.lat];
  state.drawn.setLatLngs(state.rings.map(flipLine));
  write(state);
}

function write(state) {
  const pair = ([lon, lat]) => `${short(lon)} ${short(lat)}`;
  const ring = (places) => `(${[...places, places[0]].map(pair).join(", ")})`;
  state.field.value = `POLYGON (${state.rings.map(ring).join(", ")})`;
  state.isWriting = true;
  state.field.dispatchEvent(new Event("input", { bubbles: true }));
  state.isWriting = false;
}

function short(degrees) {
  return String(Number(degrees.toFixed(DECIMALS)));
}

// The closed rings of a polygon as GeoJSON or well-known text; null for anything else: the server says what is wrong.
function ringsOf(text) {
  const rings = text.trim().startsWith("{") ? ofJson(text) : ofWkt(text);
  const isRing = (ring) => Array.isArray(ring) && ring.length > FEWEST_CORNERS && ring.every(isPlace);
  return Array.isArray(rings) && rings.length > 0 && rings.every(isRing) ? rings.map((ring) => ring.map((one) => one.slice(0, 2))) : null;
}

function isPlace(one) {
  return Array.isArray(one) && one.length > 1 && Math.abs(one[0]) <= 180 && Math.abs(one[1]) <= 90;
}

function ofJson(text) {
  try {
    let value = JSON.parse(text);
    if (value.type === "FeatureCollection" && value.features.length === 1) [value] = value.features;
    if (value.type === "Feature") value = value.geometry;
    return value.type === "Polygon" ? value.coordinates : null;
  } catch {
    return null;
  }
}

function ofWkt(text) {
  const inside = /^\s*POLYGON\s*(?:Z\s*)?\(\s*\((.*)\)\s*\)\s*$/is.exec(text);
  if (inside === null) return null;
  const rings = inside[1].split(/\)\s*,\s*\(/).map((ring) => ring.split(",").map((pair) => PAIR.exec(pair)));
  return rings.flat().includes(null) ? null : rings.map((ring) => ring.map((pair) => [Number(pair[1]), Number(pair[2])]));
}
