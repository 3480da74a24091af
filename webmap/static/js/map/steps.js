// Where a place on the map goes by an arrow key: 1 m, with Shift 10 m; null for every other key.
const STEP_M = 1;
const LONG_STEP_M = 10;
const DEGREE_M = 111320;
const STEPS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export function stepped(at, event) {
  const direction = STEPS[event.key];
  if (direction === undefined) return null;
  event.preventDefault();
  event.stopPropagation();
  const metres = event.shiftKey ? LONG_STEP_M : STEP_M;
  const eastM = DEGREE_M * Math.cos((at.lat * Math.PI) / 180);
  return window.L.latLng(at.lat + (direction[1] * metres) / DEGREE_M, at.lng + (direction[0] * metres) / eastM);
}
