// Registers the service worker, once the page is there, and asks it to keep pages for a time without a connection.
const ready = "serviceWorker" in navigator ? loaded().then(() => navigator.serviceWorker.register("/sw.js")).then(() => navigator.serviceWorker.ready) : null;

// What is fetched to be kept must not take the line from what somebody waits for.
async function loaded() {
  if (document.readyState !== "complete") await new Promise((go) => window.addEventListener("load", go, { once: true }));
}

export async function keep(wanted) {
  if (ready === null || navigator.connection?.saveData) return;
  const assets = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => name.startsWith(location.origin));
  const registration = await ready.catch(() => null);
  registration?.active?.postMessage({ ...wanted, also: [...assets, ...wanted.also] });
}
