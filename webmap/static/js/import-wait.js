// A large sheet is looked at by one request; meanwhile another tells how many rows are done. Then the plan takes the place of this page.

const LOOK_EVERY_MS = 400;
const box = document.querySelector("[data-import-plan]");

async function tell(bar, words) {
  const answer = await fetch(box.dataset.importProgress, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { done, total } = await answer.json();
  if (!total) return;
  bar.max = total;
  bar.value = done;
  words.textContent = words.dataset.importTold.replace("{done}", done.toLocaleString()).replace("{total}", total.toLocaleString());
}

async function look() {
  const words = box.querySelector("[data-import-told]");
  const timer = setInterval(() => tell(box.querySelector("progress"), words).catch(() => {}), LOOK_EVERY_MS);
  try {
    const answer = await fetch(box.dataset.importPlan);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.querySelector("main");
    if (!main) throw new Error("no page");
    document.querySelector("main").replaceWith(document.adoptNode(main));
    document.title = page.title;
    history.replaceState(null, "", box.dataset.importPlan);
    document.querySelector("main").focus();
  } catch {
    box.querySelector("[data-import-failed]").hidden = false;
  } finally {
    clearInterval(timer);
  }
}

if (box) look();
