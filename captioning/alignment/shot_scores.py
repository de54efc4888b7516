"""The score 'alignment' of each shot of a clip.

A shot's score is the mean cosine of the sentences of its captions with its sampled pictures. Only words of a model are scored,
and only against pictures of their own shot. How high is good depends on the model: look at the report's histogram.
"""

from __future__ import annotations

from captioning.alignment.aligner import Aligner
from captioning.alignment.sentences import sentences_of
from captioning.alignment.settings import ALIGNMENT
from captioning.engines.chat_turns import opened_picture
from captioning.frames.sampled_clip import SampledClip, SampledShot
from captioning.protocol import ClipAnnotation
from formats.clip_record import Score

MEASURED = "measured"


def sentences_by_shot(annotation: ClipAnnotation) -> dict[int, list[str]]:
    """What a model said of single shots; a shot of which none spoke is not there."""
    said: dict[int, list[str]] = {}
    for caption in annotation.captions:
        if caption.shot >= 0 and caption.origin != MEASURED:
            said.setdefault(caption.shot, []).extend(sentences_of(caption.text))
    return said


def alignment_scores(annotation: ClipAnnotation, clip: SampledClip, aligner: Aligner) -> tuple[Score, ...]:
    """Of ``clip``'s shots in their order. A shot without a caption by a model, or without pictures, has none."""
    said = sentences_by_shot(annotation)
    return tuple(_score(said[shot.index], shot, aligner) for shot in clip.shots if shot.index in said and shot.pictures)


def _score(sentences: list[str], shot: SampledShot, aligner: Aligner) -> Score:
    cosines = aligner.cosines(sentences, [opened_picture(frame.picture) for frame in shot.pictures])
    return Score(shot=shot.index, name=ALIGNMENT, value=round(float(cosines.mean()), 4), model=aligner.model.id)
