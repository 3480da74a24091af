// Small comforts of the pages for staff; everything works without them.
const TOAST_MS = 6000;

for (const link of document.querySelectorAll("[data-confirm]")) {
  link.addEventListener("click", (event) => {
    if (!window.confirm(link.dataset.confirm)) event.preventDefault();
  });
}

// A toast goes by itself, but not from under a pointer or the focus; undoing is in the history too.
for (const toast of document.querySelectorAll("[data-toast]")) {
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, TOAST_MS) : toast.remove());
  setTimeout(leave, TOAST_MS);
}

// The button of a conflict says what is missing until it can save.
for (const form of document.querySelectorAll("[data-conflict]")) {
  const button = form.querySelector("[data-conflict-save]");
  const count = () => {
    const left = [...form.querySelectorAll(".choice")].filter((one) => !one.querySelector(":checked")).length;
    button.textContent = left ? form.dataset.left.replace("{count}", left) : form.dataset.ready;
    button.classList.toggle("is-waiting", left > 0);
    button.setAttribute("aria-disabled", String(left > 0));
  };
  form.addEventListener("change", count);
  count();
}

// What was written is not left behind by accident.
for (const form of document.querySelectorAll("[data-feature-form]")) {
  let isWritten = false;
  form.addEventListener("input", () => { isWritten = true; });
  form.addEventListener("submit", () => { isWritten = false; });
  document.querySelectorAll("[data-confirm]").forEach((link) => link.addEventListener("click", () => { isWritten = false; }));
  window.addEventListener("beforeunload", (event) => { if (isWritten) event.preventDefault(); });
}
