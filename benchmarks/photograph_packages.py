"""Some ninety photographs to make films of, from packages of Debian 12: pictures of people, streets, rooms, animals, plants,
skies and patterns, under free licences, that no other set of ours shows.

    python -m benchmarks.photograph_packages FOLDER

Needs Debian's ``apt-get`` and ``dpkg-deb`` (no root), and some 250 MB to download. The pictures are pinned by ``PICTURES_SHA256``.
They are for training and for judging what was trained; nothing of them is shipped.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

LONGEST_SIDE = 1024
PICTURES_SHA256 = "6badef428bb69188bdc0a3f2b5f1592c10b0a1943ebefb28e19f71a849c373db"


@dataclass(frozen=True)
class Package:
    """``pictures``: paths under ``folder``, as the package unpacks."""

    name: str
    version: str
    folder: str
    pictures: tuple[str, ...]


PACKAGES = (
    Package(
        "budgie-core",
        "10.7.1-1",
        "usr/share/backgrounds/budgie",
        ("default.jpg",),
    ),
    Package(
        "hugin-data",
        "2022.0.0+dfsg-2",
        "usr/share/hugin/xrc/data/help_en_EN",
        (
            "CA_fringes00.jpg",
            "CA_tCA00.jpg",
        ),
    ),
    Package(
        "lomiri-wallpapers-16.04",
        "20.04.0-2",
        "usr/share/backgrounds",
        (
            "Bridge_by_Sander_Klootwijk.jpg",
            "Dragonfly_by_Bolly.jpg",
            "Picture_0B_by_freespace.jpg",
            "Picture_1A_by_freespace.jpg",
            "Wine_by_Jakkub_Mede.jpg",
            "aitzgorri_by_Aitzol_Berasategi.jpg",
            "analogpattern_by_Peter_Nerlich.jpg",
            "free_by_Peter_Nerlich.jpg",
            "friends_by_Aitzol_Berasategi.jpg",
            "greentock_by_Peter_Nerlich.jpg",
            "life_by_Aitzol_Berasategi.jpg",
            "picosdeeuropa_by_Aitzol_Berasategi.jpg",
            "seeding_by_Clements_Engelhardt.jpg",
            "sunset_by_Aitzol_Berasategi.jpg",
        ),
    ),
    Package(
        "lomiri-wallpapers-20.04",
        "20.04.0-2",
        "usr/share/backgrounds",
        (
            "Fossa_by_Jasper_Roks.jpg",
            "Kleiber_by_Lukas_Baubkus.jpg",
        ),
    ),
    Package(
        "lxqt-themes",
        "1.2.0-1",
        "usr/share/lxqt/wallpapers",
        (
            "Butterfly-Kenneth-Wimer.jpg",
            "Valendas.png",
            "after-the-rain.jpg",
            "appleflower.png",
            "beam.png",
            "butterfly.png",
            "cloud.png",
            "drop.png",
            "flowers.png",
            "this-is-not-windows.jpg",
        ),
    ),
    Package(
        "mate-backgrounds",
        "1.26.0-1",
        "usr/share/backgrounds/mate",
        (
            "abstract/Elephants.jpg",
            "nature/Aqua.jpg",
            "nature/Blinds.jpg",
            "nature/Dune.jpg",
            "nature/FreshFlower.jpg",
            "nature/Garden.jpg",
            "nature/GreenMeadow.jpg",
            "nature/LadyBird.jpg",
            "nature/RainDrops.jpg",
            "nature/Storm.jpg",
            "nature/TwoWings.jpg",
            "nature/Wood.jpg",
            "nature/YellowFlower.jpg",
        ),
    ),
    Package(
        "opencv-doc",
        "4.6.0+dfsg-12",
        "usr/share/doc/opencv-doc",
        (
            "examples/data/aloeL.jpg",
            "examples/data/baboon.jpg",
            "examples/data/board.jpg",
            "examples/data/building.jpg",
            "examples/data/chicky_512.png",
            "examples/data/fruits.jpg",
            "examples/data/graf1.png",
            "examples/data/leuvenA.jpg",
            "examples/data/squirrel_cls.jpg",
            "examples/data/starry_night.jpg",
            "examples/text/scenetext01.jpg",
            "examples/text/scenetext02.jpg",
            "examples/text/scenetext04.jpg",
            "examples/text/scenetext05.jpg",
            "examples/text/scenetext06.jpg",
            "examples/text/scenetext_segmented_word01.jpg",
            "examples/text/scenetext_segmented_word02.jpg",
            "examples/text/scenetext_segmented_word04.jpg",
            "opencv4/html/11_demo.jpg",
            "opencv4/html/227943776_1.jpg",
            "opencv4/html/230501201_1.jpg",
            "opencv4/html/4_barcodes.jpg",
            "opencv4/html/Background_Subtraction_Tutorial_frame.jpg",
            "opencv4/html/astra_color.jpg",
            "opencv4/html/checkershadow_parvo.png",
            "opencv4/html/corridor_fld.jpg",
            "opencv4/html/detect_test2.jpg",
            "opencv4/html/fusion_mertens.jpg",
            "opencv4/html/opencv_bus_res.jpg",
            "opencv4/html/person_multi_det.jpg",
            "opencv4/html/realsense.jpg",
            "opencv4/html/retina_TreeHdr_retina.jpg",
            "opencv4/html/sample.jpg",
            "opencv4/html/studentsSample_input.jpg",
            "opencv4/html/yolo.jpg",
        ),
    ),
    Package(
        "plasma-workspace-wallpapers",
        "4:5.27.5-2",
        "usr/share/wallpapers",
        (
            "BytheWater/contents/images/2560x1600.jpg",
            "ColdRipple/contents/images/2560x1600.jpg",
            "ColorfulCups/contents/images/2560x1600.jpg",
            "DarkestHour/contents/images/2560x1600.jpg",
            "EveningGlow/contents/images/2560x1600.jpg",
            "FallenLeaf/contents/images/2560x1600.jpg",
            "Kite/contents/images/2560x1600.jpg",
            "OneStandsOut/contents/images/2560x1600.jpg",
            "Path/contents/images/2560x1600.jpg",
            "summer_1am/contents/images/2560x1600.jpg",
        ),
    ),
    Package(
        "propaganda-debian",
        "13.5.10+nmu1",
        "usr/share/wallpapers",
        (
            "Brotherhood-Of-The-Thumb-2.JPG",
            "Demonsashimi-With-Wasabe-2.JPG",
            "The-Fall-Of-Babylon-1.JPG",
            "What-Goes-Up-3.JPG",
        ),
    ),
)
COUNT = sum(len(package.pictures) for package in PACKAGES)


def photograph_file(folder: Path, number: int) -> Path:
    """Where photograph ``number`` of ``COUNT`` lies once ``fetch_photographs`` has run."""
    return folder / f"photograph-{number:03d}.png"


def fetch_photographs(folder: Path) -> None:
    """Downloads the packages and keeps their photographs, at most 1,024 pixels long. Does nothing where they are there.

    Raises ``FileNotFoundError`` without apt-get or dpkg-deb, ``CalledProcessError`` if a package cannot be had, ``ValueError`` if
    the pictures are not those of the pinned versions.
    """
    if all(photograph_file(folder, number).exists() for number in range(COUNT)):
        return
    digest, pictures = hashlib.sha256(), []
    with tempfile.TemporaryDirectory(prefix="photographs-") as work:
        for package in PACKAGES:
            unpacked = _unpacked(package, Path(work))
            for picture in package.pictures:
                data = (unpacked / package.folder / picture).read_bytes()
                digest.update(data)
                pictures.append(_reduced(data))
    if digest.hexdigest() != PICTURES_SHA256:
        raise ValueError(f"the packages' photographs are others than those pinned: {digest.hexdigest()}")
    folder.mkdir(parents=True, exist_ok=True)
    for number, reduced in enumerate(pictures):
        cv2.imwrite(str(photograph_file(folder, number)), reduced)


def _unpacked(package: Package, work: Path) -> Path:
    folder = work / package.name
    folder.mkdir()
    subprocess.run(["apt-get", "download", "-q", f"{package.name}={package.version}"], cwd=folder, check=True)
    (archive,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", archive.name, "unpacked"], cwd=folder, check=True)
    return folder / "unpacked"


def _reduced(data: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("not a picture")
    scale = min(1.0, LONGEST_SIDE / max(picture.shape[:2]))
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fetch the photographs that detectors are trained and judged on.")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    fetch_photographs(options.folder)
    print(f"{COUNT} photographs in {options.folder}")


if __name__ == "__main__":
    main()
