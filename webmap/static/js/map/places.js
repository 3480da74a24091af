// Places in the street network that are worth a look: a sign with the kind's character, and in its popup what is there.
const SVG = "http://www.w3.org/2000/svg";
const SIZE = 30;
const CLOSE_ZOOM = 17;

export function drawPlaces(map, box, data) {
  const markers = new Map((data.places ?? []).map((place) => [place.id, draw(map, place, data.texts)]));
  if (markers.size === 0) return;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-place-show]");
    if (button !== null) show(map, box, markers.get(button.dataset.placeShow));
  });
}

function draw(map, place, texts) {
  const marker = window.L.marker([place.lat, place.lon], {
    icon: window.L.divIcon({ html: picture(place), className: `finding is-${place.look}`, iconSize: [SIZE, SIZE], popupAnchor: [0, -SIZE / 3] }),
    title: place.title,
    riseOnHover: true,
    zIndexOffset: place.look === "fault" ? 1000 : 0,
  });
  marker.bindPopup(() => popup(place), { maxWidth: 280 });
  marker.on("add", () => marker.getElement().setAttribute("aria-label", [place.title, ...place.lines].join(" · ")));
  marker.on("popupopen", () => map.getContainer().querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", texts.close));
  return marker.addTo(map);
}

// A list under the map may ask for one of its places: the map goes there, and says what is there.
function show(map, box, marker) {
  if (marker === undefined) return;
  box.scrollIntoView({ block: "center" });
  map.setView(marker.getLatLng(), Math.max(map.getZoom(), CLOSE_ZOOM), { animate: false });
  marker.openPopup();
  marker.getElement().focus({ preventScroll: true });
}

function popup(place) {
  const holder = document.createElement("div");
  for (const [number, text] of [place.title, ...place.lines].entries()) {
    const line = document.createElement("p");
    if (number === 0) line.className = "popup-title";
    line.textContent = text;
    holder.append(line);
  }
  return holder;
}

export function picture(place) {
  const holder = document.createElement("span");
  const sign = element("svg", { class: `finding-sign is-${place.look}`, viewBox: "0 0 32 32", width: SIZE, height: SIZE, "aria-hidden": "true", focusable: "false" });
  sign.append(element("use", { href: `#finding-${place.look}` }));
  const glyph = element("text", { x: 16, y: place.look === "fact" ? 20.5 : 25, "text-anchor": "middle" });
  glyph.textContent = place.glyph;
  sign.append(glyph);
  holder.append(sign);
  return holder;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
