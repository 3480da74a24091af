// Follows a site while it is dragged: asks the server what the change does, and writes the scenario into the address.
import { movableIcon } from "./map/facilities.js";
import { stepMarker } from "./map/steps.js";

const script = document.querySelector("script[data-json]");
const words = script.dataset;
const box = document.querySelector("[data-map]");
const figures = document.querySelector(".figure-card");
const fixed = document.querySelector("[data-fixed]") !== null;

const scenario = { add: [], move: new Map(), close: new Set(), gate: [], path: [] };
const markers = new Map();
let map = null;
let data = null;
let dots = [];
let asking = false;
let again = false;
let tool = "add";
let corners = [];
let drawnStreets = null;

if (box.lifecircle) begin(box.lifecircle);
else box.addEventListener("lifecircle:drawn", () => begin(box.lifecircle), { once: true });

function begin(drawn) {
  ({ map, data } = drawn);
  readScenario();
  dots = data.points.map(([lon, lat, weight]) => window.L.circleMarker([lat, lon], { pane: "people", className: "dot-point is-c", radius: Math.max(3, 0.2 * Math.sqrt(weight)), interactive: false }).addTo(map));
  for (const one of data.standing) drawStanding(one);
  scenario.add.forEach((_, number) => drawNew(number));
  drawnStreets = window.L.layerGroup().addTo(map);
  drawStreetChanges();
  if (!fixed) listen();
  keepClear();
  ask();
}

function readScenario() {
  const query = new URLSearchParams(fixed ? words.changes : location.search);
  for (const text of query.getAll("add").filter(Boolean)) scenario.add.push(position(text));
  for (const text of query.getAll("move").filter(Boolean)) {
    const at = text.indexOf(",");
    scenario.move.set(text.slice(0, at), position(text.slice(at + 1)));
  }
  for (const text of query.getAll("close").filter(Boolean)) scenario.close.add(text);
  scenario.gate = query.getAll("gate").filter(Boolean);
  scenario.path = query.getAll("path").filter(Boolean);
}

function position(text) {
  return text.split(/[,，]/).map(Number);
}

// --- markers ---

function drawStanding(one) {
  const at = scenario.move.get(one.id) ?? [one.lon, one.lat];
  const marker = place(one.id, at, movableIcon({ ...one, name: one.name }, data), one.name);
  marker.on("drag", () => { scenario.move.set(one.id, here(marker)); ask(); });
  show(one.id);
}

function drawNew(number) {
  const id = `new-${number + 1}`;
  const name = data.texts.new.replace("{number}", number + 1);
  const marker = place(id, scenario.add[number], movableIcon({ status: "surveyed", name }, data, "is-new"), name);
  marker.on("drag", () => { scenario.add[number] = here(marker); ask(); });
}

function place(id, [lon, lat], icon, name) {
  const marker = window.L.marker([lat, lon], { icon, title: name, draggable: !fixed, autoPan: true, riseOnHover: true });
  marker.on("add", () => marker.getElement().setAttribute("aria-label", name));
  marker.on("dragend", keepClear);
  marker.addTo(map);
  if (!fixed) {
    marker.getElement().addEventListener("keydown", (event) => {
      if (stepMarker(map, marker, event)) marker.fire("drag").fire("dragend");
    });
  }
  markers.set(id, marker);
  return marker;
}

// Names of streets keep clear of the sites wherever these stand now.
function keepClear() {
  data.placed = [...markers.values()].map((marker) => marker.getLatLng()).map(({ lat, lng }) => ({ lat, lon: lng }));
  map.fire("lifecircle:placed");
}

function here(marker) {
  const { lng, lat } = marker.getLatLng();
  return [Number(lng.toFixed(6)), Number(lat.toFixed(6))];
}

function show(id) {
  markers.get(id)?.getElement()?.classList.toggle("is-shut", scenario.close.has(id));
}

// --- changes ---

function listen() {
  map.on("click", (event) => use([Number(event.latlng.lng.toFixed(6)), Number(event.latlng.lat.toFixed(6))]));
  listenForTools();
  const table = document.querySelector("[data-facilities]");
  for (const button of table.querySelectorAll("[data-toggle]")) button.hidden = false;
  table.addEventListener("click", (event) => {
    const button = event.target.closest("[data-toggle]");
    if (button) toggle(button.closest("tr").dataset.facility);
  });
}

// --- tools: what a click on the map does. The map's middle is used by the keyboard: move it, then press "here". ---

