import copy
import logging
import os.path as osp
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.logging import print_log

import mmadvrain
from mmadvrain.engine.runner.attack_loop import AttackLoop
from mmadvrain.evaluation.page import tried, write_run_page
from mmadvrain.evaluation.report.attack_table import attack_table
from mmadvrain.registry import LOOPS, type_of
from mmadvrain.structures.run_results import RunResults
from mmadvrain.typing import PathLike
from mmadvrain.utils.checkpoint import resolve_source
from mmadvrain.utils.files import write_json
from mmadvrain.utils.provenance import PROVENANCE_FILE, provenance
from mmadvrain.utils.termination import Terminated, ends_at_sigterm
from mmadvrain.victims.build import brings_weights

from .attack_runner import AttackJob
from .processes import be_patient, join_processes
from .ray_cluster import RayCluster
from .seen_truth import attack_folder

_PACKAGE = Path(mmadvrain.__file__).parent


def attack_config(name: str) -> Config:
    """Read an attack of this project's configs.

    Args:
        name: Of a file of ``configs/attacks``, without suffix.

    Raises:
        FileNotFoundError: If there is none, in checkout and package.
    """
    for root in (_PACKAGE.parent / 'configs', _PACKAGE / '.mim' / 'configs'):
        folder = root / 'attacks'
        if (folder / f'{name}.py').is_file():
            return Config.fromfile(folder / f'{name}.py')
        if folder.is_dir():
            known = sorted(path.stem for path in folder.glob('*.py'))
            raise FileNotFoundError(f'there is no attack {name} in {folder}; '
                                    f'there are {", ".join(known)}')
    raise FileNotFoundError('the configs of attacks are not there; is '
                            f'mmadvrain installed in full? Looked in {root}')


def _default_attack(model: Config) -> str:
    """Name of the strongest attack that such a detector can be under."""
    # imported here: it takes seconds
    from mmdet.models.dense_heads import RPNHead
    from mmdet.models.roi_heads import StandardRoIHead
    from mmdet.models.roi_heads.bbox_heads import MultiInstanceBBoxHead
    from mmdet.registry import MODELS
    roi_head = model.get('roi_head') or {}
    second = roi_head.get('bbox_head')
    if not isinstance(second, dict) or not model.get('rpn_head'):
        return 'advrain'
    kinds = [
        type_of(MODELS, part) or object
        for part in (model.rpn_head, roi_head, second)
    ]
    loss = (second.get('loss_cls') or {}).get('type')
    two_stage = issubclass(kinds[0], RPNHead) and issubclass(
        kinds[1], StandardRoIHead) and not issubclass(
            kinds[2], MultiInstanceBBoxHead) and loss != 'SeesawLoss'
    return 'advrain_margin' if two_stage else 'advrain'


def prepare_config(config: PathLike | Config,
                   cfg_options: dict | None = None) -> Config:
    """Make an attack config of any detector config.

    A config whose ``test_cfg`` is an attack stays as it is. Any other gets
    the default adversarial rain of ``configs/attacks``: that of
    ``advrain_margin.py`` for a two-stage detector, of ``advrain.py`` else.

    Args:
        config: The config or its file.
        cfg_options: Settings to override afterwards.

    Returns:
        Ready for a runner.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it has no model or no test data.
    """
    if not isinstance(config, Config):
        if not osp.isfile(config):
            raise FileNotFoundError(f'no config file at {config}')
        config = Config.fromfile(config)
    config = copy.deepcopy(config)  # the caller's stays as it is
    options = dict(cfg_options or {})
    if 'model' not in config:
        raise ValueError(f'{config.filename} has no `model`: an attack wants '
                         'a detector config')
    loop = config.get('test_cfg') or {}
    kind = type_of(LOOPS, loop)
    # an unknown loop stays, and the runner says that it is none
    if not loop.get('type') or kind and not issubclass(kind, AttackLoop):
        name = _default_attack(config.model)
        config.test_cfg = attack_config(name).attack_loop
    config.merge_from_dict(options)
    for part in ('test_dataloader', 'test_evaluator'):
        if not config.get(part):
            raise ValueError(f'{config.filename} has no `{part}`: an attack '
                             'wants test data and an evaluator')
    config.setdefault('default_scope', 'mmdet')
    return config


