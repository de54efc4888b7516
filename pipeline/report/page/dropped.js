// Dropped candidates: thumbnails, the value and the limit it missed, and a filter by reason.

(() => {
  const all = records.dropped;
  const mount = document.getElementById("dropped-list");
  const text = (reason) => records.reasons[reason] || reason;
  const reasons = [...all.reduce((counts, row) => counts.set(row.reason, (counts.get(row.reason) ?? 0) + 1), new Map())].sort((a, b) => b[1] - a[1]);
  const find = searcher((row) => [row.key, row.source, row.reason, text(row.reason), row.detail].join("\n"));
  const list = pager({ what: "candidates", size: 24, container: element("div", { class: "tiles" }), render: card, empty: all.length ? "No candidate fits." : "No candidate was dropped." });
  const wanted = { query: "", reason: "" };
  const buttons = [["", all.length], ...reasons].map(([reason, n]) => {
    const button = element("button", { type: "button", class: "chip", "data-reason": reason, "aria-pressed": "false" }, foreign(reason ? text(reason) : "all reasons"), " ", element("b", {}, grouped.format(n)));
    button.addEventListener("click", () => update({ reason }));
    return [reason, button];
  });

  function card(row) {
    const measured = row.value === null ? null : element("p", { class: "value" }, element("b", {}, short(row.value)), row.limit === null ? "" : `, limit ${short(row.limit)}`);
    return element("article", { class: "tile" },
      row.pictures.length ? element("div", { class: "pictures" }, row.pictures.map(picture)) : null,
      element("p", { class: "reason" }, foreign(text(row.reason))), measured,
      row.detail ? foreign(row.detail, "p", { class: "detail" }) : null,
      element("p", { class: "meta" }, element("span", {}, seconds(row.duration)), element("span", {}, count(row.shots, "shot")), element("span", {}, `frames ${row.frames[0]} to ${row.frames[1]}`)),
      foreign(row.source, "p", { class: "uri" }), foreign(row.key, "code", { class: "key" }));
  }

  // The rectangle of a sheet, or of a whole picture, at its own size.
  function picture([link, x, y, width, height]) {
    const image = element("img", { src: link, alt: "", loading: "lazy", decoding: "async" });
    image.style.width = `${width}px`;
    image.style.height = `${height}px`;
    image.style.objectPosition = `${-x}px ${-y}px`;
    return image;
  }

  function update(change) {
    Object.assign(wanted, change);
    for (const [reason, button] of buttons) button.setAttribute("aria-pressed", String(reason === wanted.reason));
    list.show(find(all, wanted.query).filter((row) => !wanted.reason || row.reason === wanted.reason));
  }

  if (records.dropped_total > all.length) {
    mount.append(element("p", { class: "lead" }, `${count(all.length, "candidate")} of ${grouped.format(records.dropped_total)} are shown here.`));
  }
  if (all.length) {
    mount.append(element("div", { class: "chips-row", role: "group", "aria-label": "Reasons" }, buttons.map(([, button]) => button)),
      element("div", { class: "filters" }, searchBox("Search dropped", "key, file, reason", (query) => update({ query })).field));
  }
  mount.append(list.node);
  update({});

  for (const button of document.querySelectorAll("[data-show-reason]")) {
    const reason = button.dataset.showReason;
    button.hidden = !reasons.some(([name]) => name === reason);
    button.addEventListener("click", () => {
      update({ reason });
      document.getElementById("dropped").scrollIntoView();
    });
  }
})();
