// Draws the features of a page (GeoJSON of the same address) onto the frame that Folium has set up.

import { nameControls } from "./map/controls.js";

const POINT = { radius: 7, className: "feature-shape is-point" };
const SHAPE = { className: "feature-shape" };
const SHOWN_PROPERTIES = 6;

for (const box of document.querySelectorAll("[data-map]")) {
  const map = window[box.querySelector(".folium-map").id];
  const texts = JSON.parse(box.parentElement.dataset.texts);
  box.querySelector("[data-map-again]").addEventListener("click", () => load(box, map, texts));
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  load(box, map, texts);
}

async function load(box, map, texts) {
  setState(box, "loading");
  try {
    const answer = await fetch(box.dataset.url, { headers: { Accept: "application/geo+json" } });
    const body = await answer.json().catch(() => null);
    if (!answer.ok || body === null) throw new Error(body?.detail ?? `HTTP ${answer.status}`);
    draw(box, map, body, texts);
    setState(box, "ready");
  } catch (fault) {
    setState(box, "failed", fault.message);
  }
}

function setState(box, state, reason = "") {
  box.dataset.layerState = state;
  box.querySelector(".map-error").hidden = state !== "failed";
  box.querySelector("[data-map-fault]").textContent = reason;
}

function draw(box, map, body, texts) {
  const located = (body.features ?? [body]).filter((feature) => feature.geometry !== null);
  window.L.geoJSON(located, {
    style: (feature) => look(feature, SHAPE),
    pointToLayer: (feature, position) => window.L.circleMarker(position, look(feature, POINT)),
    onEachFeature: (feature, shape) => shape.bindPopup(() => popup(feature, box, texts), { maxWidth: 300 }),
  }).addTo(map);
  map.on("popupopen", () => map.getContainer().querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", texts.close));
  nameControls(box, map, texts);
}

function look(feature, style) {
  const sample = feature.properties.location_status === "sample";
  return sample ? { ...style, className: `${style.className} is-sample` } : style;
}

// Text only: what somebody wrote in the data stays text.
function popup(feature, box, texts) {
  const holder = document.createElement("div");
  add(holder, "p", String(feature.properties.name ?? feature.id), "popup-title");
  const told = Object.entries(feature.properties).filter(([name, value]) => value !== null && name !== "name");
  for (const [name, value] of told.slice(0, SHOWN_PROPERTIES)) add(holder, "p", `${name}: ${value}`);
  const line = document.createElement("p");
  const link = document.createElement("a");
  link.href = `${box.dataset.url.split("?")[0].replace(/\/items\/.*$/, "/items")}/${encodeURIComponent(feature.id)}?f=html`;
  link.textContent = texts.open;
  line.append(link);
  holder.append(line);
  return holder;
}

function add(holder, name, text, className = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  holder.append(made);
}
