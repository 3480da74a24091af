// The list and the route: sharing, printing, and what is kept for a time without a connection.
import { drawn } from "./find-map.js";
import { keep } from "./offline.js";

const share = document.querySelector("[data-share]");
const told = document.querySelector("[data-share-told]");
if (share !== null && (navigator.share || navigator.clipboard)) {
  share.hidden = false;
  share.addEventListener("click", async () => {
    try {
      if (navigator.share) {
        await navigator.share({ title: document.title, url: share.dataset.shareUrl });
      } else {
        await navigator.clipboard.writeText(share.dataset.shareUrl);
        told.textContent = share.dataset.done;
      }
    } catch {
      // Whoever closes the sheet without choosing wanted nothing shared; the link stays beside the button.
    }
  });
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", async () => {
    await drawn();
    window.print();
  });
}

const page = document.querySelector("[data-keep]");
if (page !== null) {
  const routes = [...document.querySelectorAll(".near-go")].slice(0, 20).map((link) => link.href);
  const data = routes.map((route) => route.replace("/find/route?", "/find/route/data.json?"));
  const map = document.querySelector("[data-find-map]");
  const { url, styles, scripts } = map.dataset;
  const parts = [url, ...styles.split(" "), ...scripts.split(" ")].map((url) => new URL(url, location.href).href);
  const area = new URL(page.dataset.keepArea, location.href).href;
  keep({ last: page.dataset.keep, list: location.href, also: [area, ...parts, ...routes, ...data] });
}
