"""Whether a small network tells two kinds of images apart."""
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 64
"""Height and width of the patches that the network sees."""


def cut_patches(layer: Tensor, side: int = SIDE) -> Tensor:
    """Cut a layer into patches that do not overlap, each of unit size.

    A patch loses its mean and is divided by its standard deviation, so that
    shape decides rather than brightness. Patches of next to nothing are left
    out.

    Args:
        layer: Such as a rainy image less its clean one. Shape (H, W).
        side: Of a patch. Defaults to 64.

    Returns:
        Shape (N, 1, side, side).
    """
    height, width = (n // side * side for n in layer.shape)
    tiles = layer[:height, :width].unfold(0, side, side).unfold(1, side, side)
    tiles = tiles.reshape(-1, 1, side, side).float()
    spread = tiles.std((1, 2, 3), keepdim=True)
    tiles = (tiles - tiles.mean((1, 2, 3), keepdim=True)) / (spread + 1e-6)
    return tiles[spread[:, 0, 0, 0] > 2e-3]


def area_under_curve(positive: np.ndarray, negative: np.ndarray) -> float:
    """Share of pairs in which the positive is the larger; ties are halves.

    Args:
        positive: Scores. Shape (P,).
        negative: Scores. Shape (N,).
    """
    order = np.sort(negative)
    below = np.searchsorted(order, positive, 'left')
    upto = np.searchsorted(order, positive, 'right')
    return float((below + upto).mean() / 2 / len(negative))


def _network(width: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    channels = 1
    for i in range(3):
        layers += [
            nn.Conv2d(channels, width << i, 3, stride=2, padding=1),
            nn.ReLU(inplace=True)
        ]
        channels = width << i
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(channels, 1))


def _train(real: Tensor, other: Tensor, steps: int, width: int,
           generator: torch.Generator) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(1 << 31, (), generator=generator)))
        net = _network(width)
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    labels = torch.cat((torch.ones(32), torch.zeros(32)))
    for _ in range(steps):
        batch = torch.cat([
            some[torch.randint(len(some), (32, ), generator=generator)]
            for some in (real, other)
        ])
        loss = F.binary_cross_entropy_with_logits(net(batch)[:, 0], labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net.eval()


def two_sample_score(real: Sequence[Tensor],
                     other: Sequence[Tensor],
                     steps: int = 200,
                     width: int = 16,
                     samples: int = 1000,
                     seed: int = 0) -> dict[str, float]:
    """Train a network on half of the images, and try it on the others.

    Source: the classifier two-sample test (Lopez-Paz and Oquab 2017).

    Args:
        real: Layers, at least four. Each of shape (H, W).
        other: Of another kind, at least four.
        steps: Of training, by 64 patches each. Defaults to 200.
        width: Channels of the network's first layer. Defaults to 16.
        samples: Of the bootstrap over images. Defaults to 1000.
        seed: Of the split, the network and the bootstrap. Defaults to 0.

    Returns:
        ``auc``, the area under the curve of held-out patches: 0.5 where the
        network cannot tell them apart; ``low`` and ``high``, its 95 percent
        interval over images; and ``patches``, held out.

    Raises:
        ValueError: If there are fewer than four images with patches.
    """
    generator = torch.Generator().manual_seed(seed)
    train, test = [], []
    for name, layers in (('real', real), ('other', other)):
        patches = [tiles for tiles in map(cut_patches, layers) if len(tiles)]
        if len(patches) < 4:
            raise ValueError(
                f'a two-sample score wants four layers of each kind that show '
                f'something on {SIDE} x {SIDE} pixels, but of {name} got '
                f'{len(patches)}')
        order = torch.randperm(len(patches), generator=generator).tolist()
        half = len(patches) // 2
        train.append(torch.cat([patches[i] for i in order[:half]]))
        test.append([patches[i] for i in order[half:]])
    net = _train(train[0], train[1], steps, width, generator)
    with torch.no_grad():
        scores = [[net(tiles)[:, 0].numpy() for tiles in kind]
                  for kind in test]
    random = np.random.RandomState(seed)
    drawn = []
    for _ in range(samples):
        one, two = (
            np.concatenate(
                [kind[i] for i in random.randint(len(kind), size=len(kind))])
            for kind in scores)
        drawn.append(area_under_curve(one, two))
    low, high = np.percentile(drawn, [2.5, 97.5])
    one, two = map(np.concatenate, scores)
    return dict(
        auc=area_under_curve(one, two),
        low=float(low),
        high=float(high),
        patches=float(len(one) + len(two)))
