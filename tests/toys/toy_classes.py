"""A small classification data set and a classifier that knows it."""
import csv
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor, nn

from mmadvrain.models.classifiers.image_classifier import ImageClassifier
from tests.toys.toy_data import TOY_CLASSES

_SIZES_HW = ((40, 56), (56, 40), (48, 48))


def write_toy_classes(root: str | Path,
                      num_images: int = 6,
                      seed: int = 0) -> Path:
    """Write images of one colour each, in NeurIPS'17 DEV's form.

    Args:
        root: Folder that gets ``images/``, ``dev_dataset.csv`` and
            ``toy.ts.pt``, a classifier that knows the colours.
        num_images: Positive. Defaults to 6.
        seed: Seed of contents. Defaults to 0.

    Returns:
        The CSV file.
    """
    root = Path(root)
    (root / 'images').mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    rows = []
    for index in range(num_images):
        height, width = _SIZES_HW[index % len(_SIZES_HW)]
        label = index % len(TOY_CLASSES)
        picture = rng.normal(100, 12, (height, width, 3))
        picture[..., 2 - label] += 8  # BGR: red, green, blue
        name = f'{index:04x}'
        cv2.imwrite(
            str(root / 'images' / f'{name}.png'),
            picture.round().clip(0, 255).astype(np.uint8))
        rows.append((name, label + 1, 1))
    path = root / 'dev_dataset.csv'
    with path.open('w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(('ImageId', 'TrueLabel', 'TargetClass'))
        writer.writerows(rows)
    torch.jit.trace(ToyColourNetwork().eval(),
                    torch.rand(1, 3, 32, 32)).save(root / 'toy.ts.pt')
    return path


class ToyColourNetwork(nn.Module):
    """Logits are the means of the channels; bright images look red.

    It has a weight and a buffer.

    Args:
        gain: Of the logits. Defaults to 50.
    """
    input_hw = (32, 32)

    def __init__(self, gain: float = 50.) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(float(gain)))
        self.norm = nn.BatchNorm2d(3, affine=False)

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalised batch -> logits.

        Args:
            inputs: Shape (N, 3, H, W).

        Returns:
            Shape (N, 3).
        """
        means = self.norm(inputs).mean((2, 3))
        glare = 3 * (means.mean(1, keepdim=True) - 0.403)
        return self.weight * torch.cat((means[:, :1] + glare, means[:, 1:]), 1)


def toy_classifier() -> ImageClassifier:
    """The classifier in evaluation mode; right on clean toy images."""
    return ImageClassifier(ToyColourNetwork()).eval()


def toy_class_config(root: str | Path,
                     attack: dict | None = None,
                     **changes: Any) -> Config:
    """Config of an attack on toy images of classes.

    Args:
        root: Folder that :func:`write_toy_classes` filled.
        attack: Changes of the attack.
        **changes: Further entries, or other values of these.
    """
    content: dict[str, Any] = dict(
        default_scope='mmdet',
        model=dict(
            type='mmadvrain.ImageClassifier',
            input_size=32,
            network=dict(
                type='mmadvrain.TorchScriptNetwork',
                file=str(Path(root) / 'toy.ts.pt'),
                trust=True)),
        test_cfg=dict(
            type='mmadvrain.AttackLoop',
            victim=dict(type='mmadvrain.ClassifierVictim'),
            batch_size=4,
            attack=dict(
                dict(
                    type='mmadvrain.IterativeAttack',
                    steps=3,
                    objectives=[dict(type='mmadvrain.CrossEntropyObjective')],
                    perturbation=dict(
                        type='mmadvrain.RainPerturbation',
                        init=dict(
                            type='mmadvrain.UniformFactors', density=0.03))),
                **(attack or {}))),
        test_dataloader=dict(
            batch_size=2,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=dict(
                type='mmadvrain.NeurIPS17DevDataset', data_root=str(root))),
        test_evaluator=dict(type='mmadvrain.SuccessRateMetric'),
        visualizer=dict(
            type='Visualizer', vis_backends=[dict(type='LocalVisBackend')]),
        work_dir=str(Path(root) / 'work_dir'),
        log_level='WARNING')
    content.update(changes)
    return Config(content)
