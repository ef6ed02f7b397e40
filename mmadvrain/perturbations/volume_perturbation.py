from collections.abc import Callable, MutableMapping, Sequence
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from mmadvrain.functional.pixel_space import image_hw
from mmadvrain.rain.drop_splat import drop_gain
from mmadvrain.rain.magnitude import measure_rain
from mmadvrain.rain.particles import ParticleRain
from mmadvrain.rain.rain_volume import ROBERTS, RainVolume
from mmadvrain.registry import TASK_UTILS
from mmadvrain.typing import Image

from .base_perturbation import BasePerturbation
from .particle_perturbation import harm_of_cover, rain_to_attack

_MOVED = dict(places_px='start_m', wind_m_s='wind_m_s')


@TASK_UTILS.register_module()
class VolumePerturbation(BasePerturbation[RainVolume]):
    """One rain through all frames of a clip; its drops and wind are attacked.

    An image is a clip here, of shape (F, 3, H, W), see :class:`ClipAttack`.
    Drops fall as physics has it from frame to frame; what moves is where each
    begins across the line of sight, and the wind. Rate, diameters and depths
    stay as drawn, and no drop covers more of the clip's images than it would
    where it was drawn, in the same wind: those that no frame sees are not
    fetched.

    Args:
        times_s: Of the frames. Another wind turns paths about where drops are
            at 0, which best is the middle of the clip.
        rain: As for :class:`ParticlePerturbation`. Defaults to None.
        step_sizes: Step of ``places_px``, where a drop is in the frame that
            sees it best, and of ``wind_m_s``. What is not named stays as
            drawn. Defaults to ``dict(places_px=2., wind_m_s=0.2)``.
        candidates: As for :class:`ParticlePerturbation`: places in that frame.
            Defaults to 8.
        max_wind_m_s: Largest wind, to either side and along the line of sight.
            Defaults to 10.

    Raises:
        ValueError: If there is no frame, a step has an unknown name or is
            negative, or the wind's range excludes what is drawn.
    """

    def __init__(self,
                 times_s: Sequence[float],
                 rain: ParticleRain | dict | None = None,
                 step_sizes: dict[str, float] | None = None,
                 candidates: int = 8,
                 max_wind_m_s: float = 10.) -> None:
        if step_sizes is None:
            step_sizes = dict(places_px=2., wind_m_s=0.2)
        self.rain = rain_to_attack(rain, step_sizes, list(_MOVED), candidates,
                                   max_wind_m_s)
        if not len(times_s):
            raise ValueError('`times_s` must be the times of at least one '
                             'frame, but got none')
        self.times_s = list(times_s)
        self.step_sizes = dict(step_sizes)
        self.candidates = candidates
        self.max_wind_m_s = max_wind_m_s
        self._clean: MutableMapping[RainVolume, Image] = WeakKeyDictionary()

    def begin(self, clean: Image, generator: torch.Generator) -> RainVolume:
        """Draw the rain that an attack on this clip starts from."""
        volume = RainVolume(self.rain, image_hw(clean), generator,
                            self.max_wind_m_s).to(clean.device)
        self._clean[volume] = clean
        return volume

    def perturb(self, clean: Image, params: RainVolume) -> Image:
        """Rainy frames, without a graph: :meth:`descend` draws them again."""
        with torch.no_grad():
            return torch.stack([
                self.rain.render(frame,
                                 params.at(time)[0])
                for frame, time in zip(clean, self.times_s)
            ])

    def require_grad(self, params: RainVolume) -> RainVolume:
        """The same rain, whose places and wind are leaves."""
        params = params.detach()
        return params.replace(
            start_m=params.start_m.clone().requires_grad_(),
            wind_m_s=params.wind_m_s.clone().requires_grad_())

    def descend(self, params: RainVolume, initial: RainVolume, drawn: Image,
                direction: Tensor, step: int, steps: int) -> RainVolume:
        """Step by the sign of what all frames give each number; project."""
        before = params.detach()
        if not len(before):
            return before
        grads, harms = self._pull(params, self._clean[initial], direction)
        wind = before.wind_m_s - self.step_sizes.get('wind_m_s',
                                                     0.) * grads[1].sign()
        wind = wind.clamp(-self.max_wind_m_s, self.max_wind_m_s)
        drawn_there = _Drawn(
            initial.replace(wind_m_s=wind), self._covers, self.times_s)
        stayed = drawn_there.carried(before, initial)
        moved = drawn_there.metres_a_px * self.step_sizes.get('places_px', 0.)
        stepped = stayed.replace(start_m=stayed.start_m -
                                 moved[:, None] * grads[0].sign() *
                                 grads[0].new_tensor([1., 1., 0.]))
        if self.candidates:
            stepped = self._jump(stepped, stayed, drawn_there, harms, step)
        for other in (stayed, drawn_there.volume):
            over = self._covers(stepped).sum(0) > drawn_there.allowed
            stepped = stepped.replace(
                start_m=torch.where(over[:, None], other.start_m,
                                    stepped.start_m))
        return stepped

    def _pull(self, params: RainVolume, clean: Image,
              direction: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Gradients of places and wind, summed over frames; harm by frame."""
        leaves = [params.start_m, params.wind_m_s]
        sums = [torch.zeros_like(leaf) for leaf in leaves]
        harms = []
        for frame, time, towards in zip(clean, self.times_s, direction):
            with torch.enable_grad():
                drops, _ = params.at(time)
                cover = self.rain.cover(drops)
            harm = harm_of_cover(self.rain, frame, drops.detach(), cover,
                                 towards)
            harms.append(harm)
            if len(drops):
                found = torch.autograd.grad(
                    cover, leaves, harm, allow_unused=True)
                sums = [
                    total if grad is None else total + grad
                    for total, grad in zip(sums, found)
                ]
        return sums, harms

    def _covers(self,
                volume: RainVolume,
                images: Sequence[Tensor] | None = None) -> Tensor:
        """Cover of each drop in each frame, or its product with images.

        Args:
            volume: Of P drops.
            images: Of each frame, of shape (..., H, W). None sums up the
                cover.

        Returns:
            Shape (F, ..., P).
        """
        found = []
        for i, time in enumerate(self.times_s):
            drops, names = volume.at(time)
            image = drops.depth_m.new_ones(
                drops.camera.size_hw) if images is None else images[i]
            gains = drop_gain(image, *drops.streaks())
            found.append(
                gains.new_zeros(*gains.shape[:-1],
                                len(volume)).index_copy(-1, names, gains))
        return torch.stack(found)

    def _jump(self, stepped: RainVolume, stayed: RainVolume, drawn: '_Drawn',
              harms: Sequence[Tensor], step: int) -> RainVolume:
        """Let drops go to the best of some places in their best frame.

        All look by the same shifts from where they were drawn.
        """
        seen, camera = drawn.seen, stepped.camera
        metres = drawn.metres_a_px[seen, None]
        sides = metres.new_tensor([camera.width_px, camera.height_px])
        corner = metres.new_tensor([camera.width_px / 2, camera.horizon])
        here = (drawn.places_m[seen, :2] / metres + corner) / sides
        ranks = torch.arange(
            self.candidates).to(metres) + (step - 1) * self.candidates + 1
        shifts = ranks[:, None, None] * metres.new_tensor(ROBERTS)
        moves = ((here + shifts) % 1 - here) * sides * metres
        starts = drawn.volume.start_m[seen].repeat(self.candidates, 1)
        starts[:, :2] += moves.flatten(0, 1)
        many = self.candidates + 1
        tried = stepped.picked(seen.repeat(many)).replace(
            start_m=torch.cat((stayed.start_m[seen], starts)))
        pairs = [torch.stack((h, torch.ones_like(h))) for h in harms]
        gains, cover = self._covers(tried, pairs).sum(0).view(2, many,
                                                              -1).unbind(0)
        gains[1:][cover[1:] > drawn.allowed[seen]] = torch.inf
        best = gains.argmin(0)
        chosen = tried.start_m.view(
            many, -1, 3)[best,
                         torch.arange(len(best), device=best.device)]
        start = stepped.start_m.clone()
        start[seen] = torch.where((best == 0)[:, None], start[seen], chosen)
        return stepped.replace(start_m=start)

    def random_like(self,
                    params: RainVolume,
                    generator: torch.Generator,
                    measure: str | None = None) -> RainVolume:
        """Another rain of the same rate, in the wind found.

        Args:
            params: Rain to match.
            generator: On the CPU.
            measure: None; the rate matches, and nothing else can.
        """
        drawn = RainVolume(self.rain, params.camera.size_hw, generator,
                           self.max_wind_m_s)
        return drawn.replace(wind_m_s=params.wind_m_s.detach().cpu())

    def magnitude(self, params: RainVolume) -> dict[str, float]:
        """Measure the cover of the frames, number of drops, rate and wind."""
        covers = [self.rain.cover(params.at(time)[0]) for time in self.times_s]
        seen = sum(len(params.at(time)[0]) for time in self.times_s)
        aside, along = params.wind_m_s.tolist()
        return dict(
            measure_rain(torch.stack(covers).flatten(0, 1)[None]),
            drops=seen / len(self.times_s),
            rate_mm_h=float(self.rain.rate_mm_h),
            wind_aside_m_s=aside,
            wind_along_m_s=along,
            exposure_s=float(self.rain.exposure_s))

    def violations(self,
                   params: RainVolume,
                   initial: RainVolume,
                   image: Image,
                   clean: Image,
                   tolerance: float = 1e-6) -> list[str]:
        """Check that depths and sizes are as drawn, and wind and cover."""
        kept = all(
            torch.equal(getattr(params, name), getattr(initial, name))
            for name in ('diameter_mm', 'box_m')) and torch.equal(
                params.start_m[:, 2], initial.start_m[:, 2])
        calm = float(
            params.wind_m_s.abs().max()) <= self.max_wind_m_s + tolerance
        drawn = initial.replace(wind_m_s=params.wind_m_s)
        within = kept and bool(
            (self._covers(params).sum(0)
             <= _allowed(self._covers(drawn)) + tolerance).all())
        return [] if calm and within else ['out_of_bounds']


def _allowed(covers: Tensor) -> Tensor:
    """Most that each drop may cover, with what rounding adds. Shape (P,)."""
    return covers.sum(0) * (1 + 1e-4) + 1e-6


class _Drawn:
    """Rain as it was drawn, in the wind of a step.

    Args:
        volume: The rain.
        covers: Gives the cover of its drops by frame.
        times_s: Of the frames.

    Attributes:
        allowed: Most that each drop may cover. Shape (P,).
        seen: Those that a frame sees.
        places_m: Of drops in the frame that sees them best. Shape (P, 3).
        metres_a_px: Across the line of sight there. Shape (P,).
    """

    def __init__(self, volume: RainVolume, covers: Callable[[RainVolume],
                                                            Tensor],
                 times_s: Sequence[float]) -> None:
        found = covers(volume)
        self.volume = volume
        self.allowed = _allowed(found)
        self.seen = (found.sum(0) > 0).nonzero()[:, 0]
        self._best_s = volume.start_m.new_tensor(times_s)[found.argmax(0)]
        self.places_m = volume.places_m(self._best_s)
        self.metres_a_px = self.places_m[:, 2] / volume.camera.focal_px

    def carried(self, before: RainVolume, initial: RainVolume) -> RainVolume:
        """Rain of the wind before, its moved drops where they were best seen.

        Args:
            before: The rain.
            initial: As it was drawn, in the wind then.
        """
        start = before.start_m.clone()
        turn = self.volume.wind_m_s[0] - before.wind_m_s[0]
        moved = (start != initial.start_m).any(1)
        start[moved, 0] -= turn * self._best_s[moved]
        return before.replace(start_m=start, wind_m_s=self.volume.wind_m_s)
