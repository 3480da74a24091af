// Popups are built as elements with textContent: what somebody wrote in the data stays text.
const WEB_LINK = /^https?:\/\//i;

export function facilityPopup(facility, texts) {
  const box = document.createElement("div");
  add(box, "p", "popup-title", facility.name);
  add(box, "p", facility.status === "sample" ? "popup-sample" : "", placeText(facility, texts));
  if (facility.phase && texts.phase[facility.phase]) add(box, "p", "", texts.phase[facility.phase]);
  if (facility.address) add(box, "p", "", facility.address);
  if (facility.status !== "sample") add(box, "p", "", hoursText(facility, texts));
  if (facility.phone) add(box, "p", "", facility.phone);
  if (facility.website && WEB_LINK.test(facility.website)) addLink(box, facility.website);
  if (facility.note) add(box, "p", "", facility.note);
  add(box, "p", "popup-source", fill(texts.source, { source: facility.source ?? "" }));
  return box;
}

export function peoplePopup(one, texts) {
  const box = document.createElement("div");
  const count = Math.round(one.weight).toLocaleString("en");
  add(box, "p", "popup-title", fill(texts.people_here, { street: one.street ?? "", count, unit: texts.unit }));
  if (one.distance_m === null) {
    add(box, "p", "", texts.no_way);
  } else {
    const minutes = Math.max(1, Math.round(one.distance_m / texts.metres_per_minute));
    add(box, "p", "", fill(texts.nearest, { metres: Math.round(one.distance_m).toLocaleString("en"), minutes }));
  }
  if (one.circle) add(box, "p", "", texts.in_circle);
  return box;
}

function placeText(facility, texts) {
  if (facility.status === "sample") return texts.sample;
  if (facility.status === "approximate") return fill(texts.rough, { accuracy: facility.accuracy_m ?? "?" });
  return texts.status[facility.status];
}

function hoursText(facility, texts) {
  return facility.opening_hours ? fill(texts.hours, { hours: facility.opening_hours }) : texts.no_hours;
}

function fill(text, figures) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(figures[name] ?? ""));
}

function add(box, name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  box.append(made);
}

function addLink(box, address) {
  const line = document.createElement("p");
  const link = document.createElement("a");
  link.href = address;
  link.rel = "noreferrer noopener";
  link.textContent = address;
  line.append(link);
  box.append(line);
}
