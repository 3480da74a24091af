// Registers the service worker, and asks it to keep pages for a time without a connection.
const ready = "serviceWorker" in navigator ? navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready) : null;

export async function keep(wanted) {
  if (ready === null || navigator.connection?.saveData) return;
  const assets = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => name.startsWith(location.origin));
  const registration = await ready.catch(() => null);
  registration?.active?.postMessage({ ...wanted, also: [...assets, ...wanted.also] });
}
