// What is too much to be sent as GeoJSON is drawn from PMTiles: a city's streets, reach, uncovered people, facilities.
// The library is fetched only where a map has tiles; its canvas takes the colours of the page.
import { radiusOf } from "./people.js";
import { facilityPopup, peoplePopup } from "./popup.js";

const DATA_ZOOM = 14;
const TILE_SIZE = 256;
const REACH_PX = 24; // a circle is looked for as far as this from a tap, in the tiles beside it too
const FINGER_PX = 4;
const DOT_PX = 5;
const BANDS = { 0: ["--ink-3", 2], 1: ["--b1", 7], 2: ["--b2", 5.5], 3: ["--b3", 4], 4: ["--b4", 4, [9, 5]], 5: ["--b5", 3.5, [2, 5]] };
const NEAR_ZOOM = 15; // farther away lines are thinner and nobody's circle is drawn, or a city is one blot

export async function drawTiles(map, box, data) {
  if (!data.tiles) return;
  const library = await fetchLibrary(data.tiles.library);
  const drawn = { streets: add(map, library, data.tiles.streets, "streets", streets(library, box)) };
  if (data.tiles.reach) {
    drawn.reach = add(map, library, data.tiles.reach, "streets", reach(library, box), "reach-tiles");
    drawn.people = add(map, library, data.tiles.reach, "people", { paintRules: [blocks(library, box, false)] });
  }
  if (data.tiles.facilities) drawn.facilities = add(map, library, data.tiles.facilities, "people", facilities(library, box, data));
  tell(map, box, data, drawn);
  await Promise.all(Object.values(drawn).map((layer) => new Promise((resolve) => layer.once("load", resolve))));
}

function fetchLibrary(url) {
  if (window.protomapsL) return Promise.resolve(window.protomapsL);
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.addEventListener("load", () => resolve(window.protomapsL));
    script.addEventListener("error", () => reject(new Error(url)));
    document.head.append(script);
  });
}

function add(map, library, url, pane, rules, className = "") {
  const options = { url: new URL(url, location.href).href, pane, className, levelDiff: 0, maxDataZoom: DATA_ZOOM, minZoom: 0, maxZoom: 22, attribution: "", labelRules: [], ...rules };
  return library.leafletLayer(options).addTo(map);
}

function colour(box, name) {
  return getComputedStyle(box).getPropertyValue(name).trim();
}

function thin(width) {
  return (zoom) => (zoom >= NEAR_ZOOM ? width : Math.max(1, width * 0.45));
}

function streets(library, box) {
  const line = new library.LineSymbolizer({ color: colour(box, "--street"), width: thin(3) });
  const text = { labelProps: document.documentElement.lang === "en" ? ["name_en", "name"] : ["name"], fill: colour(box, "--ink-2"), stroke: colour(box, "--land"), width: 3, fontFamily: getComputedStyle(box).fontFamily, fontSize: 13, fontWeight: 400 };
  return {
    paintRules: [{ dataLayer: "streets", symbolizer: line }],
    labelRules: [{ dataLayer: "streets", minzoom: NEAR_ZOOM, symbolizer: new library.LineLabelSymbolizer(text) }],
  };
}

function reach(library, box) {
  const area = new library.PolygonSymbolizer({ fill: colour(box, "--reach"), opacity: 0.13 });
  const rules = [{ dataLayer: "reach", symbolizer: area, filter: (_, feature) => feature.props.kind === "area" }];
  for (const band of [0, 5, 4, 3, 2, 1]) rules.push(...bandRules(library, box, band));
  return { paintRules: [...rules, blocks(library, box, true)] };
}

function bandRules(library, box, band) {
  const [name, width, dash] = BANDS[band];
  const isBand = (inside) => (_, feature) => feature.props.kind === "band" && feature.props.band === band && isTrue(feature.props.inside) === inside;
  const line = (opacity) => new library.LineSymbolizer({ color: colour(box, name), width: thin(width), opacity, ...(dash ? { dash } : {}) });
  return [
    { dataLayer: "reach", symbolizer: line(0.25), filter: isBand(false) },
    { dataLayer: "reach", symbolizer: line(1), filter: isBand(true) },
  ];
}

