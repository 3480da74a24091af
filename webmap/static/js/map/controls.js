// What Leaflet's own controls and the map itself are called, in the visitor's language.

export function nameControls(box, map, texts) {
  const container = map.getContainer();
  container.setAttribute("role", "group");
  container.setAttribute("aria-label", texts.map);
  for (const [name, text] of [["in", texts.zoom_in], ["out", texts.zoom_out]]) {
    const link = box.querySelector(`.leaflet-control-zoom-${name}`);
    link.title = text;
    link.setAttribute("aria-label", text);
  }
}