def _choose_folder(config: Config, work_dir: str | None) -> None:
    """Name the folder of the results: asked for, the config's, or its name."""
    if work_dir is not None:
        config.work_dir = work_dir
    elif config.get('work_dir') is None:
        name = osp.splitext(osp.basename(config.filename or 'attack'))[0]
        config.work_dir = osp.join('work_dirs', name)


def run_attack(config: PathLike | Config,
               checkpoint: str | None = None,
               work_dir: str | None = None,
               cfg_options: dict | None = None,
               launcher: str = 'none',
               overwrite: bool = False,
               trust: bool = False,
               images: PathLike | None = None,
               cluster: RayCluster | None = None) -> dict[str, float]:
    """Attack a detector and score it before and after.

    Args:
        config: Attack config or detector config.
        checkpoint: File or URL of the weights. Defaults to the config's
            ``load_from``.
        work_dir: Folder of the results. Defaults to ``work_dirs/CONFIG_NAME``.
        cfg_options: Settings to override.
        launcher: Job launcher. ``'ray'`` deals the images to actors of a
            Ray cluster and scores here; all machines want the same file
            system and environment. Defaults to ``'none'``.
        overwrite: Replace the results of another run in the folder. Defaults
            to False.
        trust: Unpickle a checkpoint that holds more than weights. Defaults to
            False.
        images: Folder of images to attack in place of the config's data, see
            :func:`attack_folder`. Defaults to None.
        cluster: For the launcher ``'ray'``, which is on this machine without.
            Defaults to None.

    Returns:
        Metrics, unrounded, as ``view/metric``, and how many images failed as
        ``run/failed_images``.

    Raises:
        FileNotFoundError: If config or checkpoint are not there.
        ValueError: If they do not fit, before any work starts.
    """
    if cluster is not None and launcher != 'ray':
        raise ValueError('a cluster is for the launcher ray, but got the '
                         f'launcher {launcher}')
    config = prepare_config(config, cfg_options)
    source = checkpoint or config.get('load_from')
    own = brings_weights(config.model, checkpoint, trust)
    if not source and not own:
        raise ValueError(
            f'{config.filename} names no weights in `load_from`: give a '
            'checkpoint as the second argument. An attack on random weights '
            'says nothing')
    # fails now, not after the data is read
    weights = None if own else resolve_source(source)
    _choose_folder(config, work_dir)
    if images is not None:
        config = attack_folder(
            config, images, config.work_dir, checkpoint, trust=trust)
    join_processes(config, launcher)
    if overwrite:
        config.test_cfg.overwrite = True
    job = AttackJob(config, None if own else source, trust)
    known = provenance(config.filename, weights)
    metrics = _test(job,
                    (cluster or RayCluster()) if launcher == 'ray' else None)
    if is_main_process():  # which has written the results
        write_json(Path(config.work_dir) / PROVENANCE_FILE, known)
        _tell(config.work_dir, metrics)
    return metrics


def _test(job: AttackJob, cluster: RayCluster | None) -> dict[str, float]:
    """Build the runner and let it attack and score."""
    with ExitStack() as stack:
        dealer = None
        if cluster is not None:  # it handles signals in a way of its own
            job.config.work_dir = osp.abspath(job.config.work_dir)
            dealer = stack.enter_context(cluster.joined())
        runner = job.build()
        be_patient()
        try:
            with ends_at_sigterm():
                if dealer is not None:
                    loop = runner.test_loop
                    loop.deal = partial(dealer.deal, loop, job)
                return runner.test()
        except Terminated:
            print_log(
                'stopped by SIGTERM. Finished images are in '
                f'{job.config.work_dir}; the same command goes on behind them',
                logger='current',
                level=logging.WARNING)
            raise


def _tell(work_dir: str, metrics: dict[str, float]) -> None:
    """Write the report and show the table."""
    page = tried(write_run_page, work_dir)
    magnitude = RunResults.load(work_dir).magnitude
    report = f', all of them in {page}' if page else ''
    print_log(
        f'\n{attack_table(metrics, magnitude=magnitude)}\nResults, images '
        f'and pictures are in {work_dir}{report}',
        logger='current')
