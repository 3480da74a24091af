// Search in a static copy: shows the names that hold what was typed, all of them when nothing was.
const box = document.getElementById("copy-search");
const found = document.getElementById("copy-found");
const names = [...document.querySelectorAll("#copy-names > li")];
const plain = (text) => text.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, " ");
const texts = names.map((item) => plain(item.textContent));

function show() {
  const words = plain(box.value).split(" ").filter(Boolean);
  let count = 0;
  names.forEach((item, index) => {
    item.hidden = !words.every((word) => texts[index].includes(word));
    count += item.hidden ? 0 : 1;
  });
  found.textContent = String(count);
}

box.addEventListener("input", show);
show();
