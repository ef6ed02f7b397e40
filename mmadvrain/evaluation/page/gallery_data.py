"""What the script of the page knows of each image, as compact JSON."""
from collections.abc import Sequence

import numpy as np

from mmadvrain.evaluation.functional.detection_errors import (
    IGNORED,
    RIGHT,
    WRONG,
)

from .curves import thinned
from .damage import Damage
from .run_folder import RunFolder, RunImage

STATES = (RIGHT, *WRONG, IGNORED)
"""A detection names its kind by its place here."""

_MOST = 100


def gallery_entry(run: RunFolder, image: RunImage, damage: Damage,
                  flags: Sequence[str], pictures: tuple[int, int, list[str]],
                  words: list[str]) -> dict:
    """One image, in one-letter names since there are thousands.

    Args:
        run: The run.
        image: One that was attacked.
        damage: Done to it.
        flags: Names of all flags of the run.
        pictures: Width and height in pixels, and which pictures there are.
        words: What the rain is.

    Returns:
        ``n`` name, ``s`` size, ``p`` pictures there are, ``f`` flags by
        number, ``w`` words, ``q`` problems, ``l`` curve, ``b`` best step and
        ``d`` damage, of a detector in percent. Of a detector ``h`` F1 of both
        images in percent, ``c`` and ``r`` detections on the clean and the
        rainy one as (x1, y1, x2, y2, percent, label, state) and ``t`` the
        truth as (x1, y1, x2, y2, label, missed clean, missed in rain); of a
        classifier ``g`` the true class and the two predicted ones.
    """
    width, height, kinds = pictures
    record = image.record
    entry = dict(
        n=image.name,
        s=[width, height],
        p=''.join(str(int(k in kinds)) for k in ('clean', 'rainy', 'rain')),
        d=None if damage.amount is None else round(damage.amount, 3),
        f=[flags.index(flag) for flag in record.get('flags', [])],
        w=words,
        q=record.get('problems', []),
        l=thinned(record.get('summed_losses', [])),
        b=record.get('best_step'))
    if image.truth is None:
        entry['g'] = [
            image.label, *(image.guesses.get(view, {}).get('pred')
                           for view in ('clean', 'adversarial'))
        ]
        return entry
    counted = image.truth.at_least(1.)
    missed = [
        damage.errors[view].missed if view in damage.errors else np.zeros(
            len(counted.labels)) for view in ('clean', 'adversarial')
    ]
    if damage.amount is not None:
        entry['d'] = round(100 * damage.amount, 1)
        entry['h'] = [
            round(100 * damage.f1(view)) for view in ('clean', 'adversarial')
        ]
    entry['t'] = [[
        *_pixels(box),
        int(label), *(int(m[place]) for m in missed)
    ] for place, (box, label) in enumerate(zip(counted.boxes, counted.labels))]
    for letter, view in dict(c='clean', r='adversarial').items():
        entry[letter] = _detections(damage, view)
    return entry


def _detections(damage: Damage, view: str) -> list[list[int]]:
    if view not in damage.errors:
        return []
    shown, kinds = damage.shown[view], damage.errors[view].kinds
    order = np.argsort(-shown.scores, kind='stable')[:_MOST]
    return [[
        *_pixels(shown.boxes[i]),
        round(100 * float(shown.scores[i])),
        int(shown.labels[i]),
        STATES.index(kinds[i])
    ] for i in order]


def _pixels(box: np.ndarray) -> list[int]:
    return [round(v) for v in box.tolist()]
