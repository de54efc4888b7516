// Every input file and what became of it.

(() => {
  const all = records.sources;
  const mount = document.getElementById("sources-list");
  const columns = ["file", "outcome", "why", "duration", "shots", "candidates", "clips", "license"];
  const find = searcher((row) => [row.uri, row.outcome, row.reason, records.reasons[row.reason] ?? "", row.detail, row.license].join("\n"));
  const body = element("tbody");
  const list = pager({ what: "films", size: 50, container: body, render: line, empty: all.length ? "No film fits." : "No film was named." });
  const wanted = { query: "", outcome: "" };

  function line(row) {
    const why = row.outcome === "kept" ? "" : [records.reasons[row.reason] || row.reason, row.detail].filter(Boolean).join(": ");
    const read = row.duration > 0;
    const cells = [foreign(row.uri, "td", { class: "uri" }), element("td", {}, element("span", { class: `badge ${row.outcome}` }, row.outcome)), foreign(why, "td", { class: "why" }),
      ...[read ? clock(row.duration) : "", ...[row.shots, row.candidates, row.clips].map((n) => (read ? grouped.format(n) : ""))].map((text) => element("td", { class: "number" }, text)), foreign(row.license, "td")];
    cells.forEach((cell, index) => cell.setAttribute("data-label", columns[index]));
    return element("tr", {}, cells);
  }

  function update(change) {
    Object.assign(wanted, change);
    list.show(find(all, wanted.query).filter((row) => !wanted.outcome || row.outcome === wanted.outcome));
  }

  const outcomes = [...new Set(all.map((row) => row.outcome))].sort();
  if (all.length > 1) {
    mount.append(element("div", { class: "filters" }, searchBox("Search films", "file, reason, license", (query) => update({ query })).field,
      outcomes.length > 1 ? select("Outcome", [["", "all"], ...outcomes.map((o) => [o, o])], (outcome) => update({ outcome })) : null));
  }
  mount.append(list.node);
  const grid = element("table", { class: "plain films" }, element("thead", {}, element("tr", {}, columns.map((name) => element("th", { scope: "col", class: ["duration", "shots", "candidates", "clips"].includes(name) ? "number" : "" }, name)))));
  body.replaceWith(grid);
  grid.append(body);
  update({});
})();
