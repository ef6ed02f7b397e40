"""Let the worst rain of a rate fall through the frames of a video."""
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.structures import InstanceData

from mmadvrain.attacks.clip_attack import ClipAttack
from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.datasets.native_images import NativeImages, NativeSample
from mmadvrain.engine.hooks.attack_check_hook import AttackCheckHook
from mmadvrain.perturbations.volume_perturbation import VolumePerturbation
from mmadvrain.rain.particles import ParticleRain
from mmadvrain.rain.rain_volume import RainVolume
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.typing import PathLike
from mmadvrain.utils.checks import check_counts
from mmadvrain.utils.files import write_json, write_png
from mmadvrain.utils.progress import Progress
from mmadvrain.utils.random import private_generator
from mmadvrain.victims.detector_victim import DetectorVictim

from .derain_video import change_video_file, read_video, video_target
from .detector import Detector, certain_objects
from .find_detector import find_detector
from .inferencer import AdvRainInferencer
from .rain_video import check_video_rain, rain_on_frame
from .rainy_image import missed


def attack_video_file(model: PathLike | Config,
                      source: PathLike,
                      out: PathLike,
                      weights: str | None = None,
                      rain: ParticleRain | None = None,
                      steps: int = 10,
                      every: int = 1,
                      seed: int = 0,
                      min_score: float = 0.3,
                      codec: str | None = None,
                      perturbation: dict | None = None,
                      **options: Any) -> dict[str, Any]:
    """Attack a video with one rain that falls through all its frames.

    What the detector sees on the clean frames is taken for true, as by
    :func:`attack_folder`. Beside the result ``NAME_random`` has random rain
    of the same rate in the wind found, ``NAME.safetensors`` the drops, and
    ``NAME.json`` the numbers. All frames are in memory.

    Args:
        model: As for :class:`AdvRainInferencer`: objectives and rules are
            those of its attack.
        source: The video.
        out: Folder or file of the result, see :func:`derain_video_file`.
        weights: Of the detector. Defaults to None.
        rain: Rate, wind, exposure, camera and how it is rendered. None is
            :class:`ParticleRain` as it is.
        steps: Steps of the attack. Defaults to 10.
        every: The attack looks at every n-th frame; it rains, and is scored,
            on all. Defaults to 1.
        seed: Of all random draws. Defaults to 0.
        min_score: Least score of a detection that counts. Defaults to 0.3.
        codec: FFmpeg's name. Defaults to None.
        perturbation: Further options of :class:`VolumePerturbation`. Defaults
            to None.
        **options: Further ones of :class:`AdvRainInferencer`.

    Returns:
        ``objects`` that the detector sees on the clean frames; shares of
        them that are ``lost_random`` and ``lost_worst``, on frames before
        they are encoded; how much rain there is, ``random`` and ``worst``;
        ``flags`` of the attack; and the first three ``by_frame``.

    Raises:
        FileNotFoundError: If detector or weights are not there.
        ImportError: If av is not installed.
        ValueError: If an option is out of range, the video cannot be read or
            written, or nothing is seen in it.
    """
    check_counts(steps=steps, every=every)
    target = video_target(source, out)
    rain = ParticleRain() if rain is None else rain
    check_video_rain(rain)
    parts = perturbation or {}
    VolumePerturbation([0.], rain, **parts)  # fails now
    config, weights = find_detector(model, weights)
    frames, rate = read_video(source)
    inferencer = AdvRainInferencer(
        config, weights, min_score=min_score, **options)
    detector, looked = inferencer.detector, range(0, len(frames), every)
    with TemporaryDirectory() as scratch:
        native, truth = _look(detector, frames, min_score, Path(scratch))
        samples = [native[i] for i in looked]
    times = [(i - len(frames) / 2) / rate for i in range(len(frames))]
    layer = VolumePerturbation([times[i] for i in looked], rain, **parts)
    key = Path(source).name
    result, flags = _attack(inferencer.attack, detector.victim, layer, samples,
                            key, steps, seed)
    worst = result.params.to('cpu')
    random = layer.random_like(worst, private_generator(seed, key, 'random'))
    objects = [len(one) for one in truth]
    by_frame = [dict(objects=count) for count in objects]
    found: dict[str, Any] = dict(
        video=str(source), frames=len(frames), objects=sum(objects))
    beside = target.with_stem(f'{target.stem}_random')
    for name, volume, path in (('random', random, beside), ('worst', worst,
                                                            target)):
        rainy = [
            rain_on_frame(frame, rain, volume, time)
            for frame, time in zip(frames, times)
        ]
        lost = [
            sum(missed(one, detector.detect(_bgr(frame)), min_score))
            for one, frame in zip(truth, rainy)
        ]
        for row, count in zip(by_frame, lost):
            row[f'lost_{name}'] = count
        found[f'lost_{name}'] = sum(lost) / sum(objects)
        found[name] = layer.magnitude(volume)
        _write(rainy, source, path, codec)
    found.update(flags=flags, by_frame=by_frame)
    worst.save(target.with_suffix(worst.suffix))
    write_json(target.with_suffix('.json'), found)
    return found


