// What a resident's map shows: the list's facilities, a route, or a place to tap.
import { nameControls } from "./controls.js";
import { drawFacilities } from "./facilities.js";
import { flipLine } from "./geometry.js";
import { keepLabels } from "./labels.js";
import { drawStreets } from "./streets.js";

const DECIMALS = 4;
const CLOSEST_ZOOM = 17;

// The frame begins by zooming to its area, in the next frame of the screen; a view set before that ends would be lost.
async function settled(map) {
  await new Promise(requestAnimationFrame);
  if (!map.getPane("mapPane").classList.contains("leaflet-zoom-anim")) return;
  await new Promise((go) => map.once("zoomend", go));
}

export async function draw(box, map, data) {
  await settled(map);
  map.invalidateSize({ animate: false });
  drawStreets(map, data);
  drawRoute(map, data);
  for (const facility of data.facilities) {
    drawFacilities(map, { ...data, symbol: facility.symbol, facilities: [facility] }, { quiet: false });
  }
  if (data.start) drawStart(map, data);
  showAll(map, data);
  keepLabels(map, box, data, { sparse: false });
  window.addEventListener("beforeprint", () => resized(box, map, data, true));
  window.addEventListener("afterprint", () => resized(box, map, data, false));
  nameControls(box, map, data.texts);
  if (document.querySelector("[data-choose-centre]") !== null) choose(map);
}

// On paper the map has a size of its own: what is on it is fitted to that, and to the screen again afterwards.
function resized(box, map, data, isPrinting) {
  box.classList.toggle("is-printing", isPrinting);
  map.invalidateSize({ animate: false });
  showAll(map, data);
}

function drawRoute(map, data) {
  const options = { pane: "people", interactive: false, fill: false, smoothFactor: 0.5 };
  const lines = data.route.map(flipLine);
  window.L.polyline(lines, { ...options, className: "route-line-halo" }).addTo(map);
  window.L.polyline(lines, { ...options, className: "route-line" }).addTo(map);
  for (const turn of data.turns) stand(map, turn, "turn", String(turn.number), 28);
}

function drawStart(map, data) {
  const marker = stand(map, data.start, "stand", data.texts.start, 32);
  marker.setZIndexOffset(1000);
}

function stand(map, place, className, text, size) {
  const sign = document.createElement("span");
  sign.className = className;
  sign.textContent = text;
  const holder = document.createElement("span");
  holder.append(sign);
  const icon = window.L.divIcon({ html: holder, className: "facility", iconSize: [size, size] });
  return window.L.marker([place.lat, place.lon], { icon, interactive: false, keyboard: false }).addTo(map);
}

function showAll(map, data) {
  const points = [...data.facilities, ...(data.start ? [data.start] : [])].map((one) => [one.lat, one.lon]);
  points.push(...data.route.flatMap(flipLine));
  if (points.length > 1) map.fitBounds(points, { padding: [36, 36], maxZoom: CLOSEST_ZOOM, animate: false });
}

// A tap anywhere, or the point under the cross-hair, is where somebody is.
function choose(map) {
  const button = document.querySelector("[data-choose-centre]");
  const go = ({ lng, lat }) => {
    const query = new URLSearchParams({ lon: lng.toFixed(DECIMALS), lat: lat.toFixed(DECIMALS) });
    location.assign(`${button.dataset.near}?${query}`);
  };
  button.hidden = false;
  button.addEventListener("click", () => go(map.getCenter()));
  map.on("click", (event) => go(event.latlng));
}
