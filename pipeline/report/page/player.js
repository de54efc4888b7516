// The clip's video, fetched only when it is asked for. Frames are named by their index, never by a rounded time.

function player(clip, onFrame) {
  const rate = clip.rate[0] / clip.rate[1];
  const video = element("video", { preload: "none", src: clip.video, poster: clip.poster, controls: true, playsinline: true, muted: true, "aria-label": `Clip ${clip.key}` });
  video.muted = true;
  video.style.aspectRatio = `${clip.width} / ${clip.height}`;
  const note = element("p", { class: "note unplayable", hidden: true }, "This browser cannot play the file here; the strip shows it.");
  let wanted = -1;

  video.addEventListener("error", () => {
    note.hidden = false;
  });
  video.addEventListener("loadedmetadata", () => {
    if (wanted >= 0) seek(wanted);
  });
  video.addEventListener("seeked", () => {
    if (wanted >= 0) onFrame(wanted);
    wanted = -1;
  });
  video.addEventListener("timeupdate", () => {
    if (wanted < 0 && !("requestVideoFrameCallback" in video)) report(video.currentTime);
  });
  // Without a poster the strip's first pictures stand in, until there is a frame.
  if (!clip.poster && clip.strip) {
    video.poster = clip.strip;
    video.classList.add("borrowed");
    video.addEventListener("loadeddata", () => video.classList.remove("borrowed"));
  }
  video.addEventListener("play", () => {
    wanted = -1;
  });

  function report(time) {
    onFrame(Math.min(clip.frames - 1, Math.max(0, Math.floor(time * rate + 0.01))));
  }

  function eachFrame() {
    video.requestVideoFrameCallback((now, shown) => {
      if (wanted < 0) report(shown.mediaTime);
      eachFrame();
    });
  }
  if ("requestVideoFrameCallback" in video) eachFrame();

  // The middle of a frame's time on screen: rounding can then not show its neighbour.
  function seek(frame) {
    wanted = frame;
    onFrame(frame);
    if (video.readyState >= 1) video.currentTime = (frame + 0.5) / rate;
    else {
      video.preload = "auto";
      video.load();
    }
  }
  return { node: element("div", { class: "player" }, video, note), seek };
}
