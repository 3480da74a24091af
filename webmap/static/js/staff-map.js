// The map of a feature's form: a marker to drag, or to move by the arrow keys; the fields say what it says.
import { nameControls } from "./map/controls.js";
import { editShape } from "./map/shape.js";
import { stepMarker } from "./map/steps.js";
import { keepLabels } from "./map/labels.js";
import { drawStreets } from "./map/streets.js";

const SVG = "http://www.w3.org/2000/svg";
const CLOSE_ZOOM = 17;
const DECIMALS = 7;
// A hand does not set a marker better than to some pixels, and the streets under it are up to 30 m off themselves.
const HAND_PX = 6;
const STREETS_M = 30;
const KEPT_WHEN_MOVED = ["surveyed", "address"];

const box = document.querySelector("[data-map=edit]");
if (box !== null) begin(box, window[box.querySelector(".folium-map").id]);

async function begin(box, map) {
  box.querySelector("[data-map-again]").addEventListener("click", () => load(box, map));
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  load(box, map);
}

async function load(box, map) {
  try {
    const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const data = await answer.json();
    if (map.getPane("mapPane").classList.contains("leaflet-zoom-anim")) await new Promise((go) => map.once("zoomend", go));
    map.invalidateSize({ animate: false });
    drawStreets(map, data);
    const input = document.getElementById("coordinates");
    const taken = { lat: Number(input?.dataset.lat), lon: Number(input?.dataset.lon) };
    keepLabels(map, box, { ...data, facilities: input?.dataset.lon ? [taken] : [] }, { sparse: true });
    nameControls(box, map, data.texts);
    if (input !== null) edit(map, input);
    const shape = document.querySelector("[data-shape]");
    if (shape !== null) editShape(map, shape);
    box.dataset.layerState = "ready";
  } catch (fault) {
    box.dataset.layerState = "failed";
    box.querySelector(".map-error").hidden = false;
    box.querySelector("[data-map-fault]").textContent = fault.message;
  }
}

function edit(map, input) {
  const sign = JSON.parse(input.dataset.sign);
  const start = input.dataset.lon ? window.L.latLng(input.dataset.lat, input.dataset.lon) : null;
  const hint = document.querySelector("[data-map-hint]");
  const was = input.dataset.wasLon ? window.L.latLng(input.dataset.wasLat, input.dataset.wasLon) : null;
  const state = { map, input, hint, sign, was, marker: null };
  if (was !== null) before(state);
  if (start !== null) {
    put(state, start);
    map.setView(start, CLOSE_ZOOM, { animate: false });
  } else {
    hint.textContent = `${hint.dataset.tap} ${hint.textContent}`;
  }
  map.on("click", (event) => {
    if (state.marker === null) put(state, event.latlng);
    else state.marker.setLatLng(event.latlng);
    moved(state);
  });
  for (const name of ["location_status", "accuracy_m"]) {
    document.getElementById(name)?.addEventListener("change", () => draw(state));
  }
}

// Where it was when the form was opened, with how far off that may be.
function before({ map, was, input, sign }) {
  const { wasStatus: status, wasAccuracy: accuracy } = input.dataset;
  if (Number(accuracy) > 0 && status !== "surveyed") {
    window.L.circle(was, { radius: Number(accuracy), className: `error-circle family-${sign.family}`, pane: "area", interactive: false }).addTo(map);
  }
  const icon = window.L.divIcon({ html: picture(sign, status), className: "facility was-here", iconSize: [24, 24] });
  window.L.marker(was, { icon, interactive: false, keyboard: false }).addTo(map);
}

function put(state, at) {
  const icon = window.L.divIcon({ html: "", className: "facility edit-marker", iconSize: [44, 44] });
  state.marker = window.L.marker(at, { icon, draggable: true, keyboard: true, autoPan: true }).addTo(state.map);
  const element = state.marker.getElement();
  element.setAttribute("aria-label", state.input.dataset.name);
  element.setAttribute("aria-describedby", "map-hint");
  element.addEventListener("keydown", (event) => step(state, event));
  state.marker.on("drag", () => tell(state));
  state.marker.on("dragend", () => moved(state));
  draw(state);
}

function step(state, event) {
  if (stepMarker(state.map, state.marker, event)) moved(state);
}

// The fields follow: WGS-84, and approximate unless somebody has said that the place was seen.
function moved(state) {
  const at = state.marker.getLatLng();
  state.input.value = `${at.lng.toFixed(DECIMALS)}, ${at.lat.toFixed(DECIMALS)}`;
  document.getElementById("datum").value = "wgs84";
  const status = document.getElementById("location_status");
  const accuracy = document.getElementById("accuracy_m");
  if (!status.dataset.said) {
    // What was rough does not become exact by being moved.
    const before = status.value === "approximate" ? Number(accuracy.value) : 0;
    status.value = "approximate";
    accuracy.value = Math.max(before, STREETS_M, Math.ceil((HAND_PX * metresPerPixel(state.map)) / 5) * 5);
  }
  tell(state);
  draw(state);
  state.input.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const name of ["location_status", "accuracy_m"]) {
  document.getElementById(name)?.addEventListener("input", () => {
    const status = document.getElementById("location_status");
    if (KEPT_WHEN_MOVED.includes(status.value) || name === "accuracy_m") status.dataset.said = "1";
  });
}

function tell({ was, marker, hint }) {
  if (was === null) return;
  const metres = Math.round(was.distanceTo(marker.getLatLng()));
  hint.textContent = hint.dataset.moved.replace("{metres}", metres);
}

function metresPerPixel(map) {
  const middle = map.getSize().divideBy(2);
  return map.containerPointToLatLng(middle).distanceTo(map.containerPointToLatLng(middle.add([1, 0])));
}

function draw({ marker, sign }) {
  const status = document.getElementById("location_status")?.value || "approximate";
  const drawn = picture(sign, ["sample", "unlocated"].includes(status) ? "approximate" : status);
  marker?.getElement().replaceChildren(drawn);
}

function picture(sign, status) {
  const drawing = element("svg", { class: `sign family-${sign.family} is-${status}`, viewBox: "0 0 32 32", "aria-hidden": "true", focusable: "false" });
  drawing.append(element("use", { href: `#sign-${sign.family}-${status}` }));
  const glyph = element("text", { x: 16, y: sign.family === "places" ? 22 : 21, "text-anchor": "middle" });
  glyph.textContent = sign.glyph;
  drawing.append(glyph);
  return drawing;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
