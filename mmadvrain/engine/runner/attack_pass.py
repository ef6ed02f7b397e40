import itertools
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from mmengine.dist import all_gather_object, get_dist_info
from mmengine.structures import BaseDataElement
from torch.utils.data import Subset

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.datasets.native_images import NativeImages, NativeSample
from mmadvrain.evaluation.functional.attack_quality import attack_quality
from mmadvrain.functional.pixel_space import from_bgr_uint8, to_bgr_uint8
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.store.result_writer import FinishedImage, ResultWriter
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.utils.progress import Progress
from mmadvrain.utils.random import private_generator
from mmadvrain.victims.base_victim import BaseVictim

from .batches import (
    BatchSize,
    SturdyBatches,
    load_batches,
    peak_gpu_memory,
)


class Attacked(NamedTuple):
    """What is known of an image right after its attack.

    Attributes:
        result: Of the attack.
        prediction: Of the victim, on the image as it is in memory.
        seconds: That the attack took.
    """
    result: AttackResult
    prediction: BaseDataElement
    seconds: float


class AttackPass:
    """One pass over the images: each is attacked and stored.

    Images are shared out over processes without duplicates. Images that are
    finished are passed over after comparing their files with their checksums.
    An image that fails is recorded and left out; where memory runs out the
    batch is halved.

    Args:
        attack: The attack.
        victim: The model under attack.
        images: The data set.
        store: Where results go.
        batch_size: How many images are attacked at once.
        num_workers: Processes that load images.
        report: Called with the keywords ``batch_idx``, ``samples`` and
            ``results`` before a batch is stored; may add flags.
    """

    def __init__(self, attack: IterativeAttack, victim: BaseVictim,
                 images: NativeImages, store: AttackStore,
                 batch_size: BatchSize, num_workers: int,
                 report: Callable[..., None]) -> None:
        self.attack = attack
        self.victim = victim
        self.images = images
        self.store = store
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.report = report
        self.sturdy = SturdyBatches(self._attack_samples)
        self._count = itertools.count()
        self._paths = dict(zip(images.names, images.paths))

    def run(self, indices: Sequence[int]) -> int | None:
        """Attack and store what is not finished.

        Args:
            indices: Images that this process looks after.

        Returns:
            As :meth:`attack_images`.
        """
        return self.attack_images(*self.verify(indices))

    def attack_images(self, indices: Sequence[int], done: int) -> int | None:
        """Attack and store images.

        Args:
            indices: Images of this process.
            done: How many others of its share are finished.

        Returns:
            As :func:`peak_gpu_memory`.
        """
        loader = load_batches(
            Subset(self.images,
                   indices), self.batch_size.now, self.num_workers,
            16 if self.num_workers and self.batch_size.grows else None)
        with Progress('attack', done + len(indices), done) as progress:
            with ResultWriter(self.store) as writer:
                for samples in self.batch_size.group(loader):
                    writer.put(self._attack_batch(next(self._count), samples))
                    self.batch_size.note(len(samples), self.sturdy.limit)
                    progress.advance(len(samples))
        return peak_gpu_memory()

    def rehearse(self, sample: NativeSample) -> BaseDataElement:
        """Raise now what would be raised when images are attacked.

        Args:
            sample: One image. It is attacked by one step, predicted on, and
                stored in a folder that is removed again.

        Returns:
            The prediction, as metrics will read it from the store.

        Raises:
            ValueError: Names the victim and what went wrong.
        """
        try:
            result = self.attack.rehearse(self.victim, sample.clean,
                                          sample.target)
            prediction, = self.victim.predict([result.image], [sample.target])
            finished = self._finish(sample, Attacked(result, prediction, 0.))
        except (ValueError, MemoryError, torch.cuda.OutOfMemoryError):
            raise
        except Exception as error:
            raise ValueError(_refusal(self.victim, error)) from error
        with tempfile.TemporaryDirectory() as folder:
            store = AttackStore(folder, self.store.views)
            with ResultWriter(store) as writer:
                writer.put([finished])
            record = store.record(sample.name) or {}
        return self.victim.kind_of(prediction).restore(
            self.images, self.images.keys.index(sample.key),
            record['adversarial_float'])

    def verify(self, indices: Sequence[int]) -> tuple[list[int], int]:
        """Compare what is stored with its checksums.

        Each process verifies its share; what is left is dealt anew.

        Args:
            indices: Images that this process looks after.

        Returns:
            Images for this process, and how many of its share are finished.
        """
        unfinished = []
        with Progress('verify', len(indices)) as progress:
            for i in indices:
                if not self.store.finished(self.images.names[i],
                                           self.images.paths[i]):
                    unfinished.append(i)
                progress.advance(1)
        rank, world = get_dist_info()
        waiting = sorted(
            i for part in all_gather_object(unfinished) for i in part)
        return waiting[rank::world], len(indices) - len(unfinished)

    def _attack_batch(self, batch_idx: int,
                      samples: list[NativeSample]) -> list[FinishedImage]:
        done, failed = self.sturdy([s for s in samples if s.image is not None])
        failed += [(s, s.problems[-1]) for s in samples if s.image is None]
        lost = [
            FinishedImage(s.name, self._paths[s.name], {}, {},
                          dict(key=s.key, error=error)) for s, error in failed
        ]
        if not done:
            return lost
        self.report(
            batch_idx=batch_idx,
            samples=[sample for sample, _ in done],
            results=[attacked.result for _, attacked in done])
        return lost + [
            self._finish(sample, attacked) for sample, attacked in done
        ]

    def _attack_samples(self, samples: list[NativeSample]) -> list[Attacked]:
        began = time.time()
        targets = [s.target for s in samples]
        results = self.attack.run(self.victim, [s.clean for s in samples],
                                  targets, [s.key for s in samples])
        seconds = (time.time() - began) / len(samples)
        for sample, result in zip(samples, results):
            if not torch.isfinite(result.image).all():
                raise ValueError(f'the attacked image of {sample.name} holds '
                                 'NaN or infinite values')
        predictions = self.victim.predict([r.image for r in results], targets)
        return [
            Attacked(result, prediction, seconds)
            for result, prediction in zip(results, predictions)
        ]

    def _finish(self, sample: NativeSample,
                attacked: Attacked) -> FinishedImage:
        """What is stored of one result, on the CPU."""
        result, perturbation = attacked.result, self.attack.perturbation
        clean = sample.clean.to(result.image.device)
        rainy = dict(adversarial=(result.image, result.params))
        for view in self.store.views[1:]:
            measure = view.removeprefix('random').removeprefix('_') or None
            generator = private_generator(self.attack.seed, sample.key,
                                          'random')
            other = perturbation.random_like(result.params, generator, measure)
            rainy[view] = (perturbation.perturb(clean,
                                                other.to(clean.device)), other)
        record = dict(
            seconds=attacked.seconds,
            adversarial_float=self.victim.pack(attacked.prediction),
            key=sample.key,
            problems=sample.problems,
            flags=[*sample.flags, *result.flags],
            best_step=result.best_step,
            losses=result.losses,
            summed_losses=result.summed_losses)
        stored = {v: to_bgr_uint8(image) for v, (image, _) in rainy.items()}
        for view, (_, params) in rainy.items():
            # of the file, as it is scored
            image = from_bgr_uint8(stored[view]).to(clean)
            record[view] = dict(
                perturbation.magnitude(params), **attack_quality(image, clean))
        return FinishedImage(sample.name, self._paths[sample.name], stored, {
            v: params.to('cpu')
            for v, (_, params) in rainy.items()
        }, record)


def _refusal(victim: BaseVictim, error: Exception) -> str:
    """One sentence of why a victim cannot be attacked."""
    name, device = type(victim.model).__name__, victim.device.type
    text = ' '.join(str(error).split())
    if re.search(
            'implementation for device|not implemented on|is_cuda|'
            'not compiled with (GPU|CUDA)|Could not run .* backend', text):
        return (f'{name} has an operator without a kernel for this {device}: '
                f'wanted another device, got {text[:200]}')
    return (f'{name} cannot be attacked like this: one step on the first '
            f'image raised {type(error).__name__}: {text[:300]}')
