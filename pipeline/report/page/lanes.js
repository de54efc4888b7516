// What a clip's timeline holds: which lanes, and where along them each thing lies, in clip frames.

// Rows so that no two events of a row overlap. An instant takes the room of its label.
function stacked(events, frames) {
  const rows = [];
  for (const event of [...events].sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
    const end = Math.max(event[1], event[0] + (event[0] === event[1] ? frames * 0.14 : 1));
    const row = rows.find((other) => other.end <= event[0]);
    if (row) {
      row.events.push(event);
      row.end = end;
    } else rows.push({ events: [event], end });
  }
  return rows.map((row) => row.events);
}

function plainName(name) {
  return name.replace(/^\{(.*)\}$/s, "$1");
}

// The prompt without the entity's own name in front, which the lane's label says already.
function inLane(prompt, name) {
  return prompt.startsWith(`${name} `) ? prompt.slice(name.length + 1) : prompt;
}

function joinText([, kind, start, end]) {
  const removed = end - start;
  return removed ? `${kind}, ${count(removed, "frame")} removed` : kind === "cut" ? "cut" : `${kind}, none removed`;
}

function shotText(shot, index, secondsAt) {
  return `shot ${index}: ${count(shot[1] - shot[0], "frame")}, ${seconds(secondsAt(shot[1]) - secondsAt(shot[0]))}, source frames ${shot[2]} to ${shot[3]}`;
}

function shotAt(clip, frame) {
  const index = clip.shots.findIndex((shot) => frame < shot[1]);
  return index < 0 ? clip.shots.length - 1 : index;
}

// Ticks at whole seconds, at most about eight of them.
function tickTimes(duration) {
  const step = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600].find((s) => duration / s <= 8) ?? 1800;
  const times = [];
  for (let time = 0; time < duration - step * 0.3; time += step) times.push(time);
  return times;
}
