// Draws the data of every map on the page onto the frame that Folium has set up.
import { drawAreas } from "./map/areas.js";
import { nameControls } from "./map/controls.js";
import { drawFacilities } from "./map/facilities.js";
import { drawGaps } from "./map/gaps.js";
import { keepLabels } from "./map/labels.js";
import { drawPeople } from "./map/people.js";
import { drawPlaces } from "./map/places.js";
import { drawStreets } from "./map/streets.js";
import { drawTiles } from "./map/tiles.js";

for (const box of document.querySelectorAll("[data-map]")) {
  begin(box);
}

function begin(box) {
  const frame = box.querySelector(".folium-map");
  const map = window[frame.id];
  box.querySelector("[data-map-again]").addEventListener("click", () => load(box, map));
  listenForModes(box);
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  load(box, map);
}

async function load(box, map) {
  setState(box, "loading");
  try {
    const data = await fetchData(box.dataset.url);
    draw(box, map, data);
    await drawTiles(map, box, data);
    box.lifecircle = { map, data };
    box.dispatchEvent(new Event("lifecircle:drawn"));
    setState(box, "ready");
  } catch (fault) {
    setState(box, "failed", fault.message);
  }
}

async function fetchData(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  const body = await answer.json().catch(() => null);
  if (!answer.ok || body === null) {
    throw new Error(body?.detail ?? `HTTP ${answer.status}`);
  }
  return body;
}

function setState(box, state, reason = "") {
  box.dataset.layerState = state;
  box.querySelector(".map-error").hidden = state !== "failed";
  box.querySelector("[data-map-fault]").textContent = reason;
}

function draw(box, map, data) {
  const isPanel = box.dataset.map === "panel";
  drawAreas(map, data);
  drawStreets(map, data);
  drawPeople(map, data);
  if (isPanel) drawGaps(map, data);
  drawFacilities(map, data, { quiet: isPanel });
  drawPlaces(map, box, data);
  keepLabels(map, box, data, { sparse: isPanel });
  nameControls(box, map, data.texts);
}

function listenForModes(box) {
  const modes = document.querySelector("[data-map-modes]");
  if (modes === null || box.dataset.map === "panel") return;
  modes.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-mode]");
    if (chosen === null) return;
    for (const button of modes.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button === chosen));
      box.classList.toggle(`mode-${button.dataset.mode}`, button === chosen);
    }
  });
}
