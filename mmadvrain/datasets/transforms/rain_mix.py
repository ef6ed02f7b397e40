"""RainMix of EfDeRain."""

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from mmadvrain.functional.pixel_space import (
    as_image,
    as_tensor,
    check_pair,
    private_draw,
)
from mmadvrain.rain.compose import compose_screen
from mmadvrain.rain.mixing import AFFINE_OPS, mix_rain_chains
from mmadvrain.registry import TRANSFORMS
from mmadvrain.utils.checks import check_counts

from .mix_adversarial_rain import build_layers, draw_layer


@TRANSFORMS.register_module()
class RainMix(BaseTransform):
    r"""Replace the rainy image by one with a rain layer and moved copies.

    Source: RainMix of EfDeRain, AAAI 2021. Differs from its release in:

    - each chain has a length of its own, 1 to 3, as the paper says, where the
      release draws one length for all, 2 or 3;
    - the blend is clipped to [0, 1], see
      :func:`mmadvrain.rain.mixing.mix_rain_chains`;
    - a chain moves the layer by one resampling, not by one per operation;
    - the layer is the project's rain, since the streaks of Garg and Nayar
      that the release used cannot be shipped.

    Required Keys:

    - rainy (np.uint8), RGB, shape (H, W, 3)
    - clean (np.uint8), RGB, shape (H, W, 3)

    Modified Keys:

    - rainy (np.uint8)

    Args:
        layers: Config of the source of layers, as for
            :class:`MixAdversarialRain`. Defaults to None.
        width: Number of copies. Defaults to 3.
        depth: Least and largest number of operations in a chain. Defaults to
            (1, 3).
        severity: Strength of an operation is drawn from plus to minus a tenth
            of up to this. Defaults to 3.
        rainy_prob: Probability that the rainy image, not the clean one, is the
            base. Defaults to 7 / 11.

    Raises:
        ValueError: If an argument is outside the values above.
        TypeError: If the source has no ``draw_layer``.
    """

    def __init__(self,
                 layers: dict | None = None,
                 width: int = 3,
                 depth: tuple[int, int] = (1, 3),
                 severity: float = 3.,
                 rainy_prob: float = 7 / 11) -> None:
        check_counts(width=width)
        if len(depth) != 2 or not 1 <= depth[0] <= depth[1]:
            raise ValueError('depth must be an increasing pair from 1 on, but '
                             f'got {depth}')
        if not 0 < severity <= 10:
            raise ValueError(f'severity must be in (0, 10], got {severity}')
        if not 0 <= rainy_prob <= 1:
            raise ValueError('rainy_prob must be in [0, 1], but got '
                             f'{rainy_prob}')
        self.layers = build_layers(layers)
        self.width = width
        self.depth = tuple(depth)
        self.severity = severity
        self.rainy_prob = rainy_prob

    @cache_randomness
    def _draw(self) -> tuple[bool, list, list[float], float, torch.Generator]:
        """Draw the base, chains, weights, blend and the rain."""
        chains = []
        for _ in range(self.width):
            depth = np.random.randint(self.depth[0], self.depth[1] + 1)
            chains.append([self._operation() for _ in range(depth)])
        return (bool(np.random.random() < self.rainy_prob), chains,
                np.random.dirichlet([1.] * self.width).tolist(),
                float(np.random.beta(1., 1.)), private_draw())

    def _operation(self) -> tuple[str, float]:
        """Draw one operation and its strength."""
        strength = np.random.uniform(0.1, max(self.severity, 0.1)) / 10
        sign = 1 if np.random.random() < 0.5 else -1
        return AFFINE_OPS[np.random.randint(len(AFFINE_OPS))], sign * strength

    def transform(self, results: dict) -> dict:
        """Augment the rainy image.

        Args:
            results: See above.

        Returns:
            See above.

        Raises:
            KeyError: If an image is missing.
        """
        check_pair(results, type(self).__name__)
        on_rainy, chains, weights, blend, generator = self._draw()
        base = results['rainy' if on_rainy else 'clean']
        layer = draw_layer(self.layers, results['clean'], generator)
        rain = mix_rain_chains(layer, chains, weights, blend)
        results['rainy'] = as_image(compose_screen(as_tensor(base), rain))
        return results

    def __repr__(self) -> str:
        """Return the class name and its options."""
        return (f'{type(self).__name__}(layers={type(self.layers).__name__}, '
                f'width={self.width}, depth={self.depth}, '
                f'severity={self.severity}, rainy_prob={self.rainy_prob})')
