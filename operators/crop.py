"""Black bars off a clip: one box for all of its shots, cut out of every frame before anything else is done to it."""

from __future__ import annotations

from typing import Final, Literal

from av.filter import Graph
from av.video.frame import VideoFrame

from formats.clip_plan import ClipPlan
from formats.film_scan import PictureBox
from operators.orientation import orientation_of

Crop = Literal["none", "bars"]
_SMALLEST: Final = 16
"""A box with a side of fewer pixels is not cut out."""


def crop_box(plan: ClipPlan, crop: Crop) -> PictureBox:
    """What a clip shows of its source, in pixels of the display size: all of it, or what lies inside the bars, its edges
    moved outward to even pixels, so that nothing of the picture is lost and no pixel is resampled."""
    whole = (0, 0, plan.width, plan.height)
    if crop == "none" or plan.picture is None:
        return whole
    left, top, right, bottom = plan.picture
    box = (left // 2 * 2, top // 2 * 2, min(plan.width, right + right % 2), min(plan.height, bottom + bottom % 2))
    return box if min(box[2] - box[0], box[3] - box[1]) >= _SMALLEST else whole


class FrameCrop:
    """Cuts ``box`` out of frames of a film that is shown at ``width`` x ``height``, whatever their own size and turn."""

    def __init__(self, box: PictureBox, width: int, height: int) -> None:
        self._box, self._shown = box, (width, height)
        self._graph: Graph | None = None
        self._shape: tuple[int, int, str, int, int] | None = None

    def applied(self, picture: VideoFrame) -> VideoFrame:
        """A view of ``picture``, as coded; itself where there is nothing to cut off."""
        if self._box == (0, 0, *self._shown):
            return picture
        shape = picture.width, picture.height, picture.format.name, int(picture.colorspace), int(picture.color_range)
        if self._graph is None or shape != self._shape:
            self._graph, self._shape = _crop_graph(picture, self._coded_box(picture)), shape
        self._graph.vpush(picture)
        cut = self._graph.vpull()
        cut.pts = picture.pts
        return cut

    def _coded_box(self, picture: VideoFrame) -> PictureBox:
        """The box in the frame as coded, even, outward."""
        width, height = self._shown
        left, top, right, bottom = self._box
        turn = orientation_of(picture)
        for _ in range(turn.clockwise // 90):
            left, top, right, bottom = top, width - right, bottom, width - left
            width, height = height, width
        if turn.mirrored:
            left, right = width - right, width - left
        return (
            left * picture.width // width // 2 * 2,
            top * picture.height // height // 2 * 2,
            min(picture.width, -(-right * picture.width // width // 2) * 2),
            min(picture.height, -(-bottom * picture.height // height // 2) * 2),
        )


def _crop_graph(picture: VideoFrame, box: PictureBox) -> Graph:
    left, top, right, bottom = box
    graph = Graph()
    graph.threads = 1
    source = graph.add(
        "buffer",
        video_size=f"{picture.width}x{picture.height}",
        pix_fmt=picture.format.name,
        time_base="1/1",
        colorspace=str(int(picture.colorspace)),
        range=str(int(picture.color_range)),
    )
    crop = graph.add("crop", w=str(right - left), h=str(bottom - top), x=str(left), y=str(top))
    graph.link_nodes(source, crop, graph.add("buffersink")).configure()
    return graph
