// Tables that can be sorted, and the print button.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  for (const button of table.querySelectorAll("thead button")) {
    button.addEventListener("click", () => sortBy(table, button.closest("th")));
  }
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}

function sortBy(table, heading) {
  const column = [...heading.parentElement.children].indexOf(heading);
  const direction = heading.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
  for (const other of heading.parentElement.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", direction);
  const body = table.tBodies[0];
  const sign = direction === "ascending" ? 1 : -1;
  body.append(...[...body.rows].sort((one, other) => sign * compare(one.cells[column], other.cells[column])));
}

function compare(one, other) {
  if (one.dataset.sort !== undefined) return Number(one.dataset.sort) - Number(other.dataset.sort);
  return one.textContent.trim().localeCompare(other.textContent.trim(), document.documentElement.lang);
}