function blocks(library, box, inCircle) {
  const radius = (_, feature) => radiusOf(feature.props.weight);
  const dot = new library.CircleSymbolizer({ radius, fill: colour(box, "--land"), stroke: colour(box, "--people"), width: 1.7, opacity: 0.85 });
  return { dataLayer: "reach", minzoom: NEAR_ZOOM, symbolizer: dot, filter: (_, feature) => feature.props.kind === "block" && isTrue(feature.props.circle) === inCircle };
}

// A canvas has no elements: a tap is looked up in the tiles, and what is under it says what it says elsewhere.
function tell(map, box, data, drawn) {
  map.on("click", async ({ latlng }) => {
    if (Math.round(map.getZoom()) < NEAR_ZOOM) return;
    const facility = drawn.facilities && facilityAt(map, drawn.facilities, latlng, data.tiles.samples);
    const block = !facility && drawn.people && blockAt(map, drawn.people, latlng, box.classList.contains("mode-circle"));
    if (facility) open(map, facility.at, await facilityWords(facility.props.id, data), data.texts);
    else if (block) open(map, block.at, peoplePopup(told(block.props), data.texts), data.texts);
  });
}

function open(map, at, content, texts) {
  window.L.popup({ maxWidth: 280 }).setLatLng(map.unproject(at, DATA_ZOOM)).setContent(content).openOn(map);
  map.getContainer().querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", texts.close);
}

// The tiles know where a facility is; what else is known of it is asked for when somebody wants it.
async function facilityWords(id, data) {
  const answer = await fetch(data.tiles.facility + encodeURIComponent(id), { headers: { Accept: "application/json" } });
  const { properties } = await answer.json();
  const name = (document.documentElement.lang === "en" && properties.name_en) || properties.name;
  return facilityPopup({ ...properties, name, status: properties.location_status }, data.texts);
}

function facilityAt(map, layer, latlng, withSamples) {
  return nearest(map, layer, latlng, ({ props, offPx }) => offPx <= DOT_PX + FINGER_PX && (withSamples || !isSample(props)));
}

function blockAt(map, layer, latlng, isCircleHidden) {
  const isHit = ({ props, offPx }) => props.kind === "block" && offPx <= radiusOf(props.weight) + FINGER_PX && !(isCircleHidden && isTrue(props.circle));
  return nearest(map, layer, latlng, isHit);
}

function told(props) {
  return { weight: props.weight, street: props.street, distance_m: props.distance_m ?? null, circle: isTrue(props.circle) };
}

// The feature that is hit nearest to a tap: its properties, its place, and how far off it is on the screen.
function nearest(map, layer, latlng, isHit) {
  const scale = 2 ** (map.getZoom() - DATA_ZOOM); // pixels of the screen for one of the tiles
  const tapped = map.project(latlng, DATA_ZOOM);
  const beside = [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]].map((step) => tapped.add(step.map((one) => (one * REACH_PX) / scale)));
  const found = beside.flatMap((point) => featuresNear(map, layer, point)).map((one) => ({ ...one, offPx: one.at.distanceTo(tapped) * scale }));
  return found.filter(isHit).sort((one, other) => one.offPx - other.offPx)[0] ?? null;
}

// The features of the tile under a point, with their places in pixels of the whole world.
function featuresNear(map, layer, point) {
  const corner = point.divideBy(TILE_SIZE).floor().multiplyBy(TILE_SIZE);
  const { lng, lat } = map.unproject(point, DATA_ZOOM);
  const picked = [...layer.queryTileFeaturesDebug(lng, lat, 2 * REACH_PX).values()].flat();
  return picked.map(({ feature: { props, geom } }) => ({ props, at: corner.add([geom[0][0].x, geom[0][0].y]) }));
}

// A sample is hollow, and is not there where samples are not shown.
function facilities(library, box, data) {
  const dot = (fill, stroke) => new library.CircleSymbolizer({ radius: DOT_PX, fill: colour(box, fill), stroke: colour(box, stroke), width: 1.5 });
  const rule = (symbolizer, isWanted) => ({ dataLayer: "facilities", symbolizer, filter: (_, { props }) => isWanted(props) });
  const real = rule(dot("--action", "--land"), (props) => !isSample(props));
  return { paintRules: data.tiles.samples ? [real, rule(dot("--land", "--sample"), isSample)] : [real] };
}

function isSample(props) {
  return props.location_status === "sample";
}

// Tiles have no truth values of their own: GDAL writes true as 1.
function isTrue(value) {
  return value === true || value === 1;
}
