// Follows a job: moves the bar, and loads the page again when the job has ended.
const card = document.querySelector("[data-job-url]");
const bar = card.querySelector("progress");
const cancel = card.querySelector("[data-job-cancel]");

if (cancel) {
  cancel.hidden = false;
  cancel.addEventListener("click", async () => {
    cancel.disabled = true;
    await fetch(card.dataset.jobUrl, { method: "DELETE", headers: { "X-CSRFToken": cancel.dataset.token } });
    look();
  });
  setTimeout(look, 700);
}

async function look() {
  const words = card.querySelector("[data-job-words]");
  const answer = await fetch(card.dataset.jobUrl, { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer === null) {
    words.textContent = words.dataset.lost;
    setTimeout(look, 5000);
    return;
  }
  const job = await answer.json().catch(() => null);
  if (!answer.ok || job === null || !job.under_way) {
    location.reload();
    return;
  }
  bar.max = job.total || 1;
  bar.value = job.done;
  const told = job.total ? words.dataset.running.replace("{done}", job.done).replace("{total}", job.total) : words.dataset.waiting;
  if (words.textContent !== told) words.textContent = told;
  setTimeout(look, 1000);
}
