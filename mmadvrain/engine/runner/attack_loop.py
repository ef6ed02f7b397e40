import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import Any

import torch
from mmengine.dist import (
    all_gather_object,
    barrier,
    broadcast_object_list,
    get_dist_info,
    is_main_process,
)
from mmengine.evaluator import Evaluator
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop
from torch.utils.data import DataLoader, Subset

from mmadvrain.datasets.native_images import NativeImages, NativeSample
from mmadvrain.evaluation.functional.attack_quality import attack_quality
from mmadvrain.functional.pixel_space import to_bgr_uint8
from mmadvrain.registry import HOOKS, LOOPS, TASK_UTILS
from mmadvrain.store.attack_store import STORED, AttackStore
from mmadvrain.store.result_writer import FinishedImage, ResultWriter
from mmadvrain.store.run_signature import run_signature
from mmadvrain.store.sharding import in_shard, in_subfolders
from mmadvrain.structures.attack_result import AttackResult
from mmadvrain.utils.files import write_json
from mmadvrain.utils.progress import Progress
from mmadvrain.utils.random import private_generator

from .batches import BatchSize, SturdyBatches, peak_gpu_memory
from .detection_task import DetectionTask
from .run_summary import summarise_run
from .view_scorer import ViewScorer


@LOOPS.register_module()
class AttackLoop(BaseLoop):
    """Test loop that attacks the data and scores what it stored.

    It enters a run by ``test_cfg``, so a detector's own config and checkpoint
    work unchanged. The same data and evaluators score four views: ``clean``,
    ``random`` rain of the same magnitude, ``adversarial`` rain, each from
    8-bit image files through the detector's own test pipeline, and
    ``adversarial_float``, the adversarial images as they were in memory.

    Images are shared out over processes without duplicates. A run that was
    interrupted goes on behind the last finished image, after comparing the
    files of finished ones with their checksums. An image that fails is
    recorded and left out; where memory runs out the batch is halved.

    Args:
        runner: The runner.
        dataloader: The test data.
        evaluator: The metrics.
        attack: The attack.
        victim: Config of the victim. Its model and padding are filled in. None
            is the task's own kind as it is.
        task: Config of the kind of victim. None is :class:`DetectionTask`;
            classifiers have :class:`ClassificationTask`.
        batch_size: Images attacked at once. Changes no result. ``'auto'``
            finds what a GPU's memory holds, see :class:`BatchSize`. Defaults
            to 8.
        hooks: Hooks that come with the loop; one of a type that the run's
            ``custom_hooks`` name already is left out. Defaults to the checks
            and the pictures.
        overwrite: Replace the results of another run in the same folder.
            Defaults to False.
        shard: ``'i/n'``: attack the i-th of n parts, chosen by image id,
            counted from 1, and leave the scores to the run over all parts, see
            ``tools/analysis_tools/merge_shards.py``. None is all images.
            Defaults to None.
        subfolders: Hexadecimal digits of a hash that stored images are put
            into folders by: 2 gives 256 folders, so that a million images stay
            usable. Defaults to 0, none.

    Raises:
        ValueError: Before any work, if data, pipeline or annotations do not
            fit together, or the objectives do not fit the detector.
    """

    def __init__(self,
                 runner: Any,
                 dataloader: DataLoader | dict,
                 evaluator: Evaluator | dict | list,
                 attack: dict | Any,
                 victim: dict | None = None,
                 task: dict | None = None,
                 batch_size: int | str = 8,
                 hooks: Sequence[dict] = (
                     dict(type='mmadvrain.AttackCheckHook'),
                     dict(type='mmadvrain.RainVisualizationHook')),
                 overwrite: bool = False,
                 shard: str | None = None,
                 subfolders: int = 0) -> None:
        self.attack_cfg = attack
        self.attack = TASK_UTILS.build(attack) if isinstance(attack,
                                                             dict) else attack
        try:
            super().__init__(runner, dataloader)
        except ValueError as error:  # of NumPy, from MMEngine's data set
            if 'need at least one array' not in str(error):
                raise
            raise ValueError('the test data set is empty: wanted at least '
                             'one image') from error
        if isinstance(evaluator, (dict, list)):
            evaluator = runner.build_evaluator(evaluator)
        self.evaluator: Evaluator = evaluator
        self.task = TASK_UTILS.build(task) if task else DetectionTask()
        dataset = self.dataloader.dataset
        self.images = NativeImages(dataset, self.task.target)
        self.images.names = in_subfolders(self.images.names, subfolders)
        self._paths = dict(zip(self.images.names, self.images.paths))
        self.overwrite = overwrite
        self.shard, self.subfolders = shard, subfolders
        self.sturdy = SturdyBatches(self._attack_samples)
        model = runner.model
        self.model = model.module if is_model_wrapper(model) else model
        self.victim_cfg = victim
        self.victim = self.task.build_victim(self.model, dataset, victim)
        self.batch_size = BatchSize(batch_size, self.victim.device)
        self.store = AttackStore(runner.work_dir)
        rank, world = get_dist_info()
        self.indices = in_shard(self.images.keys, shard)[rank::world]
        self.scorer = ViewScorer(self.model, self.evaluator, self.images,
                                 self.store, self.indices, self.dataloader,
                                 self.task)
        sample = self.task.check(self.victim, self.images)
        self.attack.rehearse(self.victim, sample.image, sample.target)
        for cfg in hooks:
            hook = HOOKS.build(cfg)
            if not any(type(h) is type(hook) for h in runner.hooks):
                runner.register_hook(hook)

    def run(self) -> dict[str, float]:
        """Attack, store and score.

        Returns:
            Metrics, unrounded, as ``view/metric``, and the number of images
            that failed as ``run/failed_images``.
        """
        self.runner.call_hook('before_test')
        self.runner.call_hook('before_test_epoch')
        self.runner.model.eval()
        with ExitStack() as stack:
            self._open_store(stack)
            return self._run()

    def _run(self) -> dict[str, float]:
        started = time.time()
        if self.shard is not None:
            return self._run_shard()
        views = dict(clean=self.scorer.score_files('clean'))
        self._attack_all()
        barrier()
        if is_main_process():
            for view in STORED:
                self.task.export(self.images, self.store, view)
        for view in ('random', 'adversarial'):
            views[view] = self.scorer.score_files(view)
        views['adversarial_float'] = self.scorer.score_memory()
        results = summarise_run(self.images, self.store, views)
        results.update(
            seconds=time.time() - started,
            gpu_memory_bytes=peak_gpu_memory(),
            run=self._signature)
        if is_main_process():
            write_json(self.store.root / 'results.json', results)
        metrics = {
            f'{view}/{name}': value
            for view, scores in views.items()
            for name, value in scores.items()
        }
        self.runner.call_hook('after_attack', results=results)
        self.runner.call_hook('after_test_epoch', metrics=metrics)
        self.runner.call_hook('after_test')
        metrics['run/failed_images'] = len(results['failed'])
        return metrics

    def _run_shard(self) -> dict[str, float]:
        """Attack and store one part; the scores need all of them."""
        self._attack_all()
        barrier()
        names = [
            self.images.names[i]
            for i in in_shard(self.images.keys, self.shard)
        ]
        records = [self.store.record(name) or {} for name in names]
        self.runner.call_hook('after_test')
        return {
            'run/images': len(names),
            'run/failed_images': sum('adversarial' not in r for r in records)
        }

    def _open_store(self, stack: ExitStack) -> None:
        """Begin or continue the run; all processes fail together."""
        refusal: list[str | None] = [None]
        if is_main_process():
            try:
                stack.enter_context(self.store.locked(self.shard or 'all'))
                self.store.open(self._signature, self.overwrite)
                if self.shard is None:  # others may be writing there
                    self.store.clean_up()
            except ValueError as error:
                refusal[0] = str(error)
        broadcast_object_list(refusal)
        if refusal[0] is not None:
            raise ValueError(refusal[0])

    @cached_property
    def _signature(self) -> dict[str, Any]:
        settings = dict(
            attack=self.attack_cfg,
            victim=self.victim_cfg,
            model=self.runner.cfg.get('model'))
        if self.subfolders:
            settings.update(subfolders=self.subfolders)
        return run_signature(self.model, settings, self.attack, self.images)

    def _attack_all(self) -> None:
        waiting, done = self._waiting()
        workers = self.dataloader.num_workers
        loader = DataLoader(
            Subset(self.images, waiting),
            batch_size=self.batch_size.now,
            num_workers=workers,
            prefetch_factor=16 if workers and self.batch_size.grows else None,
            collate_fn=list)
        with Progress('attack', done + len(waiting), done) as progress:
            with ResultWriter(self.store) as writer:
                batches = self.batch_size.group(loader)
                for batch_idx, samples in enumerate(batches):
                    writer.put(self._attack_batch(batch_idx, samples))
                    self.batch_size.note(len(samples), self.sturdy.limit)
                    progress.advance(len(samples))
            progress.follow()

    def _waiting(self) -> tuple[list[int], int]:
        """Images for this process, and how many it found finished.

        Each process verifies its share; what is left is dealt anew.
        """
        mine = []
        with Progress('verify', len(self.indices)) as progress:
            for i in self.indices:
                if not self.store.finished(self.images.names[i],
                                           self.images.paths[i]):
                    mine.append(i)
                progress.advance(1)
            progress.follow()
        rank, world = get_dist_info()
        waiting = sorted(i for part in all_gather_object(mine) for i in part)
        return waiting[rank::world], len(self.indices) - len(mine)

    def _attack_batch(self, batch_idx: int,
                      samples: list[NativeSample]) -> list[FinishedImage]:
        done, failed = self.sturdy([s for s in samples if s.image is not None])
        failed += [(s, s.problems[-1]) for s in samples if s.image is None]
        for sample, error in failed:
            write_json(
                self.store.record_path(sample.name),
                dict(key=sample.key, error=error))
        if not done:
            return []
        samples = [sample for sample, _ in done]
        results = [result for _, (result, _, _) in done]
        self.runner.call_hook(
            'after_attack_iter',
            batch_idx=batch_idx,
            samples=samples,
            results=results)
        return [
            self._finish(
                sample, result,
                dict(
                    seconds=seconds,
                    adversarial_float=self.task.pack(prediction)))
            for sample, (result, prediction, seconds) in done
        ]

    def _attack_samples(self, samples: list[NativeSample]) -> list[tuple]:
        """Result, detections and seconds of each of some images."""
        began = time.time()
        targets = [s.target for s in samples]
        results = self.attack.run(self.victim, [s.image for s in samples],
                                  targets, [s.key for s in samples])
        seconds = (time.time() - began) / len(samples)
        for sample, result in zip(samples, results):
            if not torch.isfinite(result.image).all():
                raise ValueError(f'the attacked image of {sample.name} holds '
                                 'NaN or infinite values')
        found = self.victim.predict([r.image for r in results], targets)
        return list(zip(results, found, [seconds] * len(samples)))

    def _finish(self, sample: NativeSample, result: AttackResult,
                known: dict[str, Any]) -> FinishedImage:
        """What is stored of one result, on the CPU."""
        perturbation = self.attack.perturbation
        generator = private_generator(self.attack.seed, sample.key, 'random')
        other = perturbation.random_like(result.params, generator)
        clean = sample.clean.to(result.image.device)
        rainy = dict(
            adversarial=(result.image, result.params),
            random=(perturbation.perturb(clean,
                                         other.to(clean.device)), other))
        record = dict(
            known,
            key=sample.key,
            problems=sample.problems,
            flags=result.flags,
            best_step=result.best_step,
            losses=result.losses,
            summed_losses=result.summed_losses)
        for view, (image, params) in rainy.items():
            record[view] = dict(
                perturbation.magnitude(params), **attack_quality(image, clean))
        return FinishedImage(sample.name, self._paths[sample.name], {
            v: to_bgr_uint8(image)
            for v, (image, _) in rainy.items()
        }, {
            v: params.to('cpu')
            for v, (_, params) in rainy.items()
        }, record)
