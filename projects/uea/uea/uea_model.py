"""Training of UEA's generator against a frozen detector."""
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from mmdet.structures import DetDataSample
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapperDict
from torch import Tensor

from mmadvrain.registry import MODELS, TASK_UTILS
from mmadvrain.utils.random import private_generator
from mmadvrain.victims.build import build_detector
from mmadvrain.victims.detector_victim import DetectorVictim
from mmadvrain.victims.half_precision import half_precision

from .gan_losses import discriminator_loss, generator_loss
from .rpn_attention import proposal_attention


class _Scene(NamedTuple):
    """What stays the same of an image while it trains the generator."""
    image: Tensor  # RGB in [0, 1], (3, H, W)
    pixels: Tensor  # as the generator sees it, (1, 3, h, w)
    target: DetDataSample
    mask: Tensor | None  # attention, (h, w)
    states: list[Any]  # of the objectives


@MODELS.register_module()
class UEAModel(BaseModel):
    r"""UEA: a generator learns noise that blinds a detector in one pass.

    Source: Wei et al., "Transferable Adversarial Attacks for Image and Video
    Object Detection", IJCAI 2019: :math:`L = L_{GAN} + 0.05 \|x - x'\|_2^2 +
    L_{class} + L_{feature}` with pixels in [-1, 1] at the generator's working
    size; the last two are objectives of :mod:`mmadvrain.attacks`. The
    discriminator takes one step, then the generator; losses of the images of
    a batch are averaged. The released code differs from the paper, which is
    what ``variant`` chooses; each difference is an argument of its own:

    - ``'paper'``: the generator learns from the discriminator, takes one step
      per batch, and its noise is added as it is.
    - ``'code'``: the GAN loss is computed on a detached image, so that it
      only appears in the log; the generator takes up to 21 steps per batch,
      until the feature loss or the L2 loss is at most 1; and noise is
      multiplied by the attention of the detector's RPN.

    The detector is no part of the state dict and is never changed. It is
    built when the runner initialises the weights. Training runs in one
    process: MMEngine's parallel wrapper knows one optimiser only.

    Args:
        victim: ``config`` and ``checkpoint`` of a two-stage detector, see
            :func:`mmadvrain.victims.build`; ``pad_value`` where its test
            pipeline pads.
        generator: Config of the generator. Defaults to :class:`UEAGenerator`
            as it is.
        discriminator: Config of the discriminator. Defaults to
            :class:`PatchDiscriminator` as it is.
        objectives: Objectives that are added to the loss, each with weight 1.
            Defaults to :class:`ClassMarginObjective` and
            :class:`AttentionFeatureObjective`.
        variant: ``'paper'`` or ``'code'``. Defaults to ``'paper'``.
        l2_weight: Weight of the squared L2 norm. Defaults to 0.05.
        gan_weight: Weight of the GAN loss. Defaults to 1.
        gan_gradient: Whether the generator learns from the discriminator. None
            follows the variant.
        mask_noise: Whether noise is multiplied by the attention. None follows
            the variant.
        inner_steps: Most steps of the generator per batch. None follows the
            variant.
        floors: Losses, by the name of their objective or ``'l2'``, that end
            the inner steps when they are at most this. Defaults to 1 for
            ``'feature'`` and ``'l2'``.
        seed: Seed of the objectives' random draws. Defaults to 0.
        bfloat16: Whether generator and discriminator are trained in bfloat16,
            their weights staying in float32, which halves the time on a
            processor that knows it. Defaults to False.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(self,
                 victim: dict,
                 generator: dict | None = None,
                 discriminator: dict | None = None,
                 objectives: Sequence[dict] = (
                     dict(type='mmadvrain.ClassMarginObjective'),
                     dict(type='mmadvrain.AttentionFeatureObjective')),
                 variant: str = 'paper',
                 l2_weight: float = 0.05,
                 gan_weight: float = 1.,
                 gan_gradient: bool | None = None,
                 mask_noise: bool | None = None,
                 inner_steps: int | None = None,
                 floors: dict[str, float] | None = None,
                 seed: int = 0,
                 bfloat16: bool = False) -> None:
        if variant not in ('paper', 'code'):
            raise ValueError("`variant` of UEA must be 'paper' or 'code', but "
                             f'got {variant!r}')
        code = variant == 'code'
        if inner_steps is None:
            inner_steps = 21 if code else 1
        if inner_steps < 1 or l2_weight < 0 or gan_weight < 0:
            raise ValueError(
                '`inner_steps` must be positive and weights not negative, but '
                f'got inner_steps={inner_steps}, l2_weight={l2_weight} and '
                f'gan_weight={gan_weight}')
        super().__init__()
        self.generator = MODELS.build(
            generator or dict(type='mmadvrain.UEAGenerator'))
        self.discriminator = MODELS.build(
            discriminator or dict(type='mmadvrain.PatchDiscriminator'))
        self.objectives = [TASK_UTILS.build(o) for o in objectives]
        self.victim_cfg = dict(victim)
        self.victim: DetectorVictim | None = None
        self.l2_weight = l2_weight
        self.gan_weight = gan_weight
        self.gan_gradient = not code if gan_gradient is None else gan_gradient
        self.mask_noise = code if mask_noise is None else mask_noise
        self.inner_steps = inner_steps
        self.floors = dict(floors or dict(feature=1., l2=1.))
        self.seed = seed
        self.autocast = 'bfloat16' if bfloat16 else None

    def init_weights(self) -> None:
        """Initialise the weights, and build the detector."""
        super().init_weights()
        options = dict(self.victim_cfg)
        pad_value = options.pop('pad_value', (0, 0, 0))
        self.victim = DetectorVictim(build_detector(**options)[0], pad_value)

    def forward(self,
                inputs: Sequence[Tensor],
                data_samples: Sequence[DetDataSample] | None = None,
                mode: str = 'tensor') -> list[Tensor]:
        """Perturb images.

        Args:
            inputs: RGB in [0, 1], each of shape (3, H, W).
            data_samples: Needed where noise is masked: meta information of the
                detector's input.
            mode: Only ``'tensor'``; the training step computes losses.
                Defaults to ``'tensor'``.

        Returns:
            RGB in [0, 1], each of shape (3, H, W).
        """
        if mode != 'tensor':
            raise ValueError("mode must be 'tensor': UEA is trained by its "
                             f'train_step and tested as an attack, got {mode}')
        samples = data_samples or [DetDataSample() for _ in inputs]
        scenes = [self._scene(i, s, False) for i, s in zip(inputs, samples)]
        return [self._native(s, self._draw(s)) for s in scenes]

    def train_step(self, data: dict,
                   optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        """One step of the discriminator, and one or more of the generator.

        Args:
            data: ``inputs``, RGB in [0, 1], each of shape (3, H, W), and
                ``data_samples``, see :class:`NativeDataset`.
            optim_wrapper: ``generator`` and ``discriminator``.

        Returns:
            Losses before the last step, for the log.
        """
        data = self.data_preprocessor(data, True)
        with half_precision(self, self.autocast):
            return self._step(data, optim_wrapper)

    def _step(self, data: dict,
              optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        scenes = [
            self._scene(image, sample)
            for image, sample in zip(data['inputs'], data['data_samples'])
        ]
        drawn = [self._draw(scene) for scene in scenes]
        judge = discriminator_loss(self.discriminator,
                                   [s.pixels for s in scenes],
                                   [noisy.detach() for noisy in drawn])
        optim_wrapper['discriminator'].update_params(judge)
        for step in range(self.inner_steps):
            if step:
                drawn = [self._draw(scene) for scene in scenes]
            losses = self._losses(scenes, drawn)
            total = torch.stack(list(losses.values())).sum()
            optim_wrapper['generator'].update_params(total)
            if any(
                    float(losses[name]) <= floor
                    for name, floor in self.floors.items() if name in losses):
                break
        logs = {f'loss_{n}': loss.detach() for n, loss in losses.items()}
        return dict(logs, loss_d=judge.detach(), loss=total.detach())

    def _losses(self, scenes: list[_Scene],
                drawn: list[Tensor]) -> dict[str, Tensor]:
        """Weighted losses of the generator, averages over the images."""
        judged = drawn if self.gan_gradient else [d.detach() for d in drawn]
        losses = dict(
            gan=self.gan_weight * generator_loss(self.discriminator, judged),
            l2=self.l2_weight *
            torch.stack([(noisy - scene.pixels).square().sum()
                         for scene, noisy in zip(scenes, drawn)]).mean())
        parts: dict[str, list[Tensor]] = {o.name: [] for o in self.objectives}
        for scene, noisy in zip(scenes, drawn):
            outputs = self._outputs(self._native(scene, noisy), scene.target)
            for objective, state in zip(self.objectives, scene.states):
                parts[objective.name].append(objective.loss(outputs, state)[0])
        losses.update({n: torch.stack(p).mean() for n, p in parts.items()})
        return losses

    def _victim(self, image: Tensor) -> DetectorVictim:
        """The detector, on the device of an image."""
        if self.victim is None:
            raise RuntimeError('UEA wants a detector, but it was not built '
                               'yet: call init_weights first, as the runner '
                               'does')
        if self.victim.device != image.device:
            self.victim.model.to(image.device)
        return self.victim

    def _outputs(self, image: Tensor, target: DetDataSample) -> Any:
        """What the detector makes of an image, in one pass."""
        outputs = self._victim(image).forward([image], [target])
        if any(objective.needs_stages for objective in self.objectives):
            _ = outputs.stages  # before anyone asks for the features alone
        return outputs

    @torch.no_grad()
    def _scene(self,
               image: Tensor,
               target: DetDataSample,
               training: bool = True) -> _Scene:
        """Look at a clean image."""
        states: list[Any] = []
        mask = None
        if training or self.mask_noise:
            outputs = self._outputs(image, target)
            if self.mask_noise:
                mask = proposal_attention(outputs, 0, tuple(image.shape[-2:]),
                                          self.generator.working_hw(image))
            key = target.metainfo.get('img_id', 0)
            for objective in self.objectives if training else ():
                generator = private_generator(self.seed, key, objective.name)
                states.append(objective.prepare(outputs, [generator]))
        return _Scene(image, self.generator.working_pixels(image), target,
                      mask, states)

    def _draw(self, scene: _Scene) -> Tensor:
        """Perturbed pixels in [-1, 1] at the working size, (1, 3, h, w)."""
        noise = self.generator(scene.pixels)
        if scene.mask is not None:
            noise = noise * scene.mask
        return (scene.pixels + noise).clamp(-1, 1)

    def _native(self, scene: _Scene, noisy: Tensor) -> Tensor:
        """Perturbed image in [0, 1] at its own size, (3, H, W)."""
        noise = self.generator.native_noise(noisy - scene.pixels,
                                            scene.image.shape[-2:])
        return (scene.image + noise).clamp(0, 1)
