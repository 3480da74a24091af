// Gaps: uncovered people that belong together, hatched, with a letter; a click tells why, here and in the list.
import { flipPolygons } from "./geometry.js";

const SIZE = 28;

export function drawGaps(map, data) {
  const markers = new Map((data.gaps ?? []).map((gap) => [gap.letter, draw(map, gap, data.texts)]));
  if (markers.size === 0) return;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-gap-show]");
    const marker = button && markers.get(button.dataset.gapShow);
    if (!marker) return;
    marker.openPopup();
    map.getContainer().scrollIntoView({ block: "nearest" });
  });
}

function draw(map, gap, texts) {
  if (gap.area.length > 0) {
    window.L.polygon(flipPolygons(gap.area), { pane: "area", className: "gap-area", fillColor: "url(#hatch-gap)", interactive: false, smoothFactor: 0.5 }).addTo(map);
  }
  const marker = window.L.marker([gap.lat, gap.lon], {
    icon: window.L.divIcon({ html: badge(gap.letter), className: "gap-badge", iconSize: [SIZE, SIZE] }),
    title: gap.title,
  });
  marker.bindPopup(() => popup(gap), { maxWidth: 260 });
  marker.on("add", () => marker.getElement().setAttribute("aria-label", gap.title));
  marker.on("popupopen", () => map.getContainer().querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", texts.close));
  return marker.addTo(map);
}

function badge(letter) {
  const made = document.createElement("span");
  made.textContent = letter;
  return made;
}

function popup(gap) {
  const holder = document.createElement("div");
  for (const [number, text] of [gap.title, ...gap.lines].entries()) {
    const line = document.createElement("p");
    if (number === 0) line.className = "popup-title";
    line.textContent = text;
    holder.append(line);
  }
  return holder;
}