function listenForTools() {
  const tools = document.querySelector("[data-tools]");
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.tool) choose(button.dataset.tool);
    else if ("here" in button.dataset) use(middle());
    else if ("finish" in button.dataset) finishPath();
  });
  document.querySelector("[data-drawn]").addEventListener("click", (event) => {
    const button = event.target.closest("[data-undraw]");
    if (!button) return;
    const { kind, number } = button.closest("li").dataset;
    scenario[kind].splice(Number(number), 1);
    drawStreetChanges();
    ask();
  });
}

function choose(name) {
  tool = name;
  corners = [];
  for (const button of document.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === name));
  document.querySelector("[data-finish]").hidden = name !== "path";
  drawStreetChanges();
}

function middle() {
  const { lng, lat } = map.getCenter();
  return [Number(lng.toFixed(6)), Number(lat.toFixed(6))];
}

function use(at) {
  if (tool === "add") add(at);
  else if (tool === "gate") {
    scenario.gate.push(at.join(","));
    drawStreetChanges();
    ask();
  } else if (corners.length < 20) {
    corners.push(at);
    drawStreetChanges();
  }
}

function finishPath() {
  if (corners.length < 2) return;
  scenario.path.push(corners.map((at) => at.join(",")).join(";"));
  choose("path");
  ask();
}

// Gates that are shut and paths that are drawn, on the map and in a list; what is being drawn is dashed.
function drawStreetChanges() {
  drawnStreets.clearLayers();
  for (const text of scenario.path) line(text.split(";").map(position), "drawn-path");
  if (corners.length > 0) line(corners, "drawn-path is-open");
  for (const at of corners) dot(at, "drawn-corner");
  for (const text of scenario.gate) dot(position(text), "shut-gate");
  const list = document.querySelector("[data-drawn]");
  if (!list) return;
  const rows = ["gate", "path"].flatMap((kind) => scenario[kind].map((text, number) => drawnRow(kind, number, text)));
  keepFocus(list, () => list.replaceChildren(...rows));
  list.hidden = rows.length === 0;
}

// Who pressed a button of a row stays where that row stood, though the rows are written anew.
function keepFocus(list, write) {
  const row = document.activeElement?.closest("li, tr");
  const place = row?.parentElement === list ? [...list.children].indexOf(row) : -1;
  write();
  if (place < 0 || row.isConnected) return;
  const beside = list.children[Math.min(place, list.children.length - 1)]?.querySelector("button");
  (beside ?? document.querySelector("[data-here]")).focus();
}

function line(corners, className) {
  window.L.polyline(corners.map(([lon, lat]) => [lat, lon]), { className, interactive: false }).addTo(drawnStreets);
}

function dot([lon, lat], className) {
  window.L.circleMarker([lat, lon], { className, radius: 7, interactive: false }).addTo(drawnStreets);
}

function drawnRow(kind, number, text) {
  const row = document.createElement("li");
  row.dataset.kind = kind;
  row.dataset.number = number;
  const name = `${kind === "gate" ? words.gate : words.path} ${number + 1}`;
  const label = document.createElement("span");
  label.textContent = `${name} · ${told(position(text.split(";")[0]))}`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.dataset.undraw = "";
  button.textContent = kind === "gate" ? words.open : words.add;
  button.setAttribute("aria-label", `${button.textContent} ${name}`);
  row.append(label, button);
  return row;
}

function add(at) {
  if (scenario.add.length >= 20) return;
  scenario.add.push(at);
  drawNew(scenario.add.length - 1);
  keepClear();
  ask();
}

function toggle(id) {
  if (id.startsWith("new-")) {
    const number = Number(id.slice(4)) - 1;
    scenario.add.forEach((_, old) => markers.get(`new-${old + 1}`)?.remove());
    markers.delete(`new-${scenario.add.length}`);
    scenario.add.splice(number, 1);
    scenario.add.forEach((_, fresh) => drawNew(fresh));
    keepClear();
  } else if (scenario.close.has(id)) scenario.close.delete(id);
  else scenario.close.add(id);
  show(id);
  ask();
}

function changes() {
  const query = new URLSearchParams();
  for (const [lon, lat] of scenario.add) query.append("add", `${lon},${lat}`);
  for (const [id, [lon, lat]] of scenario.move) query.append("move", `${id},${lon},${lat}`);
  for (const id of scenario.close) query.append("close", id);
  for (const text of scenario.gate) query.append("gate", text);
  for (const text of scenario.path) query.append("path", text);
  return query;
}

