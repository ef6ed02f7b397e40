from collections.abc import Callable

import torch
from torch import Tensor

from mmadvrain.functional.gradient import normalise_l2, normalise_max_abs
from mmadvrain.registry import TASK_UTILS
from mmadvrain.typing import Image

from .base_perturbation import BasePerturbation
from .noise import Noise

STEP_NORMS: dict[str, Callable[[Tensor], Tensor]] = dict(
    sign=torch.sign, l2=normalise_l2, max=normalise_max_abs)


@TASK_UTILS.register_module()
class NoisePerturbation(BasePerturbation[Noise]):
    r"""The baselines' perturbation: noise added to every pixel.

    Source: FGSM and its kin, RAP and DAG; they differ in the limit and in
    the norm of the step. After each step noise is clamped to
    :math:`\pm\epsilon`, so that the image stays in [0, 1], and scaled down to
    the least PSNR, in this order. The released codes of RAP and DAG do
    neither: RAP's stops when the PSNR has fallen below its limit, where this
    goes on at the limit, and both let pixels leave the range of an image,
    which no file could hold.

    With ``epsilon`` a multiple of 1/255 the image stored with 8 bits keeps
    the limit as well; with any other it may exceed it by half a grey level.

    Args:
        epsilon: Largest change of a pixel, in units of an image in [0, 1].
            None sets no limit. Defaults to 16/255.
        step_size: Length of a step, in the same units and by ``norm``.
            Defaults to 1.6/255, ten steps to ``epsilon``.
        norm: How a direction becomes a step of length one: ``'sign'``;
            ``'l2'``, each channel divided by its own L2 norm (RAP's code);
            ``'max'``, divided by the largest magnitude (DAG's code). Defaults
            to ``'sign'``.
        random_start: Start from uniform noise within ``epsilon`` rather than
            from none. Defaults to False.
        min_psnr: Least PSNR of the perturbed image, in dB. None sets no limit.
            Defaults to None.
        random: Random noise to compare with: ``'uniform'`` up to the largest
            change of the noise that is matched, or ``'gaussian'`` with its
            root mean square, so its PSNR. None takes the one that fits the
            limit, uniform where ``epsilon`` is given. Defaults to None.

    Raises:
        ValueError: If a number is out of range, a name is unknown, or a
            random start has no ``epsilon``.
    """

    def __init__(self,
                 epsilon: float | None = 16 / 255,
                 step_size: float = 1.6 / 255,
                 norm: str = 'sign',
                 random_start: bool = False,
                 min_psnr: float | None = None,
                 random: str | None = None) -> None:
        if not step_size >= 0:
            raise ValueError(
                f'`step_size` must not be negative, but got {step_size}')
        if norm not in STEP_NORMS:
            raise ValueError(f'`norm` must be one of {sorted(STEP_NORMS)}, '
                             f'but got {norm!r}')
        if random not in (None, 'uniform', 'gaussian'):
            raise ValueError("`random` must be None, 'uniform' or 'gaussian',"
                             f' but got {random!r}')
        if random_start and epsilon is None:
            raise ValueError('a random start wants `epsilon`, the range to '
                             'draw from, but got None')
        Noise(torch.zeros(3, 1, 1), epsilon, min_psnr)  # checks the limits
        self.epsilon = epsilon
        self.step_size = step_size
        self.norm = norm
        self.random_start = random_start
        self.min_psnr = min_psnr
        self.random = random

    def begin(self, clean: Tensor, generator: torch.Generator) -> Noise:
        """No noise, or a random start that fits the image.

        Args:
            clean: RGB in [0, 1]. Shape (3, H, W).
            generator: Private to this image, on the CPU.
        """
        values = torch.zeros_like(clean)
        if self.random_start and self.epsilon is not None:
            drawn = torch.rand(
                clean.shape, generator=generator, dtype=clean.dtype)
            values = self.epsilon * (2 * drawn.to(clean.device) - 1)
        return self._fit(values, clean)

    def _fit(self, values: Tensor, clean: Tensor) -> Noise:
        """Noise inside its limits that leaves an image in [0, 1].

        Scaling to the PSNR comes last; it leaves no range it is in.
        """
        if self.epsilon is not None:
            values = values.clamp(-self.epsilon, self.epsilon)
        values = torch.maximum(torch.minimum(values, 1 - clean), -clean)
        return Noise(values, self.epsilon, self.min_psnr).project()

    def perturb(self, clean: Tensor, params: Noise) -> Tensor:
        """Noisy image, differentiable in the noise.

        Args:
            clean: RGB in [0, 1]. Shape (3, H, W).
            params: Its noise.

        Returns:
            RGB in [0, 1]. Shape (3, H, W).
        """
        return (clean + params.values).clamp(0, 1)

    def require_grad(self, params: Noise) -> Noise:
        """The same noise as a new leaf of the autograd graph."""
        return params.replace(params.values.detach().requires_grad_())

    def descend(self, params: Noise, initial: Noise, drawn: Tensor,
                direction: Tensor, step: int, steps: int) -> Noise:
        """One step against an image gradient, which is that of the noise.

        Args:
            params: As from :meth:`begin` or this method, so that ``drawn`` was
                not clamped.
            initial: Where the attack on this image started.
            drawn: What :meth:`perturb` made of ``params``.
            direction: Gradient with respect to ``drawn``, after the gradient
                rules. Shape (3, H, W).
            step: Attack step, counted from 1.
            steps: Number of steps of the attack.

        Returns:
            Inside its limits, without graph.
        """
        values = params.values.detach()
        clean = (drawn.detach() - values).clamp(0, 1)
        return self._fit(
            values - self.step_size * STEP_NORMS[self.norm](direction), clean)

    def random_like(self,
                    params: Noise,
                    generator: torch.Generator,
                    measure: str | None = None) -> Noise:
        """Random noise of the same magnitude, see ``random``.

        Args:
            params: Noise to match.
            generator: Private to this image, on the CPU.
            measure: Has no choice here, and is None.

        Returns:
            On the CPU.
        """
        values = params.values.detach().cpu()
        kind = self.random or ('gaussian'
                               if params.epsilon is None else 'uniform')
        magnitude = self.magnitude(params)
        if kind == 'uniform':
            drawn = 2 * torch.rand(
                values.shape, generator=generator, dtype=values.dtype) - 1
            return params.replace(magnitude['linf'] * drawn)
        drawn = torch.randn(
            values.shape, generator=generator, dtype=values.dtype)
        return params.replace(magnitude['rms'] * drawn)

    def magnitude(self, params: Noise) -> dict[str, float]:
        """Largest change of a pixel, and root mean square of all."""
        values = params.values.detach().double()
        if not values.numel():
            return dict(linf=0., rms=0.)
        return dict(
            linf=float(values.abs().max()),
            rms=float(values.square().mean().sqrt()))

    def violations(self,
                   params: Noise,
                   initial: Noise,
                   image: Image,
                   clean: Image,
                   tolerance: float = 1e-6) -> list[str]:
        """Hold what the image shows, not what the noise says, to the limits.

        See :class:`BasePerturbation`.
        """
        change = params.replace(image.cpu() - clean.cpu())
        apart = (change.values - change.project().values).abs()
        return [] if bool((apart <= tolerance).all()) else ['out_of_bounds']
