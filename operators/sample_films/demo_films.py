"""The demo set: five little films, written by hand."""

from __future__ import annotations

from operators.sample_films.plans import (
    CameraPlan,
    EdgePlan,
    EncodingPlan,
    FilmPlan,
    FlashPlan,
    JoinPlan,
    LayerPlan,
    ShotPlan,
    SpritePlan,
    TimingPlan,
    TitlePlan,
)

_WIDTH, _HEIGHT = 640, 360
_CUT = JoinPlan("cut")


def _dissolve(frames: int) -> JoinPlan:
    return JoinPlan("dissolve", frames)


def _fade(out: int, hold: int, into: int, white: bool = False) -> JoinPlan:
    return JoinPlan("fade", out=out, hold=hold, into=into, colour=(255, 255, 255) if white else (0, 0, 0))


def _wipe(frames: int, shape: str, softness: float = 0.02) -> JoinPlan:
    return JoinPlan("wipe", frames, "smooth", shape=shape, softness=softness)


def _pan(speed: float) -> CameraPlan:
    return CameraPlan("pan", dx=speed)


def _tilt(speed: float) -> CameraPlan:
    return CameraPlan("tilt", dy=speed)


def _zoom(rate: float) -> CameraPlan:
    return CameraPlan("zoom", zoom=rate)


def _hand(pixels: float) -> CameraPlan:
    return CameraPlan("handheld", shake=pixels)


_DUST = LayerPlan("dust", (255, 236, 200), 1.8, 0.8, 3, dx=0.3, dy=0.4)
_BOKEH = LayerPlan("bokeh", (255, 214, 150), 2.2, 0.45, 5, dx=0.5)
_LEAVES = LayerPlan("leaves", (34, 58, 28), 2.4, 0.95, 8)
_HILLS = LayerPlan("hills", (22, 26, 40), 2.0, 1.0, 4)
_STARS = LayerPlan("snow", (235, 240, 255), 1.3, 0.55, 9, dx=0.15)


def _kitchen() -> FilmPlan:
    """A quiet morning: warm, letterboxed, 24 frames a second."""
    return FilmPlan(
        name="01-quiet-morning",
        half="demo",
        family="demo",
        seed=101,
        width=_WIDTH,
        height=_HEIGHT,
        rate="24/1",
        letterbox=0.1,
        head=EdgePlan(10, 18),
        tail=EdgePlan(8, 20),
        shots=(
            ShotPlan(
                "coffee", 68, 1, 0.52, 0.5, 0.9, grade="golden", camera=_zoom(0.0016), layers=(_DUST,),
                title=TitlePlan("A QUIET MORNING", 10, 44, 0.085, 0.74),
            ),
            ShotPlan("coffee", 52, 2, 0.62, 0.42, 0.42, grade="golden", camera=_pan(-1.3), layers=(_DUST,)),
            ShotPlan("coffee", 46, 3, 0.34, 0.66, 0.5, grade="golden", camera=_tilt(-0.8)),
            ShotPlan("cat", 60, 4, 0.44, 0.46, 0.92, grade="golden", camera=_zoom(0.0012), layers=(_BOKEH,)),
            ShotPlan("cat", 44, 5, 0.34, 0.42, 0.45, grade="golden", camera=_hand(1.2)),
            ShotPlan("cat", 50, 6, 0.6, 0.4, 0.55, grade="golden", camera=_pan(0.9), layers=(_BOKEH,)),
        ),
        joins=(_CUT, _CUT, _dissolve(20), _CUT, _dissolve(14)),
    )  # fmt: skip


def _launch() -> FilmPlan:
    """From the ground to the stars: titles, fades through black and white, a flash that is no cut."""
    return FilmPlan(
        name="02-launch",
        half="demo",
        family="demo",
        seed=102,
        width=_WIDTH,
        height=_HEIGHT,
        rate="25/1",
        head=EdgePlan(6, 16),
        tail=EdgePlan(10, 24),
        shots=(
            ShotPlan(
                "rocket", 70, 11, 0.5, 0.62, 0.8, grade="teal", camera=_tilt(-0.7), layers=(_HILLS,),
                sprites=(SpritePlan("bird", (30, 32, 40), 0.07, 0.05, 0.3, 2.6, -0.3, 5.0),
                         SpritePlan("bird", (30, 32, 40), 0.05, -0.06, 0.38, 2.6, -0.35, 4.0)),
                title=TitlePlan("LAUNCH", 12, 46, 0.14, 0.3),
            ),
            ShotPlan("rocket", 44, 12, 0.5, 0.55, 0.38, grade="teal", camera=_hand(1.6),
                     flashes=(FlashPlan(25, 3, 0.55),)),
            ShotPlan("rocket", 40, 13, 0.55, 0.4, 0.55, grade="teal", camera=CameraPlan("roll", roll=0.12)),
            ShotPlan("astronaut", 60, 14, 0.45, 0.3, 0.85, grade="neutral", camera=_zoom(0.0022)),
            ShotPlan("astronaut", 46, 15, 0.5, 0.27, 0.55, grade="neutral", camera=_pan(-1.0)),
            ShotPlan("moon", 56, 16, 0.55, 0.4, 0.95, grade="contrast", camera=_zoom(0.0035), layers=(_STARS,)),
            ShotPlan("galaxies", 66, 17, 0.5, 0.5, 0.6, grade="postcard",
                     camera=CameraPlan("drift", dx=0.6, dy=0.35, zoom=0.0012, roll=0.03), layers=(_STARS,)),
        ),
        joins=(_CUT, _CUT, _fade(8, 4, 8, white=True), _CUT, _fade(12, 8, 12), _dissolve(24)),
    )  # fmt: skip


