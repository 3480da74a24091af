// Draws a path on the map and keeps it in the form's field, one position a line; the field works without the map too.
import { picture } from "./map/places.js";
import { stepMarker } from "./map/steps.js";

const words = document.querySelector("script[data-point]").dataset;
const box = document.querySelector("[data-map=patch]");
const field = document.getElementById("line");
const form = document.querySelector("[data-patch-form]");
const POSITION = /^(-?\d+(?:\.\d+)?)[,，](-?\d+(?:\.\d+)?)$/;

let map = null;
let line = null;
let markers = [];

if (box.lifecircle) begin();
else box.addEventListener("lifecircle:drawn", begin, { once: true });

function begin() {
  map = box.lifecircle.map;
  line = window.L.polyline([], { pane: "people", className: "patch-line", interactive: false }).addTo(map);
  document.querySelector("[data-patch-tools]").hidden = false;
  document.querySelector("[data-patch-centre]").addEventListener("click", () => add(map.getCenter()));
  document.querySelector("[data-patch-undo]").addEventListener("click", () => write(read().slice(0, -1)));
  map.on("click", (event) => add(event.latlng));
  field.addEventListener("change", draw);
  explain(box.lifecircle.data.places);
  form.addEventListener("change", draw);
  draw();
  if (markers.length > 0) map.fitBounds(line.getBounds(), { maxZoom: 18, padding: [60, 60] });
}

// The legend names every kind of sign that the map has, once.
function explain(places) {
  const kinds = new Map(places.map((place) => [`${place.glyph} ${place.look}`, place]));
  const lines = [...kinds.values()].map((place) => {
    const line = document.createElement("li");
    line.append(picture(place), place.title);
    return line;
  });
  document.querySelector("[data-patch-legend]").append(...lines);
}

function read() {
  const parts = field.value.split(/[;；\s]+/).map((text) => POSITION.exec(text)).filter(Boolean);
  return parts.map(([, lon, lat]) => [Number(lat), Number(lon)]);
}

function write(positions) {
  field.value = positions.map(([lat, lon]) => `${lon.toFixed(6)},${lat.toFixed(6)}`).join("\n");
  draw();
}

function add({ lat, lng }) {
  write([...read(), [lat, lng]]);
}

function draw() {
  const positions = read();
  line.setLatLngs(positions);
  line.getElement()?.classList.toggle("is-closing", form.elements.kind.value === "close");
  while (markers.length > positions.length) markers.pop().remove();
  positions.forEach((at, number) => {
    if (markers[number]) markers[number].setLatLng(at);
    else markers.push(marker(at, number));
  });
}

function marker(at, number) {
  const name = words.point.replace("{number}", number + 1);
  const icon = window.L.divIcon({ className: "patch-point", html: String(number + 1), iconSize: [26, 26] });
  const made = window.L.marker(at, { icon, draggable: true, autoPan: true, title: name });
  made.on("add", () => made.getElement().setAttribute("aria-label", name));
  made.on("drag", () => follow(number, made.getLatLng()));
  made.addTo(map);
  made.getElement().addEventListener("keydown", (event) => {
    if (stepMarker(map, made, event)) follow(number, made.getLatLng());
  });
  return made;
}

function follow(number, { lat, lng }) {
  const positions = read();
  positions[number] = [lat, lng];
  write(positions);
}