def tell_video(found: dict[str, Any]) -> str:
    """What an attack on a video did, in a line.

    Args:
        found: From :func:`attack_video_file`.
    """
    lost = {name: found[f'lost_{name}'] for name in ('random', 'worst')}
    flags = f'; flags: {", ".join(found["flags"])}' if found['flags'] else ''
    return (f'of {found["objects"]} detections on {found["frames"]} clean '
            f'frames {lost["random"]:.1%} are lost in random rain of '
            f'{found["worst"]["rate_mm_h"]:g} mm/h and {lost["worst"]:.1%} in '
            f'the worst{flags}')


def _bgr(frame: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(frame[..., ::-1])


def _look(detector: Detector, frames: Sequence[np.ndarray], min_score: float,
          scratch: Path) -> tuple[list[NativeSample], list[InstanceData]]:
    """Frames as the victim wants them, with what the detector sees there."""
    paths = [scratch / f'{i:06d}.png' for i in range(len(frames))]
    objects, truth = [], []
    with Progress('look', len(frames), unit='frame') as progress:
        for path, frame in zip(paths, frames):
            write_png(path, _bgr(frame))
            seen = detector.detect(path)
            certain = seen.pred_instances
            truth.append(certain[certain.scores >= min_score])
            objects.append(certain_objects(seen, min_score))
            progress.advance(1)
    if not any(objects):
        raise ValueError(f'the detector sees nothing of score {min_score} or '
                         f'more on {len(frames)} frames: there is nothing to '
                         'attack')
    native = NativeImages(
        detector.images(paths, objects),
        type(detector.victim).target)
    detector.victim.check(native)
    return [native[i] for i in range(len(native))], truth


def _attack(attack: IterativeAttack, victim: DetectorVictim,
            layer: VolumePerturbation, samples: Sequence[NativeSample],
            key: str, steps: int,
            seed: int) -> tuple[AttackResult[RainVolume], list[str]]:
    """Attack a clip; with what is flagged."""
    clip = torch.stack([sample.clean for sample in samples])
    with Progress('attack', steps * len(clip), unit='frame') as progress:
        result = ClipAttack(
            lambda: progress.advance(1),
            perturbation=layer,
            objectives=attack.objectives,
            rules=attack.rules,
            steps=steps,
            keep=attack.keep,
            weights=attack.weights,
            balance=attack.balance,
            in_turn=attack.in_turn,
            seed=seed).run_clip(victim, clip,
                                [sample.target for sample in samples], key)
    whole = NativeSample(key, key, clip)
    flags = AttackCheckHook().check(whole, result, layer)
    return result, [*result.flags, *flags]


def _write(frames: list[np.ndarray], source: PathLike, target: Path,
           codec: str | None) -> None:
    change_video_file(lambda *_: frames, source, target, codec)
