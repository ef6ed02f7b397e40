from typing import Any

import torch
from torch import Tensor, nn

from mmadvrain.perturbations.noise import Noise
from mmadvrain.perturbations.noise_perturbation import NoisePerturbation
from mmadvrain.registry import MODELS, TASK_UTILS
from mmadvrain.utils.checkpoint import load_weights

from .rpn_attention import RPNAttention

_PREFIX = 'generator.'


@TASK_UTILS.register_module()
class GeneratorPerturbation(NoisePerturbation):
    r"""Noise that a trained generator makes of the image in one pass.

    Source: UEA (Wei et al., IJCAI 2019), :math:`x' = clip(x + G(x))`, in the
    released code :math:`clip(x + A \circ G(x))` with the attention of the
    detector's RPN on the clean image. With one step of the attack this noise
    is all there is, and the forward pass only records the objectives; with
    more steps noise is refined as in :class:`NoisePerturbation`.

    Args:
        checkpoint: File or URL of the generator's weights: what training
            :class:`UEAModel` saves, or a state dict of the generator alone.
            Read without running code that it holds.
        generator: Config of the generator. None is :class:`UEAGenerator` as it
            is; its working size comes with the checkpoint.
        attention: ``config`` and ``checkpoint`` of the detector that the
            generator was trained against, whose attention noise is multiplied
            by, see :class:`RPNAttention`. None adds noise as it is.
        epsilon: Largest change of a pixel. None, as UEA, sets no limit.
            Defaults to None.
        **kwargs: Further arguments of :class:`NoisePerturbation`.

    Raises:
        FileNotFoundError: If a file is not there.
        ValueError: If the weights are not those of the generator.
    """

    def __init__(self,
                 checkpoint: str,
                 generator: dict | None = None,
                 attention: dict | None = None,
                 epsilon: float | None = None,
                 **kwargs: Any) -> None:
        super().__init__(epsilon=epsilon, **kwargs)
        self.generator = load_generator(
            MODELS.build(generator or dict(type='mmadvrain.UEAGenerator')),
            checkpoint)
        self.attention = None if attention is None else RPNAttention(
            **attention)

    @torch.no_grad()
    def begin(self, clean: Tensor, generator: torch.Generator) -> Noise:
        """The generator's noise, or what the limits leave of it.

        Args:
            clean: RGB in [0, 1]. Shape (3, H, W).
            generator: Not used; nothing here is random.
        """
        network = self.generator.to(clean.device)
        pixels = network.working_pixels(clean)
        noise = network(pixels)
        if self.attention is not None:
            noise = noise * self.attention(clean, tuple(pixels.shape[-2:]))
        noise = (pixels + noise).clamp(-1, 1) - pixels
        return self._fit(
            network.native_noise(noise, tuple(clean.shape[-2:])), clean)


def load_generator(network: nn.Module, checkpoint: str) -> nn.Module:
    """Load a generator's weights, its own or those beside other networks.

    Args:
        network: Receives the weights.
        checkpoint: See :class:`GeneratorPerturbation`.

    Returns:
        The network, in evaluation mode, without gradient.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the weights do not fit.
    """
    weights = load_weights(checkpoint)
    own = {
        name[len(_PREFIX):]: value
        for name, value in weights.items() if name.startswith(_PREFIX)
    }
    try:
        network.load_state_dict(own or weights)
    except RuntimeError as error:
        raise ValueError(f'{checkpoint} does not hold the weights of '
                         f'{type(network).__name__}: {error}') from error
    return network.eval().requires_grad_(False)
