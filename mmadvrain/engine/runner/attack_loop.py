import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cached_property
from weakref import WeakSet

from mmengine.dist import (
    barrier,
    broadcast_object_list,
    get_dist_info,
    is_main_process,
)
from mmengine.evaluator import Evaluator
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner
from torch.utils.data import DataLoader

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.datasets.native_images import NativeImages, NativeSample
from mmadvrain.perturbations.base_perturbation import BasePerturbation
from mmadvrain.registry import HOOKS, LOOPS, build_part
from mmadvrain.store.attack_store import AttackStore, stored_views
from mmadvrain.store.image_list import write_image_list
from mmadvrain.store.run_signature import run_signature
from mmadvrain.store.run_summary import summarise_run
from mmadvrain.store.subfolders import in_subfolders
from mmadvrain.utils.log_file import only_in_log_file
from mmadvrain.victims.build import build_victim, victim_type
from mmadvrain.victims.supported import check_metric

from .attack_pass import AttackPass
from .batches import BatchSize, peak_gpu_memory
from .view_scorer import ViewScorer

_VISUALIZERS: WeakSet = WeakSet()
"""Those that are of a run already."""


def _own_visualizer(runner: Runner) -> None:
    """Give a run a visualizer of its own.

    MMEngine keeps one of a name in a process, and with it the folder of the
    first run that asked for it.
    """
    if runner.visualizer in _VISUALIZERS:
        cfg = dict(
            runner.cfg.get('visualizer') or dict(
                type='Visualizer', vis_backends=[dict(type='LocalVisBackend')
                                                 ]))
        cfg['name'] = f'{runner.experiment_name}_{len(_VISUALIZERS)}'
        runner.visualizer = runner.build_visualizer(cfg)
    _VISUALIZERS.add(runner.visualizer)


