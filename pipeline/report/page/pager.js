// A list of which one page at a time is in the document.

function pager({ what, size, container, render, empty }) {
  let items = [];
  let page = 0;
  const shown = element("span", { class: "shown", "aria-live": "polite" });
  const bars = [bar(), bar()];
  const node = element("div", {}, element("div", { class: "pages" }, shown, bars[0].node), container, element("div", { class: "pages below" }, bars[1].node));

  function bar() {
    const previous = element("button", { type: "button", "aria-label": `Previous page of ${what}` }, "Previous");
    const next = element("button", { type: "button", "aria-label": `Next page of ${what}` }, "Next");
    const input = element("input", { type: "number", min: "1", inputmode: "numeric", "aria-label": `Page of ${what}` });
    const total = element("span", {});
    previous.addEventListener("click", () => turn(page - 1));
    next.addEventListener("click", () => turn(page + 1));
    input.addEventListener("change", () => turn(Number(input.value) - 1));
    return { node: element("span", { class: "pager" }, previous, input, total, next), previous, next, input, total };
  }

  function last() {
    return Math.max(0, Math.ceil(items.length / size) - 1);
  }

  function turn(to) {
    const before = page;
    page = Math.min(Math.max(0, Number.isFinite(to) ? Math.trunc(to) : 0), last());
    draw();
    if (page !== before) node.scrollIntoView({ block: "start" });
  }

  function draw() {
    const start = page * size;
    const part = items.slice(start, start + size);
    container.replaceChildren(...(part.length ? part.map(render) : [element(container.tagName === "TBODY" ? "tr" : "p", { class: "empty" }, container.tagName === "TBODY" ? element("td", { colspan: "9" }, empty) : empty)]));
    shown.textContent = items.length ? `${grouped.format(start + 1)} to ${grouped.format(start + part.length)} of ${count(items.length, what.replace(/s$/, ""), what)}` : `0 ${what}`;
    for (const b of bars) {
      b.node.hidden = last() === 0;
      b.previous.disabled = page === 0;
      b.next.disabled = page === last();
      b.input.value = String(page + 1);
      b.input.max = String(last() + 1);
      b.total.textContent = `of ${grouped.format(last() + 1)}`;
    }
  }

  return {
    node,
    show(list) {
      items = list;
      page = 0;
      draw();
    },
  };
}
