// The maps of the resident's pages wait until they are seen; what they are drawn with comes only then, all at once.
const begun = new Map();
const watcher = new IntersectionObserver((seen) => {
  for (const one of seen) if (one.isIntersecting) begin(one.target);
}, { rootMargin: "200px" });
for (const box of document.querySelectorAll("[data-find-map]")) watcher.observe(box);

// Every map of the page is drawn, or has failed: somebody wants it on paper without having looked at it.
export async function drawn() {
  await Promise.allSettled([...document.querySelectorAll("[data-find-map]")].map(begin));
}

function begin(box) {
  watcher.unobserve(box);
  if (!begun.has(box)) begun.set(box, show(box));
  return begun.get(box);
}

async function show(box) {
  try {
    const styles = box.dataset.styles.split(" ").map((href) => part("link", { rel: "stylesheet", href }));
    const scripts = box.dataset.scripts.split(" ").map((src) => part("script", { src, async: false }));
    const [{ draw }, data] = await Promise.all([import("./map/found.js"), ask(box.dataset.url), ...styles, ...scripts]);
    await draw(box, window[box.querySelector(".folium-map").id], data);
    box.dataset.layerState = "ready";
  } catch (fault) {
    box.dataset.layerState = "failed";
    box.querySelector(".map-error").hidden = false;
    throw fault;
  }
}

async function ask(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.json();
}

// A script that is not "async" runs after those before it, whichever comes first.
function part(name, properties) {
  return new Promise((loaded, failed) => {
    const made = Object.assign(document.createElement(name), properties);
    made.addEventListener("load", loaded);
    made.addEventListener("error", () => failed(new Error(properties.src ?? properties.href)));
    document.head.append(made);
  });
}