// --- answers: one question at a time, and the newest one last; until it is there, the figures are said to be old ---

async function ask() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  figures.setAttribute("aria-busy", "true");
  const pale = setTimeout(() => figures.classList.add("is-old"), 400);
  try {
    const url = `${words.json}&${changes()}`;
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.detail);
    tell(body);
  } catch (fault) {
    const line = document.querySelector("[data-fault]");
    line.textContent = fault.message;
    line.hidden = false;
  }
  clearTimeout(pale);
  figures.classList.remove("is-old");
  asking = false;
  if (again) {
    again = false;
    ask();
  } else figures.removeAttribute("aria-busy");
}

function tell(answer) {
  document.querySelector("[data-fault]").hidden = true;
  for (const line of document.querySelectorAll("[data-figure]")) line.textContent = answer.figures[line.dataset.figure];
  dots.forEach((dot, number) => dot.getElement()?.setAttribute("class", `leaflet-interactive dot-point is-${answer.states[number]}`));
  listStreets(answer.streets);
  if (!fixed) {
    listFacilities();
    keepAddress();
  }
  box.dataset.answered = String(Number(box.dataset.answered ?? 0) + 1);
}

function listStreets(streets) {
  const body = document.querySelector("[data-streets]");
  const rows = streets.map((one) => row([one.street, one.won, one.lost], ["", body.dataset.won, body.dataset.lost]));
  if (rows.length === 0) {
    const line = document.createElement("tr");
    const cell = document.createElement("td");
    cell.colSpan = 3;
    cell.textContent = body.dataset.same;
    line.append(cell);
    rows.push(line);
  }
  body.replaceChildren(...rows);
}

function row(texts, labels) {
  const line = document.createElement("tr");
  texts.forEach((text, number) => {
    const cell = document.createElement(number === 0 ? "th" : "td");
    if (number === 0) cell.scope = "row";
    else {
      cell.className = "number";
      cell.dataset.label = labels[number];
    }
    cell.textContent = text;
    line.append(cell);
  });
  return line;
}

function listFacilities() {
  const body = document.querySelector("[data-facilities] tbody");
  keepFocus(body, () => writeNew(body));
  if (scenario.add.length > 0) body.querySelector("[data-none]")?.remove();
  for (const one of data.standing) {
    const line = body.querySelector(`[data-facility="${CSS.escape(one.id)}"]`);
    if (!line) continue;
    const isClosed = scenario.close.has(one.id);
    const at = scenario.move.get(one.id) ?? [one.lon, one.lat];
    line.querySelector("[data-state]").textContent = isClosed ? words.closed : scenario.move.has(one.id) ? words.moved : data.texts.status[one.status];
    line.querySelector("[data-at]").textContent = told(at);
    line.querySelector("[data-toggle]").firstChild.textContent = isClosed ? words.open : words.close;
  }
}

function writeNew(body) {
  for (const line of body.querySelectorAll('[data-facility^="new-"]')) line.remove();
  scenario.add.forEach((at, number) => body.append(newRow(at, number)));
}

function newRow(at, number) {
  const name = data.texts.new.replace("{number}", number + 1);
  const heads = [...document.querySelectorAll("[data-facilities] thead th")].map((head) => head.textContent.trim());
  const line = row([name, words.new, told(at)], heads);
  line.dataset.facility = `new-${number + 1}`;
  const cell = document.createElement("td");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.dataset.toggle = "";
  button.textContent = words.add;
  button.setAttribute("aria-label", `${words.add} ${name}`);
  cell.append(button);
  for (const plain of line.querySelectorAll("td")) plain.className = "";
  line.append(cell);
  return line;
}

function told([lon, lat]) {
  return `${lon.toFixed(5)}, ${lat.toFixed(5)}`;
}

// The address holds the scenario, so that it can be shared, kept and gone back to; so do the forms.
function keepAddress() {
  const page = new URLSearchParams(location.search);
  for (const name of ["add", "move", "close", "gate", "path"]) page.delete(name);
  const query = [page.toString(), changes().toString()].filter(Boolean).join("&");
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
  document.querySelector("[data-save]")?.setAttribute("action", `?${query}`);
  const holder = document.querySelector("[data-changes]");
  const fields = [...changes()].map(([name, value]) => {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    return field;
  });
  holder.replaceChildren(...fields);
}
