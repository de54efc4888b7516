// One clip: what it is, how it looks over time, and what was said and measured about it.

function clipCard(clip) {
  let screen = null;
  const line = timeline(clip, (frame) => (screen ? screen.seek(frame) : line.show(frame)));
  if (clip.video) screen = player(clip, line.show);
  line.show(0);
  return element("article", { class: screen ? "clip" : "clip no-player", "data-key": clip.key, "aria-label": `Clip ${clip.key}` },
    element("header", {}, element("h3", {}, foreign(clip.key, "code")), facts(clip)),
    element("div", { class: "clip-body" }, screen && screen.node, element("div", { class: "clip-time" }, line.node, line.readout)),
    said(clip), images(clip), measured(clip), details(clip));
}

function facts(clip) {
  const rate = clip.rate[1] === 1 ? String(clip.rate[0]) : (clip.rate[0] / clip.rate[1]).toFixed(3);
  const parts = [seconds(clip.duration), count(clip.shots.length, "shot"), `${clip.width}\u00d7${clip.height}`, `${rate} fps`, clip.audio && `${clip.audio} audio`, clip.split, clip.shard];
  return element("p", { class: "meta" }, foreign(clip.uri, "span", { class: "uri" }), parts.filter(Boolean).map((part) => foreign(part, "span")));
}

function said(clip) {
  const whole = clip.captions.filter(([shot]) => shot < 0);
  return element("div", { class: "captions" }, whole.map(([, kind, text, origin]) => element("p", {}, element("span", { class: "kind" }, foreign(kind), ", ", foreign(origin)), element("span", { class: "text", dir: "auto" }, visible(text).replace(/\u240a/g, "\n")))));
}

// The entities' reference images.
function images(clip) {
  const figures = clip.images.map(([name, src, width, height, frame, confidence, origin]) => element("figure", {},
    element("img", { src, width: String(width), height: String(height), alt: `Reference image of ${visible(plainName(name))}`, loading: "lazy", decoding: "async" }),
    element("figcaption", { title: `frame ${frame}, confidence ${short(confidence)}, ${visible(origin)}` }, foreign(plainName(name)))));
  return figures.length ? element("div", { class: "references", role: "group", "aria-label": "Reference images" }, figures) : null;
}

function measured(clip) {
  const chips = clip.scores.filter(([shot]) => shot < 0).map(([, name, value, model]) => element("li", { title: visible(model) }, foreign(name), " ", element("b", {}, short(value))));
  return chips.length ? element("ul", { class: "chips", "aria-label": "Scores of the clip" }, chips) : null;
}

// Built when it is opened: with all of a page's clips closed, the document stays small.
function details(clip) {
  const node = element("details", {}, element("summary", {}, "All captions, events, scores, tags and ranges"));
  node.addEventListener("toggle", () => {
    if (node.open && node.childElementCount === 1) node.append(...detailTables(clip));
  });
  return node;
}

function detailTables(clip) {
  const rate = clip.rate[0] / clip.rate[1];
  const of = (shot) => (shot < 0 ? "clip" : `shot ${shot}`);
  const [start, end, fps, vfr] = clip.source;
  const entries = [["source frames", `${start} to ${end}, ${fps} frames/s${vfr ? ", variable rate" : ""}`], ["license", clip.license || "not stated"], ["attribution", clip.attribution], ["url", clip.url]];
  return [
    element("dl", { class: "pairs" }, entries.filter(([, text]) => text).map(([name, text]) => element("div", {}, element("dt", {}, name), foreign(text, "dd")))),
    table("Shots", ["shot", "clip frames", "seconds", "source frames"], clip.shots.map((s, i) => [String(i), `${s[0]} to ${s[1]}`, `${(s[0] / rate).toFixed(2)} to ${(s[1] / rate).toFixed(2)}`, `${s[2]} to ${s[3]}`])),
    table("Joins", ["after shot", "kind", "source frames left out", "confidence"], clip.joins.map((j) => [String(j[0]), j[1], `${j[2]} to ${j[3]} (${j[3] - j[2]})`, short(j[4])])),
    table("Captions", ["of", "kind", "text", "origin"], clip.captions.map(([shot, ...rest]) => [of(shot), ...rest])),
    table("Events", ["entity", "frames", "seconds", "prompt", "origin"], clip.lanes.flatMap((l) => l.events.map((e) => [plainName(l.name), `${e[0]} to ${e[1]}`, `${(e[0] / rate).toFixed(2)} to ${(e[1] / rate).toFixed(2)}`, e[2], e[3]]))),
    table("Scores", ["of", "name", "value", "model"], clip.scores.map(([shot, name, value, model]) => [of(shot), name, short(value), model])),
    table("Tags", ["of", "node", "value", "origin"], clip.tags.map(([shot, ...rest]) => [of(shot), ...rest])),
    table("Models", ["role", "model", "revision", "license"], clip.models),
  ].filter(Boolean);
}

function table(title, columns, rows) {
  if (!rows.length) return null;
  const head = element("tr", {}, columns.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.map((row) => element("tr", {}, row.map((cell) => foreign(cell, "td"))));
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, element("table", { class: "plain" }, element("caption", {}, title), element("thead", {}, head), element("tbody", {}, body)));
}
