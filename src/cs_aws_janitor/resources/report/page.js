"use strict";
(() => {
  const table = document.getElementById("resources");
  if (!table || !table.tBodies[0].rows.length) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const titles = heads.map((head) => head.textContent.trim());
  const cells = new Map(rows.map((row) => [
    row, [...row.cells].map((cell) => cell.textContent.trim()),
  ]));
  const text = (row, at) => cells.get(row)[at];
  const words = new Map(rows.map((row) => [row, cells.get(row).join(" ").toLowerCase()]));
  const tools = document.getElementById("tools");
  const said = document.getElementById("shown");

  const labelled = (title, control) => {
    const label = document.createElement("label");
    label.append(title, control);
    tools.append(label);
    return control;
  };
  const search = document.createElement("input");
  search.type = "search";
  labelled("Filter by any word", search);
  const choices = ["Owner", "Phase", "Kind"].map((title) => {
    const at = titles.indexOf(title);
    const select = document.createElement("select");
    select.append(new Option("all", ""));
    for (const value of [...new Set(rows.map((row) => text(row, at)))].sort()) {
      select.append(new Option(value, `=${value}`));
    }
    return [at, labelled(title, select)];
  });

  const filter = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = wanted.every((word) => words.get(row).includes(word))
        && choices.every(([at, s]) => s.value === "" || s.value === `=${text(row, at)}`);
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    said.textContent = `${shown} of ${rows.length} shown`;
  };
  tools.addEventListener("input", filter);
  tools.hidden = false;
  filter();

  const amount = (value) => Number.parseFloat(value.replaceAll(",", ""));
  const { compare: byWords } = new Intl.Collator("en", { numeric: true });
  const compare = (numbers, at) => (one, other) => {
    const [a, b] = [text(one, at), text(other, at)];
    return numbers ? amount(a) - amount(b) : byWords(a, b);
  };
  const sort = (at) => {
    const head = heads[at];
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const each of heads) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const numbers = head.classList.contains("number");
    const order = compare(numbers, at);
    const says = (row) => (numbers ? !Number.isNaN(amount(text(row, at))) : text(row, at) !== "");
    const filled = rows.filter(says);
    const empty = rows.filter((row) => !says(row));
    filled.sort((a, b) => (down ? order(b, a) : order(a, b)));
    body.append(...filled, ...empty);
  };
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = titles[at];
    button.addEventListener("click", () => sort(at));
    head.replaceChildren(button);
  });
  table.classList.add("sortable");
})();
