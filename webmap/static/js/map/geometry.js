// Positions travel as [longitude, latitude]; Leaflet wants [latitude, longitude].
export function flip([lon, lat]) {
  return [lat, lon];
}

export function flipLine(line) {
  return line.map(flip);
}

export function flipPolygons(polygons) {
  return polygons.map((rings) => rings.map(flipLine));
}

// Do two circles [x, y, radius] meet?
export function circlesMeet([ax, ay, ar], [bx, by, br]) {
  return Math.hypot(ax - bx, ay - by) < ar + br;
}

export function circleMeetsBox([x, y, radius], box) {
  const dx = Math.max(box.left - x, 0, x - box.right);
  const dy = Math.max(box.top - y, 0, y - box.bottom);
  return Math.hypot(dx, dy) < radius;
}

// Circles along a text of `width`, centred at (x, y) and turned by `angle`: what the text covers.
export function textCircles(x, y, width, angle, radius) {
  const count = Math.max(2, Math.ceil(width / radius));
  return Array.from({ length: count }, (_, number) => {
    const along = width * ((number + 0.5) / count - 0.5);
    return [x + along * Math.cos(angle), y + along * Math.sin(angle), radius];
  });
}

// The point at `distance` along a line of pixels, given the lengths up to each of its vertices.
export function pointAlong(points, upTo, distance) {
  let end = upTo.findIndex((length) => length >= distance);
  if (end <= 0) end = end === 0 ? 1 : points.length - 1;
  const share = (distance - upTo[end - 1]) / (upTo[end] - upTo[end - 1] || 1);
  const [from, to] = [points[end - 1], points[end]];
  return { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) };
}

export function lengthsUpTo(points) {
  const lengths = [0];
  for (let i = 1; i < points.length; i += 1) {
    lengths.push(lengths[i - 1] + Math.hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y));
  }
  return lengths;
}