def _garden() -> FilmPlan:
    """A walk, as a telephone records it: variable rate, with frames that come early, late or never."""
    return FilmPlan(
        name="03-temple-garden",
        half="demo",
        family="demo",
        seed=103,
        width=_WIDTH,
        height=_HEIGHT,
        rate="30/1",
        timing=TimingPlan("drops", 0.1),
        shots=(
            ShotPlan("temple", 78, 21, 0.36, 0.5, 0.72, camera=_pan(1.1), layers=(_LEAVES,)),
            ShotPlan(
                "temple", 60, 22, 0.6, 0.46, 0.5, camera=_hand(2.0),
                sprites=(SpritePlan("kite", (206, 58, 44), 0.2, 0.15, 0.3, 2.0, -0.5, 6.0, 0.25),),
            ),
            ShotPlan("temple", 56, 23, 0.42, 0.62, 0.55, camera=_tilt(-0.9)),
            ShotPlan("flower", 66, 24, 0.5, 0.5, 0.85, camera=_zoom(0.0018), layers=(_BOKEH,)),
            ShotPlan(
                "flower", 56, 25, 0.5, 0.52, 0.5, camera=_pan(-0.8),
                sprites=(SpritePlan("leaf", (120, 140, 50), 0.11, 0.9, 0.1, -2.4, 1.6, 8.0, 3.0),),
            ),
            ShotPlan("temple", 64, 26, 0.5, 0.42, 0.9, grade="dusk", camera=_zoom(-0.001), layers=(_LEAVES,)),
        ),
        joins=(_CUT, _wipe(18, "left"), _dissolve(22), _CUT, _wipe(26, "iris", 0.12)),
    )  # fmt: skip


def _garage() -> FilmPlan:
    """Dark, grainy, quick: hand-held shots, hard cuts and a whip pan that is no cut."""
    return FilmPlan(
        name="04-night-garage",
        half="demo",
        family="demo",
        seed=104,
        width=_WIDTH,
        height=_HEIGHT,
        rate="30000/1001",
        letterbox=0.06,
        grain=4.0,
        shots=(
            ShotPlan("motorcycle", 56, 31, 0.46, 0.5, 0.85, grade="night", gain=1.5, camera=_hand(2.2)),
            ShotPlan("motorcycle", 34, 32, 0.32, 0.62, 0.4, grade="night", gain=1.5, camera=_pan(1.8)),
            ShotPlan("motorcycle", 40, 33, 0.3, 0.5, 0.5, grade="night", gain=1.5,
                     camera=CameraPlan("whip", shake=1.2, whip=430.0, whip_at=16, whip_frames=9)),
            ShotPlan("motorcycle", 36, 34, 0.62, 0.4, 0.45, grade="night", gain=1.5, camera=_tilt(1.0)),
            ShotPlan("camera", 60, 35, 0.45, 0.4, 0.8, grade="steel", gain=0.62, camera=_hand(1.6),
                     layers=(LayerPlan("snow", (225, 235, 255), 1.4, 0.8, 6, dx=-0.8, dy=2.2),)),
            ShotPlan("camera", 40, 36, 0.42, 0.3, 0.45, grade="steel", gain=0.62, camera=_zoom(0.003),
                     layers=(LayerPlan("snow", (225, 235, 255), 1.4, 0.8, 7, dx=-0.8, dy=2.2),)),
        ),
        joins=(_CUT, _CUT, _CUT, _fade(10, 6, 10), _CUT),
    )  # fmt: skip


def _market() -> FilmPlan:
    """Sixty frames a second and bright: sprites fly, layers slide, wipes and pushes."""
    return FilmPlan(
        name="05-market-day",
        half="demo",
        family="demo",
        seed=105,
        width=_WIDTH,
        height=_HEIGHT,
        rate="60/1",
        encoding=EncodingPlan(keyframes=120),
        shots=(
            ShotPlan(
                "coins", 130, 41, 0.36, 0.5, 0.75, grade="sepia", camera=_pan(0.5),
                title=TitlePlan("market day", 20, 90, 0.12, 0.5),
            ),
            ShotPlan("coins", 96, 42, 0.5, 0.5, 0.45, grade="sepia", camera=CameraPlan("roll", roll=-0.06)),
            ShotPlan(
                "temple", 120, 43, 0.5, 0.3, 0.7, flip=True, grade="postcard", camera=_pan(-0.5),
                sprites=(SpritePlan("balloon", (214, 60, 48), 0.34, 0.2, 0.9, 0.3, -1.3, 4.0),
                         SpritePlan("balloon", (238, 190, 60), 0.27, 0.45, 1.2, 0.2, -1.4, 5.0),
                         SpritePlan("balloon", (70, 130, 200), 0.3, 0.72, 1.05, 0.25, -1.2, 3.0)),
            ),
            ShotPlan(
                "flower", 110, 44, 0.45, 0.5, 0.75, grade="postcard", camera=_zoom(0.0008),
                sprites=(SpritePlan("paper_plane", (240, 240, 236), 0.22, -0.1, 0.62, 4.2, -1.0, 10.0),),
            ),
        ),
        joins=(_CUT, _wipe(30, "diagonal", 0.08), JoinPlan("wipe", 36, "smooth", shape="push_left")),
    )  # fmt: skip


DEMO_FILMS: tuple[FilmPlan, ...] = (_kitchen(), _launch(), _garden(), _garage(), _market())
