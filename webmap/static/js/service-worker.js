// Keeps the last list and the lists of whole areas for a time without a connection. VERSION and KEPT are written above
// by the service: a cache stands for one version of data and assets, and others are deleted. Pages always come from the network where there
// is one; what comes from the cache says so, with the date at which it was fetched.
const CACHE = `lifecircle-${VERSION}`;
const START = "/find";
const PATIENCE_MS = 8000; // a connection that hangs is none
const KEPT_PATHS = [/^\/find(\/|$)/, /^\/frame\//, /^\/manifest\.webmanifest$/];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([START, ...KEPT])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data?.list) event.waitUntil(keep(event.data));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(asset(event.request));
  else if (KEPT_PATHS.some((path) => path.test(url.pathname))) event.respondWith(page(event.request, url));
});

async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("lifecircle-") && name !== CACHE).map((name) => caches.delete(name)));
}

// Assets of this version are the same on the network: the cache answers at once.
async function asset(request) {
  const kept = await (await caches.open(CACHE)).match(request);
  return kept ?? fetch(request);
}

async function page(request, url) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok && !answer.redirected) await cache.put(request, answer.clone());
    return answer;
  } catch {
    const kept = (await cache.match(request, { ignoreVary: true })) ?? (await instead(cache, request, url));
    return kept === undefined ? Response.error() : marked(kept);
  }
}

// A page that is not kept: the start tells that new places cannot be looked up, and leads to the last list.
async function instead(cache, request, url) {
  return request.mode === "navigate" && url.pathname.startsWith(START) ? cache.match(START, { ignoreVary: true }) : undefined;
}

// The page's own note, with the date, is shown by its style when the root says that it comes from the cache.
async function marked(kept) {
  if (!(kept.headers.get("Content-Type") ?? "").startsWith("text/html")) return kept;
  const text = (await kept.text()).replace("<html ", "<html data-offline ");
  const headers = new Headers(kept.headers);
  headers.delete("Content-Length");
  headers.delete("Content-Encoding");
  return new Response(text, { status: kept.status, headers });
}

async function keep({ last, list, also }) {
  const cache = await caches.open(CACHE);
  const own = (address) => new URL(address).origin === self.location.origin;
  for (const address of [...new Set([list, ...also])].filter(own)) {
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) continue;
    if (address === list) await cache.put(last, answer.clone());
    await cache.put(address, answer);
  }
}
