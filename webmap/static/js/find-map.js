// The maps of the resident's pages: the list's facilities, a route, or a place to tap. They wait until they are seen.
import { nameControls } from "./map/controls.js";
import { drawFacilities } from "./map/facilities.js";
import { flipLine } from "./map/geometry.js";
import { keepLabels } from "./map/labels.js";
import { drawStreets } from "./map/streets.js";

const DECIMALS = 4;
const CLOSEST_ZOOM = 17;

for (const box of document.querySelectorAll("[data-find-map]")) {
  const watcher = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    watcher.disconnect();
    begin(box);
  }, { rootMargin: "200px" });
  watcher.observe(box);
}

async function begin(box) {
  try {
    for (const url of box.dataset.scripts.split(" ")) await script(url);
    const map = window[box.querySelector(".folium-map").id];
    const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const data = await answer.json();
    await settled(map);
    draw(box, map, data);
    box.dataset.layerState = "ready";
  } catch (fault) {
    box.dataset.layerState = "failed";
    box.querySelector(".map-error").hidden = false;
    throw fault;
  }
}

function script(url) {
  return new Promise((loaded, failed) => {
    const made = document.createElement("script");
    made.src = url;
    made.addEventListener("load", loaded);
    made.addEventListener("error", () => failed(new Error(url)));
    document.head.append(made);
  });
}

// The frame begins by zooming to its area; a view set while that runs would be lost when it ends.
async function settled(map) {
  if (!map.getPane("mapPane").classList.contains("leaflet-zoom-anim")) return;
  await new Promise((go) => map.once("zoomend", go));
}

function draw(box, map, data) {
  map.invalidateSize({ animate: false });
  drawStreets(map, data);
  drawRoute(map, data);
  for (const facility of data.facilities) {
    drawFacilities(map, { ...data, symbol: facility.symbol, facilities: [facility] }, { quiet: false });
  }
  if (data.start) drawStart(map, data);
  showAll(map, data);
  keepLabels(map, box, data, { sparse: false });
  nameControls(box, map, data.texts);
  if (document.querySelector("[data-choose-centre]") !== null) choose(map);
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
