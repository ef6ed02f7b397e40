"""A detection attack as the peers' loops have it, for comparison."""
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from .bench_case import BenchCase


def ares_style_attack(case: BenchCase,
                      terms: Sequence[Sequence[str]],
                      steps: int,
                      step_size: float = 1 / 255,
                      budget: float = 8 / 255) -> Tensor:
    """Sign steps on the padded, denormalised batch.

    Source: the shape of the loops in ARES 2.0, written anew: all images are
    padded to one size by the data preprocessor and denormalised, padding is
    attacked with them, weights take gradients, and each loss has a forward
    pass.

    Args:
        case: Detector and images, which make one batch.
        terms: Loss names, a forward pass each.
        steps: Number of steps.
        step_size: In [0, 1]. Defaults to 1/255.
        budget: Largest change of a value, in [0, 1]. Defaults to 8/255.

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
    clean = (data['inputs'] * preprocess.std + preprocess.mean) / 255
    attacked = clean.clone()
    for _ in range(steps):
        attacked = attacked.detach().requires_grad_()
        for names in terms:
            inputs = (attacked * 255 - preprocess.mean) / preprocess.std
            losses = model.loss(inputs, [s.clone() for s in samples])
            _total(losses, names).backward()
        moved = attacked + step_size * attacked.grad.sign()
        attacked = torch.clamp(clean + (moved - clean).clamp(-budget, budget),
                               0, 1)
    model.zero_grad()
    return attacked.detach()


def _total(losses: Any, names: Sequence[str]) -> Tensor:
    parts: list[Tensor] = []
    for name, value in losses.items():
        if 'loss' in name and (not names or name in names):
            parts += value if isinstance(value, (list, tuple)) else [value]
    return torch.stack([part.mean() for part in parts]).sum()
