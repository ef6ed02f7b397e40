"""A detection attack as the peers' loops have it, for comparison."""
from typing import Any, List, Sequence

import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from .bench_case import BenchCase


def ares_style_attack(case: BenchCase,
                      terms: Sequence[Sequence[str]],
                      steps: int,
                      step_size: float = 1 / 255,
                      budget: float = 8 / 255) -> List[Tensor]:
    """Sign steps on the padded, denormalised batch.

    Source: the shape of the loops in ARES 2.0, written anew: the batch of
    the data preprocessor is denormalised, padding is attacked with the
    image, weights take gradients, and each loss has a forward pass.

    Args:
        case (BenchCase): Detector and images, one a batch.
        terms (sequence[sequence[str]]): Loss names, a forward pass each.
        steps (int): Number of steps.
        step_size (float): In [0, 1]. Defaults to 1/255.
        budget (float): Largest change of a value, in [0, 1]. Defaults to
            8/255.

    Returns:
        list[Tensor]: Attacked batches in [0, 1], with their padding.
    """
    found = []
    model, preprocess = case.model, case.model.data_preprocessor
    for index in range(len(case.samples)):
        data = preprocess(
            pseudo_collate([case.loop.images.dataset[index]]), False)
        samples = [case.samples[index].target.clone().to(case.device)]
        samples[0].set_metainfo(data['data_samples'][0].metainfo)
        clean = (data['inputs'] * preprocess.std + preprocess.mean) / 255
        attacked = clean.clone()
        for _ in range(steps):
            attacked = attacked.detach().requires_grad_()
            for names in terms:
                inputs = (attacked * 255 - preprocess.mean) / preprocess.std
                losses = model.loss(inputs, [s.clone() for s in samples])
                _total(losses, names).backward()
            moved = attacked + step_size * attacked.grad.sign()
            attacked = torch.clamp(
                clean + (moved - clean).clamp(-budget, budget), 0, 1)
        model.zero_grad()
        found.append(attacked.detach())
    return found


def _total(losses: Any, names: Sequence[str]) -> Tensor:
    parts: List[Tensor] = []
    for name, value in losses.items():
        if 'loss' in name and (not names or name in names):
            parts += value if isinstance(value, (list, tuple)) else [value]
    return torch.stack([part.mean() for part in parts]).sum()
