// People who are not covered: one circle a street block from afar, one a demand point from close by.
import { peoplePopup } from "./popup.js";

const POINTS_FROM_ZOOM = 16;

export function drawPeople(map, data) {
  const far = group(data.blocks, data);
  const near = group(data.people, data);
  const show = () => {
    const close = map.getZoom() >= POINTS_FROM_ZOOM && data.people.length > 0;
    (close ? near : far).addTo(map);
    (close ? far : near).remove();
  };
  map.on("zoomend", show);
  show();
}

// The circle's area follows the number of people.
export function radiusOf(weight) {
  return Math.max(2, 0.2 * Math.sqrt(weight));
}

function group(people, data) {
  return window.L.layerGroup(people.map((one) => circle(one, data)));
}

function circle(one, data) {
  const className = `people${one.distance_m === null ? " unreachable" : ""}${one.circle ? " in-circle" : ""}`;
  const drawn = window.L.circleMarker([one.lat, one.lon], { pane: "people", className, radius: radiusOf(one.weight) });
  return drawn.bindPopup(() => peoplePopup(one, data.texts));
}
