// The list of clips: search, filters, order, pages.

(() => {
  const all = records.clips;
  const mount = document.getElementById("clips-list");
  if (records.clips_total > all.length) {
    mount.append(element("p", { class: "lead" }, `${count(all.length, "clip")} of ${grouped.format(records.clips_total)} are shown here.`));
  }
  const find = searcher((clip) => [clip.key, clip.uri, clip.shard, ...clip.captions.map((c) => c[2]), ...clip.lanes.flatMap((l) => l.events.map((e) => e[2])), ...clip.tags.map((t) => t[2])].join("\n"));
  const list = pager({ what: "clips", size: 12, container: element("div", { class: "cards" }), render: clipCard, empty: all.length ? "No clip fits." : "No clip came out." });
  const wanted = { query: "", split: "", join: "", order: "" };
  const search = searchBox("Search clips", "key, file, caption, event", (query) => update({ query }));

  function names(values) {
    return [...new Set(values)].filter(Boolean).sort();
  }

  const splits = names(all.map((clip) => clip.split));
  const kinds = names(all.flatMap((clip) => clip.joins.map((join) => join[1])));
  const scores = names(all.flatMap((clip) => clip.scores.filter((s) => s[0] < 0).map((s) => s[1])));
  const orders = [["", "as packed"], ["duration", "longest first"], ["-duration", "shortest first"], ["shots", "most shots first"], ...scores.flatMap((name) => [[`score ${name}`, `${visible(name)}, high first`], [`-score ${name}`, `${visible(name)}, low first`]])];

  function rank(order) {
    if (order === "duration") return (clip) => clip.duration;
    if (order === "shots") return (clip) => clip.shots.length;
    const name = order.slice("score ".length);
    return (clip) => clip.scores.find((s) => s[0] < 0 && s[1] === name)?.[2] ?? NaN;
  }

  function ordered(clips) {
    if (!wanted.order) return clips;
    const rising = wanted.order.startsWith("-");
    const value = rank(wanted.order.replace(/^-/, ""));
    const measured = clips.filter((clip) => !Number.isNaN(value(clip)));
    const rest = clips.filter((clip) => Number.isNaN(value(clip)));
    return [...measured.sort((a, b) => (rising ? value(a) - value(b) : value(b) - value(a))), ...rest];
  }

  function update(change) {
    Object.assign(wanted, change);
    const fitting = find(all, wanted.query).filter((clip) => (!wanted.split || clip.split === wanted.split) && (!wanted.join || clip.joins.some((join) => join[1] === wanted.join)));
    list.show(ordered(fitting));
  }

  if (all.length > 1) {
    mount.append(element("div", { class: "filters" }, search.field,
      splits.length > 1 ? select("Split", [["", "all"], ...splits.map((s) => [s, visible(s)])], (split) => update({ split })) : null,
      kinds.length > 1 ? select("With join", [["", "any"], ...kinds.map((k) => [k, visible(k)])], (join) => update({ join })) : null,
      select("Order", orders, (order) => update({ order }))));
  }
  mount.append(list.node);

  // #clip=KEY opens the page at one clip.
  function open() {
    const match = /^#clip=([0-9a-z-]+)$/.exec(location.hash);
    search.node.value = match ? match[1] : search.node.value;
    update({ query: search.node.value });
    if (match) mount.scrollIntoView();
  }
  addEventListener("hashchange", () => location.hash.startsWith("#clip=") && open());
  open();
})();
