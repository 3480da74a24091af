// Tries an operation: fills its address in, asks, and shows what came back as text.
const LONGEST_SHOWN = 20_000;
const fault = document.querySelector("script[data-fault]")?.dataset.fault ?? "";

for (const form of document.querySelectorAll("[data-try]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tryOperation(form);
  });
}
openNamed();
window.addEventListener("hashchange", openNamed);

async function tryOperation(form) {
  const url = address(form);
  const shown = form.querySelector("[data-tried]");
  shown.hidden = false;
  show(form, url, "…", "");
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    const text = await answer.text();
    show(form, url, `${answer.status} ${answer.headers.get("Content-Type") ?? ""}`, text.slice(0, LONGEST_SHOWN));
  } catch {
    show(form, url, fault, "");
  }
}

function address(form) {
  let path = form.dataset.try;
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll("[name]")) {
    if (field.dataset.inPath !== undefined) {
      path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
    } else if (field.value !== "") {
      query.set(field.name, field.value);
    }
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

function show(form, url, status, body) {
  form.querySelector("[data-tried-url]").textContent = url;
  form.querySelector("[data-tried-status]").textContent = status;
  form.querySelector("[data-tried-body]").textContent = body;
}

function openNamed() {
  const named = document.getElementById(window.location.hash.slice(1));
  if (named?.matches("details")) named.open = true;
}
