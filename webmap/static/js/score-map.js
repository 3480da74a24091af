// Draws every home by its score; a click tells what it misses. The list beside the map says the same by street.
const RADIUS = 3;

for (const box of document.querySelectorAll("[data-map]")) {
  if (box.lifecircle) draw(box.lifecircle);
  else box.addEventListener("lifecircle:drawn", () => draw(box.lifecircle), { once: true });
}

function draw({ map, data }) {
  for (const home of data.homes) {
    const radius = Math.max(RADIUS, 0.2 * Math.sqrt(home.weight));
    const drawn = window.L.circleMarker([home.lat, home.lon], { pane: "people", className: `dot-point level-${home.level}`, radius });
    drawn.bindPopup(() => popup(home), { maxWidth: 260 }).addTo(map);
  }
  map.on("popupopen", () => map.getContainer().querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", data.texts.close));
}

function popup(home) {
  const holder = document.createElement("div");
  for (const [number, text] of [home.title, ...home.lines].entries()) {
    const line = document.createElement("p");
    if (number === 0) line.className = "popup-title";
    line.textContent = text;
    holder.append(line);
  }
  return holder;
}
