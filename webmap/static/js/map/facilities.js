// Facilities: the family's shape with the layer's character, drawn the more solid the better the place is known.
import { facilityPopup } from "./popup.js";

const SVG = "http://www.w3.org/2000/svg";
const SIZE = 32;
const GLYPH_BASELINE = { places: 22 };

export function drawFacilities(map, data, { quiet }) {
  for (const facility of data.facilities) {
    if (facility.accuracy_m && facility.status === "approximate") drawError(map, facility, data.symbol);
    const marker = window.L.marker([facility.lat, facility.lon], {
      icon: window.L.divIcon({
        html: picture(facility, data),
        className: `facility family-${data.symbol.family}${quiet ? " quiet" : ""}`,
        iconSize: [SIZE, SIZE],
      }),
      title: facility.name,
      riseOnHover: true,
    });
    marker.bindPopup(() => facilityPopup(facility, data.texts), { maxWidth: 280 });
    marker.on("add", () => marker.getElement().setAttribute("aria-label", `${facility.name}, ${data.texts.status[facility.status]}`));
    marker.on("popupopen", () => nameClose(map, data.texts));
    marker.addTo(map);
  }
}

// A facility or a new site that can be dragged.
export function movableIcon(facility, data, className = "") {
  return window.L.divIcon({
    html: picture(facility, data),
    className: `facility movable family-${data.symbol.family} ${className}`,
    iconSize: [SIZE, SIZE],
  });
}

function nameClose(map, texts) {
  map.getContainer().querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", texts.close);
}

function drawError(map, facility, symbol) {
  const className = `error-circle family-${symbol.family}`;
  window.L.circle([facility.lat, facility.lon], { radius: facility.accuracy_m, className, pane: "area", interactive: false }).addTo(map);
}

function picture(facility, data) {
  const holder = document.createElement("span");
  const sign = element("svg", { class: `sign family-${data.symbol.family} is-${facility.status}`, viewBox: "0 0 32 32", width: SIZE, height: SIZE, "aria-hidden": "true", focusable: "false" });
  sign.append(element("use", { href: `#sign-${data.symbol.family}-${facility.status}` }));
  const glyph = element("text", { x: 16, y: GLYPH_BASELINE[data.symbol.family] ?? 21, "text-anchor": "middle" });
  glyph.textContent = data.symbol.glyph;
  sign.append(glyph);
  holder.append(sign);
  if (facility.status === "sample") holder.append(ribbon(data.texts.status.sample));
  return holder;
}

function ribbon(text) {
  const label = document.createElement("span");
  label.className = "ribbon";
  label.textContent = text;
  return label;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
