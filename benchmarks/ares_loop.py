"""A detection attack as ARES 2.0 has it, for comparison."""
from typing import Any

import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from .bench_case import BenchCase

EXCLUDED = ('loss_bbox', 'loss_iou')
"""Losses that ARES's default leaves out are named with one of these."""


def ares_style_attack(case: BenchCase,
                      steps: int,
                      step_size: float = 1 / 255,
                      budget: float = 3 / 255,
                      seed: int = 0) -> Tensor:
    """Sign steps on the padded, denormalised batch.

    Source: what ARES 2.0 (commit 306e35f) does for a detector by PGD with its
    default config, written anew. Images are padded to one size by the data
    preprocessor and denormalised, padding is attacked with them; a random
    start; the detector in evaluation mode but for its own ``training``; its
    own number of RoIs; weights take gradients, which pile up; the mean of all
    losses but those of boxes and IoU by name, a list being its mean.

    Args:
        case: Detector and images, which make one batch.
        steps: Number of steps.
        step_size: In [0, 1]. Defaults to 1/255.
        budget: Largest change of a value, in [0, 1]. Defaults to 3/255.
        seed: Of the random start. Defaults to 0.

    Returns:
        Attacked batch in [0, 1] with its padding, RGB or BGR as the detector
        has it. Shape (N, 3, H', W').
    """
    model, preprocess = case.model, case.model.data_preprocessor
    dataset = case.loop.images.dataset
    data = preprocess(
        pseudo_collate([dataset[i] for i in range(len(case.samples))]), False)
    samples = [one.target.clone().to(case.device) for one in case.samples]
    for sample, padded in zip(samples, data['data_samples']):
        sample.set_metainfo(padded.metainfo)
    mean, std = (
        value.to(case.device) if isinstance(value, Tensor) else value
        for value in (getattr(preprocess, 'mean', 0.),
                      getattr(preprocess, 'std', 1.)))
    clean = (data['inputs'] * std + mean) / 255
    generator = torch.Generator().manual_seed(seed)
    start = torch.rand(clean.shape, generator=generator).to(clean)
    attacked = clean + budget * (2 * start - 1)
    model.training = True
    try:
        for _ in range(steps):
            attacked = attacked.detach().requires_grad_()
            losses = model.loss((attacked * 255 - mean) / std, samples)
            _total(losses).backward()
            moved = attacked + step_size * attacked.grad.sign()
            attacked = torch.clamp(
                clean + (moved - clean).clamp(-budget, budget), 0, 1)
    finally:
        model.training = False
        model.zero_grad()
    return attacked.detach()


def kept_losses(names: Any) -> list[str]:
    """Those of a detector's losses that ARES adds up."""
    return [
        name for name in names
        if 'loss' in name and not any(part in name for part in EXCLUDED)
    ]


def _total(losses: dict[str, Any]) -> Tensor:
    parts = []
    for name in kept_losses(losses):
        value = losses[name]
        if isinstance(value, list):
            value = torch.stack(value)
        parts.append(value.mean())
    return torch.stack(parts).mean()
