from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.structures import InstanceData
from mmengine.visualization import Visualizer

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.datasets.native_images import NativeImages, NativeSample
from mmadvrain.engine.hooks.attack_check_hook import AttackCheckHook
from mmadvrain.engine.hooks.rain_visualization_hook import rain_panel
from mmadvrain.functional.pixel_space import to_bgr_uint8
from mmadvrain.registry import build_part
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.typing import PathLike
from mmadvrain.utils.checks import check_counts
from mmadvrain.utils.files import write_json, write_png
from mmadvrain.utils.progress import Progress

from .attack import attack_config, prepare_config
from .detector import Detector, certain_objects, check_score
from .find_detector import find_detector
from .given_truth import Annotations, given_objects
from .image_inputs import ImageInput, gather_images
from .rainy_image import RainyImage


class AdvRainInferencer:
    """Attack images with rain in three lines.

    It makes of an image what ``tools/attack.py --images`` makes of it, without
    a run's folder, scores and random rain. Where nobody says what is on the
    images, the detector's own detections on the clean ones are taken for true:
    what is lost is then what it saw before, not what is there.

    Args:
        model: Config of a detector, its file, or a name of MMDetection's zoo
            such as ``'faster-rcnn_r50_fpn_1x_coco'``.
        weights: File or URL; None takes the config's ``load_from``, or those
            of the zoo. Defaults to None.
        attack: Name of a file of ``configs/attacks``, such as
            ``'advrain_physical_25mmh'``. None takes the config's, or the
            strongest rain against such a detector. Defaults to None.
        device: Such as ``'cuda:0'``; None is MMEngine's choice. Defaults to
            None.
        min_score: Least score of a detection that counts, in [0, 1]. Defaults
            to 0.3.
        cfg_options: Settings of the config to override, such as
            ``{'test_cfg.attack.steps': 5}``. Defaults to None.
        trust: Unpickle a checkpoint that holds more than weights, which can
            run any code. Defaults to False.

    Raises:
        FileNotFoundError: If config, weights or attack are not there.
        ValueError: If they do not fit together.
        ConnectionError: If weights cannot be fetched.

    Examples:
        >>> rain = AdvRainInferencer('rtmdet-s')
        >>> result, = rain('street.jpg', out_dir='rain')
        >>> print(result)
    """

    def __init__(self,
                 model: PathLike | Config,
                 weights: str | None = None,
                 attack: str | None = None,
                 device: str | None = None,
                 min_score: float = 0.3,
                 cfg_options: dict | None = None,
                 trust: bool = False) -> None:
        self.min_score = check_score(min_score)
        config, weights = find_detector(model, weights)
        if attack is not None:
            loop = attack_config(attack).attack_loop
            config = Config(
                dict(config.to_dict(), test_cfg=loop),
                filename=config.filename)
        config = prepare_config(config, cfg_options)
        self.attack = build_part(config.test_cfg.attack, IterativeAttack)
        self.detector = Detector(config, weights, trust, device)
        self.victim = self.detector.victim
        self._checks = AttackCheckHook()

    def __call__(self,
                 images: ImageInput | Sequence[ImageInput],
                 annotations: Annotations | None = None,
                 out_dir: PathLike | None = None,
                 show: bool = False,
                 wait_time: float = 0.,
                 batch_size: int = 1) -> list[RainyImage]:
        """Attack images.

        Args:
            images: A file, a folder, an address, an array (BGR, uint8, shape
                (H, W, 3)), or a list of them.
            annotations: What is on them, see :func:`given_objects`; None takes
                what the detector sees. Defaults to None.
            out_dir: Gets ``adversarial/NAME.png``, ``factors/adversarial``,
                ``pictures`` (clean, rain alone and rainy, with detections) and
                ``predictions``. Defaults to None: nothing is written.
            show: Show each picture in a window. Defaults to False.
            wait_time: Seconds that it stays; 0 waits for a key. Defaults to 0.
            batch_size: Images attacked at once, which changes no result.
                Defaults to 1.

        Returns:
            In the order of the images.

        Raises:
            FileNotFoundError: If an image or annotation file is not there.
            ValueError: Before any work, if an input is not as above, or the
                detector sees nothing that could be lost.
            TypeError: If an input is of another type.
            ConnectionError: If an address cannot be fetched.
        """
        check_counts(batch_size=batch_size)
        if out_dir is not None and (Path(out_dir) / 'run.json').is_file():
            raise ValueError(f'{out_dir} holds the results of a run: wanted '
                             'another folder for single images')
        with TemporaryDirectory() as scratch:
            paths = gather_images(images, Path(scratch))
            store = AttackStore(out_dir or Path(scratch) / 'out')
            native = NativeImages(
                self.detector.images(paths, self._truth(paths, annotations)),
                type(self.victim).target)
            self.victim.check(native)
            results = []
            with Progress('attack', len(native)) as progress:
                for result in self._attack(native, store, batch_size):
                    results.append(result)
                    progress.advance(1)
                    if show:
                        Visualizer('rain').show(
                            np.ascontiguousarray(result.panel[..., ::-1]),
                            win_name=result.name,
                            wait_time=wait_time)
        lost = sum(sum(result.lost) for result in results)
        count = sum(len(result.lost) for result in results)
        print_log(
            f'{lost} of {count} objects on {len(results)} images lost' +
            (f'; images and pictures are in {out_dir}' if out_dir else ''),
            logger='current')
        return results

    def _truth(self, paths: Sequence[Path],
               annotations: Annotations | None) -> list[list[dict]]:
        if annotations is not None:
            return given_objects(annotations, paths, self.detector.classes)
        objects = [
            certain_objects(self.detector.detect(path), self.min_score)
            for path in paths
        ]
        count = sum(map(len, objects))
        if not count:
            raise ValueError(
                f'the detector sees nothing of score {self.min_score} or more '
                f'on {len(paths)} images: there is nothing to attack')
        print_log(
            f'no annotations: {count} detections of score {self.min_score} or '
            f'more on {len(paths)} clean images are taken for true',
            logger='current')
        return objects

    def _attack(self, native: NativeImages, store: AttackStore,
                batch_size: int) -> Iterator[RainyImage]:
        for start in range(0, len(native), batch_size):
            samples = [
                native[i]
                for i in range(start, min(start + batch_size, len(native)))
            ]
            attacked = self.attack.run(self.victim, [s.clean for s in samples],
                                       [s.target for s in samples],
                                       [s.key for s in samples])
            for i, (sample, result) in enumerate(zip(samples, attacked)):
                path = native.paths[start + i]
                yield self._finish(native, path, sample, result, store)

    def _finish(self, native: NativeImages, path: Path, sample: NativeSample,
                result: AttackResult, store: AttackStore) -> RainyImage:
        """Store an image, and look at it as any reader of the file does."""
        name, perturbation = sample.name, self.attack.perturbation
        clean, rainy = sample.clean, result.image.cpu()
        file = store.image('adversarial', name)
        write_png(file, to_bgr_uint8(rainy))
        before, after = self.detector.detect(path), self.detector.detect(file)
        factors = result.params.to('cpu')
        panel = rain_panel(self.victim, perturbation, clean, rainy, factors,
                           [before, after], self.min_score)
        target = store.factors('adversarial', name, factors.suffix)
        target.parent.mkdir(parents=True, exist_ok=True)
        factors.save(target)
        write_png(store.root / 'pictures' / f'{name}.png', panel)
        for view, seen in (('clean', before), ('adversarial', after)):
            write_json(
                store.prediction(view, name),
                type(self.victim).pack(seen))
        index = native.keys.index(sample.key)
        flags = self._checks.check(sample, result, perturbation)
        return RainyImage(
            name=name,
            clean=to_bgr_uint8(clean),
            image=to_bgr_uint8(rainy),
            factors=factors,
            measures=perturbation.magnitude(factors),
            truth=_counted(native.dataset.get_data_info(index)['instances']),
            before=before,
            after=after,
            panel=panel,
            losses=result.losses,
            flags=[*sample.flags, *result.flags, *flags],
            min_score=self.min_score,
            classes=self.detector.classes)


def _counted(instances: list[dict]) -> InstanceData:
    """Objects that count, as tensors."""
    counted = [one for one in instances if not one['ignore_flag']]
    return InstanceData(
        bboxes=torch.tensor([one['bbox'] for one in counted],
                            dtype=torch.float32).reshape(-1, 4),
        labels=torch.tensor([one['bbox_label'] for one in counted],
                            dtype=torch.long))
