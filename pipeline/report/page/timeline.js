// A clip over time: strip, ruler, shots, joins, and a lane for every entity. A click anywhere on it seeks.

function timeline(clip, seek) {
  const rate = clip.rate[0] / clip.rate[1];
  const secondsAt = (frame) => frame / rate;
  const percent = (frame) => `${(100 * frame) / clip.frames}%`;
  const head = element("div", { class: "playhead" });
  const over = element("div", { class: "over", "aria-hidden": "true" }, clip.shots.slice(1).map((shot) => at(element("i", { class: "border" }), shot[0])), head);
  const slider = element("input", { type: "range", min: "0", max: String(clip.frames - 1), step: "1", value: "0", "aria-label": `Position in clip ${clip.key}, in frames` });
  const readout = element("output", { class: "readout" });
  const events = [];
  const node = element("div", { class: "timeline" },
    lane("", "strip-row", clip.strip ? element("img", { class: "strip", src: clip.strip, alt: "", loading: "lazy", decoding: "async" }) : null),
    lane("", "slider-row", slider),
    lane("", "ruler", tickTimes(clip.duration).map((time) => at(element("span", {}, `${time} s`), time * rate))),
    lane("shots", "shots", clip.shots.map((shot, index) => span("shot", `${index}`, shotText(shot, index, secondsAt), shot[0], shot[1]))),
    lane("joins", "joins", clip.joins.map((join, index) => mark(join, clip.joins[index + 1]))),
    clip.lanes.map(entityLane), over);

  function at(part, frame) {
    part.style.left = percent(frame);
    return part;
  }

  function lane(label, kind, ...content) {
    return element("div", { class: `lane ${kind}` }, element("div", { class: "label" }, label), element("div", { class: "track" }, ...content));
  }

  function span(kind, text, title, start, end) {
    const button = foreign(text, "button", { type: "button", class: kind, title: visible(title), "aria-label": visible(title), "data-frame": String(start) });
    button.style.width = percent(end - start);
    return at(button, start);
  }

  function mark(join, next) {
    const from = clip.shots[join[0]][1];
    const to = next ? clip.shots[next[0]][1] : clip.frames;
    const title = `after shot ${join[0]}: ${joinText(join)}, source frames ${join[2]} to ${join[3]}, confidence ${short(join[4])}`;
    return span(`join ${join[1]}`, joinText(join), title, from, to);
  }

  function entityLane(entity) {
    const name = plainName(entity.name) || entity.id;
    const rows = stacked(entity.events, clip.frames);
    return (rows.length ? rows : [[]]).map((row, index) => {
      const tracks = row.map((event) => eventButton(entity, name, event));
      const label = index ? "" : foreign(name, "span", { title: visible(entity.description || name) });
      return lane(label, `entity ${entity.kind}`, tracks);
    });
  }

  function eventButton(entity, name, event) {
    const [start, end, prompt, origin] = event;
    const text = inLane(prompt, entity.name);
    const times = start === end ? `at ${seconds(secondsAt(start))}` : `${seconds(secondsAt(start))} to ${seconds(secondsAt(end))}`;
    const button = span(start === end ? "event instant" : "event", text, `${name}: ${text} (${times}, ${origin})`, start, end);
    if (start === end) {
      button.style.width = "";
      button.style.maxWidth = `${100 - (100 * start) / clip.frames}%`;
    }
    events.push({ name, text, start, end, button });
    return button;
  }

  function show(frame) {
    at(head, frame + 0.5);
    slider.value = String(frame);
    const time = seconds(secondsAt(frame));
    slider.setAttribute("aria-valuetext", `frame ${frame}, ${time}`);
    const active = events.filter((event) => event.start <= frame && frame < event.end);
    for (const event of events) event.button.classList.toggle("now", active.includes(event));
    const where = `frame ${frame} of ${clip.frames}, ${time}, shot ${shotAt(clip, frame)}`;
    readout.replaceChildren(element("b", {}, where), ...active.map((event) => element("span", {}, foreign(event.name, "i"), " ", foreign(event.text))));
  }

  function frameUnder(x) {
    const box = over.getBoundingClientRect();
    const share = (x - box.left) / box.width;
    return share < 0 || share > 1 ? -1 : Math.min(clip.frames - 1, Math.floor(share * clip.frames));
  }

  node.addEventListener("click", (event) => {
    if (event.target === slider) return;
    const button = event.target.closest("button");
    const frame = event.detail === 0 && button ? Math.min(Number(button.dataset.frame), clip.frames - 1) : frameUnder(event.clientX);
    if (frame >= 0) seek(frame);
  });
  slider.addEventListener("input", () => seek(Number(slider.value)));
  return { node, readout, show };
}