def check_random_views(measures: Sequence[str],
                       perturbation: BasePerturbation) -> None:
    """Refuse random views that a perturbation cannot draw.

    Args:
        measures: Option ``random_views`` of :class:`AttackLoop`.
        perturbation: Of the attack.

    Raises:
        ValueError: If a measure is unknown, or there twice.
    """
    known = perturbation.measures
    if len(set(measures)) < len(measures) or not set(measures) <= set(known):
        raise ValueError(
            f'`random_views` wants some of {list(known)}, each once, which '
            f'{type(perturbation).__name__} can be matched by, but got '
            f'{list(measures)}')


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
        victim: Config of the victim, which says what is attacked. Its model,
            padding and classes are filled in. None is
            :class:`DetectorVictim`; classifiers have
            :class:`ClassifierVictim`.
        batch_size: Images attacked at once. Changes no result. ``'auto'``
            finds what a GPU's memory holds, see :class:`BatchSize`. Defaults
            to 8.
        hooks: Hooks that come with the loop; one of a type that the run's
            ``custom_hooks`` name already is left out. Defaults to the checks,
            the pictures and the scores.
        overwrite: Replace the results of another run in the same folder.
            Defaults to False.
        subfolders: Hexadecimal digits of a hash that stored images are put
            into folders by: 2 gives 256 folders, so that a million images stay
            usable. Defaults to 0, none.
        random_views: Measures by which further random views are matched with
            the adversarial one, such as ``('l2', 'brightness')`` beside the
            area of ``random``; they are called ``random_l2`` and so on.
            Defaults to none.

    Raises:
        ValueError: Before any work, if data, pipeline or annotations do not
            fit together, or the objectives do not fit the detector.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: DataLoader | dict,
        evaluator: Evaluator | dict | list,
        attack: dict | IterativeAttack,
        victim: dict | None = None,
        batch_size: int | str = 8,
        hooks: Sequence[dict] = (dict(type='mmadvrain.AttackCheckHook'),
                                 dict(type='mmadvrain.RainVisualizationHook'),
                                 dict(type='mmadvrain.AttackScoreHook')),
        overwrite: bool = False,
        subfolders: int = 0,
        random_views: Sequence[str] = ()) -> None:
        self.attack_cfg = attack
        self.attack = build_part(attack, IterativeAttack)
        self.random_views = list(random_views)
        check_random_views(self.random_views, self.attack.perturbation)
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
        dataset = self.dataloader.dataset
        model = runner.model
        self.model = model.module if is_model_wrapper(model) else model
        self.images = NativeImages(dataset, victim_type(victim).target)
        self.images.check_objects()
        self.victim_cfg = victim
        self.victim = build_victim(victim, self.model, dataset)
        self.images.names = in_subfolders(self.images.names, subfolders)
        self.overwrite = overwrite
        self.subfolders = subfolders
        self.store = AttackStore(runner.work_dir, stored_views(random_views))
        self.attacking = AttackPass(self.attack, self.victim, self.images,
                                    self.store,
                                    BatchSize(batch_size, self.victim.device),
                                    self.dataloader.num_workers, self._report)
        self.deal: Callable[[Sequence[int], int],
                            int | None] = self.attacking.attack_images
        rank, world = get_dist_info()
        self.indices = list(range(len(self.images)))[rank::world]
        self.scorer = ViewScorer(self.model, self.evaluator, self.images,
                                 self.store, self.indices, self.dataloader,
                                 type(self.victim))
        sample = self.victim.check(self.images)
        self._rehearse(sample)
        _own_visualizer(runner)
        for cfg in hooks:
            hook = HOOKS.build(cfg)
            if not any(type(h) is type(hook) for h in runner.hooks):
                runner.register_hook(hook)

    def _rehearse(self, sample: NativeSample) -> None:
        """Attack, store and score one image in vain."""
        prediction = self.attacking.rehearse(sample)
        self.scorer.kind = self.victim.kind_of(prediction)
        for metric in self.evaluator.metrics:
            check_metric(metric, prediction)
        self.evaluator.process(data_samples=[prediction], data_batch=None)
        for metric in self.evaluator.metrics:
            metric.results.clear()

    def _report(self, **batch: object) -> None:
        """Hand a batch of results to the hooks."""
        self.runner.call_hook(
            'after_attack_iter',
            victim=self.victim,
            perturbation=self.attack.perturbation,
            **batch)

    def run(self) -> dict[str, float]:
        """Attack, store and score.

        Returns:
            Metrics, unrounded, as ``view/metric``, and the number of images
            that failed as ``run/failed_images``.
        """
        self._begin()
        with ExitStack() as stack:
            self._open_store(stack)
            return self._run()

    def join(self) -> None:
        """Begin to attack images of a run that another process looks after.

        Raises:
            ValueError: If the run in the folder is another.
        """
        self._begin()
        self.store.open(self._signature, overwrite=False)

    def attacked_elsewhere(self, indices: Sequence[int]) -> None:
        """Tell hooks of images that another process has stored.

        Args:
            indices: Of the images.
        """
        self.store.refresh()
        self.runner.call_hook(
            'after_attack_elsewhere',
            store=self.store,
            names=[self.images.names[i] for i in indices])

    def _begin(self) -> None:
        self.runner.call_hook('before_test')
        self.runner.call_hook('before_test_epoch')
        self.runner.model.eval()

    def _run(self) -> dict[str, float]:
        started = time.time()
        if is_main_process():
            write_image_list(self.images, self.store)
        views = dict(clean=self.scorer.score_files('clean'))
        peak = self.deal(*self.attacking.verify(self.indices))
        barrier()
        self.store.refresh()
        if is_main_process():
            for view in self.store.views:
                self.victim.export(self.images, self.store, view)
        for view in (*self.store.views[1:], 'adversarial'):
            views[view] = self.scorer.score_files(view)
        views['adversarial_float'] = self.scorer.score_memory()
        results = summarise_run(self.images.names, self.store, views)
        results.seconds = time.time() - started
        results.gpu_memory_bytes = max(peak or 0,
                                       peak_gpu_memory() or 0) or None
        results.run = self._signature
        if is_main_process():
            results.save(self.store.root)
        metrics = {
            f'{view}/{name}': value
            for view, scores in views.items()
            for name, value in scores.items()
        }
        self.runner.call_hook('after_attack', results=results)
        with only_in_log_file():  # the table says it better
            self.runner.call_hook('after_test_epoch', metrics=metrics)
        self.runner.call_hook('after_test')
        metrics['run/failed_images'] = len(results.failed)
        return metrics

    def _open_store(self, stack: ExitStack) -> None:
        """Begin or continue the run; all processes fail together."""
        refusal: list[str | None] = [None]
        if is_main_process():
            try:
                stack.enter_context(self.store.locked())
                self.store.open(self._signature, self.overwrite)
                self.store.clean_up()
            except ValueError as error:
                refusal[0] = str(error)
        broadcast_object_list(refusal)
        if refusal[0] is not None:
            raise ValueError(refusal[0])

    @cached_property
    def _signature(self) -> dict:
        settings = dict(
            attack=self.attack_cfg,
            victim=self.victim_cfg,
            model=self.runner.cfg.get('model'))
        if self.subfolders:
            settings.update(subfolders=self.subfolders)
        if self.random_views:
            settings.update(random_views=self.random_views)
        parts = (self.attack.perturbation, *self.attack.objectives,
                 *self.attack.rules)
        return run_signature(self.model, settings, parts, self.images)
