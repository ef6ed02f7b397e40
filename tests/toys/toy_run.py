"""A finished run that no attack made, of any size, for pages and exports."""
import os
from pathlib import Path

import cv2
import numpy as np
import torch

from mmadvrain.functional.pixel_space import from_bgr_uint8, to_bgr_uint8
from mmadvrain.rain import RainFactors, UniformFactors, render_streaks
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.store.image_list import IMAGES_FILE
from mmadvrain.store.manifest import Manifest
from mmadvrain.structures.run_results import RunResults
from mmadvrain.utils.files import write_json, write_png
from mmadvrain.utils.provenance import PROVENANCE_FILE

VIEWS = ('clean', 'random', 'adversarial')
SCENES = 20


def write_toy_run(root, num_images, num_classes=3, size_hw=(120, 160), seed=0):
    """Write what an attack leaves.

    The more an image's number falls behind, the more of its objects are
    missed in rain. The second image failed; every fourth is flagged.

    Args:
        root: Folder of the run.
        num_images: How many.
        num_classes: Classes of its objects.
        size_hw: Height and width of the images.
        seed: Of all that is drawn.
    """
    store, rng = AttackStore(root), np.random.default_rng(seed)
    scenes = [
        _write_scene(Path(root), i, size_hw)
        for i in range(min(SCENES, num_images))
    ]
    images, flags, failed, records = [], [], {}, []
    for index in range(num_images):
        name = f'part {index % 3}/{index:06d}#?'
        clean, rainy, factors = scenes[index % len(scenes)]
        boxes, labels = _objects(rng, size_hw, num_classes)
        images.append(
            dict(
                name=name,
                key=index,
                path=str(clean),
                boxes=boxes.tolist(),
                labels=labels.tolist(),
                ignored=[False] * len(labels)))
        if index == 1:
            failed[name] = 'a <b>broken</b> file'
            records.append((name, dict(key=index, error=failed[name])))
            continue
        _link(rainy, store.image('adversarial', name))
        _link(factors, store.factors('adversarial', name, '.safetensors'))
        lost = rng.random(len(labels)) < 1 - index / num_images
        for view in VIEWS:
            kept = ~lost if view == 'adversarial' else np.ones_like(lost)
            write_json(
                store.prediction(view, name),
                _detections(rng, boxes[kept], labels[kept], num_classes))
        flagged = ['no_progress'] if index % 4 == 0 else []
        flags += [name] * len(flagged)
        curve = (10 - rng.random(20).cumsum()).tolist()
        records.append((name, _record(index, flagged, curve)))
    Manifest(store.root / 'records').append(records)
    write_json(
        Path(root) / IMAGES_FILE,
        dict(
            classes=[f'class {i}' for i in range(num_classes)], images=images))
    write_json(
        Path(root) / PROVENANCE_FILE,
        dict(
            command='python tools/attack.py "</script>.py"',
            folder='/tmp',
            began='now',
            config=None,
            checkpoint=None,
            sha256='0' * 64,
            device='CPU',
            versions=dict(torch='0')))
    scores = dict(clean=.5, random=.4, adversarial=.1)
    RunResults(
        views={
            v: {
                'coco/bbox_mAP': s
            }
            for v, s in scores.items()
        },
        magnitude=dict(adversarial=dict(area=.1), random=dict(area=.1)),
        num_images=num_images,
        seconds_per_image=1.,
        flags=dict(no_progress=flags),
        failed=failed,
        problems={}).save(root)
    return store


def _write_scene(root, index, size_hw):
    """A clean image, its rainy one, and the rain."""
    rng = np.random.default_rng(index)
    small = rng.integers(40, 200, (6, 8, 3), dtype=np.uint8)
    image = cv2.resize(small, size_hw[::-1], interpolation=cv2.INTER_CUBIC)
    clean = root / 'scenes' / f'clean{index}.png'
    write_png(clean, image)
    rain = UniformFactors(density=.005).draw(
        size_hw,
        torch.Generator().manual_seed(index))
    factors = root / 'scenes' / f'{index}.safetensors'
    rain.save(factors)
    rainy = root / 'scenes' / f'rainy{index}.png'
    layer = render_streaks(RainFactors.load(factors))
    write_png(rainy, to_bgr_uint8((from_bgr_uint8(image) + layer).clamp(0, 1)))
    return clean, rainy, factors


def _link(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.unlink()
    os.link(source, target)


def _objects(rng, size_hw, num_classes):
    count = rng.integers(3, 9)
    height, width = size_hw
    corner = rng.random((count, 2)) * (width * .7, height * .7)
    sides = (rng.random((count, 2)) * .2 + .08) * (width, height)
    boxes = np.hstack([corner, corner + sides]).round(1)
    return boxes, rng.integers(0, num_classes, count)


def _detections(rng, boxes, labels, num_classes):
    """The objects, a little off, and one that is wrong."""
    moved = boxes + rng.normal(0, 1, boxes.shape)
    wrong, kinds = _objects(rng, (90, 90), num_classes)
    return dict(
        bboxes=np.vstack([moved, wrong[:1]]).round(2).tolist(),
        labels=[*labels.tolist(), int(kinds[0])],
        scores=(rng.random(len(labels) + 1) * .7 + .3).tolist())


def _record(key, flags, curve):
    measures = dict(
        area=.12, brightness=.02, psnr=24.5, rate_mm_h=25., wind_m_s=-2.)
    return dict(
        key=key,
        seconds=1.,
        flags=flags,
        problems=[],
        best_step=len(curve),
        losses=dict(detector_loss=curve),
        summed_losses=curve,
        adversarial=measures,
        random=measures)
