// What arrow keys do to a place on a map, on every page: 1 m a press, with Shift 10 m.
const STEP_M = 1;
const LONG_STEP_M = 10;
const DEGREE_M = 111320;
const STEPS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

// Moves a marker by an arrow key and keeps it in sight; false for every other key, which is left alone.
export function stepMarker(map, marker, event) {
  const direction = STEPS[event.key];
  if (direction === undefined) return false;
  event.preventDefault();
  event.stopPropagation();
  const { lat, lng } = marker.getLatLng();
  const metres = event.shiftKey ? LONG_STEP_M : STEP_M;
  const eastM = DEGREE_M * Math.cos((lat * Math.PI) / 180);
  marker.setLatLng([lat + (direction[1] * metres) / DEGREE_M, lng + (direction[0] * metres) / eastM]);
  map.panInside(marker.getLatLng(), { padding: [40, 40], animate: false });
  return true;
}
