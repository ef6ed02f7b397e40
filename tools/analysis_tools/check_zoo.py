"""Attack one config of each family of MMDetection's zoo, and say how it went.

Weights are random and images small: it is asked whether an attack runs, not
how strong it is. The table is that of docs/detectors.md.

    mmadvrain check_zoo --out zoo.json faster_rcnn retinanet
"""
import argparse
import copy
import json
import multiprocessing
import os
import re
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import mmdet
import numpy as np
import torch
from mmdet.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope
from torch import nn

from mmadvrain.cli import quiet, run_tool, tool_parser

with quiet():
    from mmadvrain.apis.attack import run_attack

CONFIGS = Path(mmdet.__file__).parent / '.mim' / 'configs'
# folders that hold no detector of images
NO_DETECTORS = ('_base_', 'common', 'reid', 'selfsup_pretrain')
SIZE = 128
# more queries, or larger kernels, than such features have room for
LARGER = dict(ddod=512, dino=384, ssd=300, v3det=384)
OUTCOMES = dict(
    runs='runs',
    kernel='needs a GPU kernel',
    refused='refused',
    absent='needs a package or a file that is not there',
    alone="fails in MMDetection's own test step too",
    died='died')


def families() -> dict[str, Path]:
    """One config of each folder: the shortest name, of ResNet-50 at best."""
    found = {}
    for folder in sorted(CONFIGS.iterdir()):
        files = [
            path for path in folder.glob('*.py')
            if 'base' not in path.stem and 'caption' not in path.stem
        ] if folder.is_dir() and folder.name not in NO_DETECTORS else []
        if files:
            found[folder.name] = min(files, key=_preference)
    return found


def _preference(path: Path) -> tuple[bool, bool, int, str]:
    name, family = path.stem, path.parent.name
    small = re.search(r'r(es)?(net)?-?50|tiny|swin-t', name)
    # the first stage alone, or the second with proposals from a file
    half = 'rpn_r' in name and family != 'rpn' or re.search(
        '(^|[-_])fast-rcnn', name) and family != 'fast_rcnn'
    return bool(half), not small, len(name), name


def settings(value: Any) -> Iterator[dict]:
    """All dicts in a config."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, (dict, list, tuple)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from settings(part)


def model_config(path: Path) -> Config:
    """Config of a family, whose weights are random."""
    config = Config.fromfile(path)
    for part in list(settings(config.get('model', {}))):
        for key in ('init_cfg', 'pretrained', 'teacher_ckpt'):
            if key in part:
                part[key] = None
    return config


def num_classes(config: Config) -> int:
    """How many kinds of objects a detector names."""
    counts = [
        part[key] for part in settings(config.model)
        for key in ('num_things_classes', 'num_classes')
        if isinstance(part.get(key), int) and part[key] > 0
    ]
    return 80 if 80 in counts else max(counts, default=80)


def build(config: Config) -> nn.Module:
    """The detector of a family, seeded, in evaluation mode."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope(
            config.get('default_scope', 'mmdet')):
        model: nn.Module = MODELS.build(copy.deepcopy(config.model))
    model.init_weights()
    for name, weight in model.named_parameters():
        if 'fc_reg' in name:  # MMDetection cannot draw masks of wild boxes
            weight.data.mul_(0.01)
    model.eval()  # that of LAD returns nothing
    return model


def write_images(root: Path, classes: int, count: int = 2) -> dict[str, Any]:
    """Write images of two objects each; return their data set's config.

    Semantic maps say 100, which is stuff, where no object is.
    """
    (root / 'maps').mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    content: dict[str, list] = dict(
        images=[],
        annotations=[],
        categories=[dict(id=i, name=f'kind {i}') for i in range(classes)])
    for i in range(count):
        pixels = rng.integers(0, 255, (12, 16, 3), np.uint8)
        name = f'{i}.png'
        cv2.imwrite(
            str(root / name), cv2.resize(pixels, (SIZE, SIZE * 3 // 4)))
        content['images'].append(
            dict(id=i, file_name=name, height=SIZE * 3 // 4, width=SIZE))
        labels = np.full((SIZE * 3 // 4, SIZE), 100, np.uint8)
        for x, y, w, h in ((8, 8, 40, 50), (60, 20, 50, 60)):
            number = len(content['annotations'])
            labels[y:y + h, x:x + w] = number % classes
            content['annotations'].append(
                dict(
                    id=number + 1,
                    image_id=i,
                    category_id=number % classes,
                    bbox=[x, y, w, h],
                    area=w * h,
                    iscrowd=0,
                    segmentation=[[x, y, x + w, y, x + w, y + h, x, y + h]]))
        cv2.imwrite(str(root / 'maps' / name), labels)
    (root / 'annotations.json').write_text(json.dumps(content))
    return dict(
        type='CocoDataset',
        data_root=str(root),
        ann_file='annotations.json',
        data_prefix=dict(img='', seg='maps/'),
        metainfo=dict(classes=[c['name'] for c in content['categories']]),
        test_mode=True)


def pipeline(config: Config) -> list[dict]:
    """The test pipeline of a config at a small size, without annotations."""
    data = config.get('test_dataloader', {}).get('dataset', {})
    while 'dataset' in data or 'datasets' in data:
        data = data.get('dataset') or data['datasets'][0]
    size = LARGER.get(Path(config.filename).parent.name, SIZE)
    steps = copy.deepcopy(data.get('pipeline') or config.test_pipeline)
    for part in settings(steps):
        for key in ('scale', 'size', 'img_scale'):
            if isinstance(part.get(key), (list, tuple)):
                part[key] = (size, size)
    return [
        step for step in steps
        if not re.search('Load.*(Annotations|Proposals)', str(step['type']))
    ]


def attack_config(path: Path, root: Path) -> Config:
    """The default attack of a family in two steps on two small images."""
    config = model_config(path)
    has_masks = bool(
        re.search('mask_head|MaskFormer|RTMDetIns', str(config.model)))
    data = dict(
        write_images(root, num_classes(config)), pipeline=pipeline(config))
    config.test_dataloader = dict(
        batch_size=1,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=data)
    config.test_evaluator = dict(
        type='CocoMetric',
        metric=['bbox', 'segm'] if has_masks else ['bbox'],
        ann_file=str(root / 'annotations.json'))
    for key in ('train_dataloader', 'val_dataloader', 'train_cfg', 'val_cfg',
                'val_evaluator', 'optim_wrapper', 'param_scheduler',
                'custom_hooks', 'test_cfg', 'tta_model'):
        config.pop(key, None)
    config.work_dir = str(root / 'run')
    config.log_level = 'ERROR'
    config.visualizer = dict(type='Visualizer')
    return config


def _attack(path: Path, root: Path) -> dict[str, str]:
    """How the attack of a config went."""
    try:
        if 'model' not in Config.fromfile(path):
            return dict(outcome='refused', why='the config has no model')
        weights = root / 'random.pth'
        torch.save(build(model_config(path)).state_dict(), weights)
    # what MMDetection itself says where it cannot build its own config
    except (ImportError, RuntimeError, OSError, LookupError,
            ValueError) as error:
        return dict(outcome='absent', why=_sentence(error))
    options = {'test_cfg.attack.steps': 2, 'test_cfg.overwrite': True}
    config = attack_config(path, root)
    try:
        metrics = run_attack(config, str(weights), cfg_options=options)
    except ValueError as error:
        text = _sentence(error)
        kind = 'kernel' if 'without a kernel' in text else (
            'absent' if 'ModuleNotFoundError' in text or 'ImportError' in text
            else 'refused')
        # a refusal in somebody else's words is none
        if kind == 'refused' and 'cannot be attacked like this' in text:
            kind = 'alone' if _fails_alone(path, root) else 'died'
        return dict(outcome=kind, why=text)
    if metrics['run/failed_images']:
        results = json.loads((root / 'run' / 'results.json').read_text())
        return dict(
            outcome='died', why=str(next(iter(results['failed'].values()))))
    return dict(outcome='runs', why='')


def _fails_alone(path: Path, root: Path) -> bool:
    """Whether the detector predicts nothing on an image without an attack."""
    config = attack_config(path, root)
    model = build(config)
    try:
        with DefaultScope.overwrite_default_scope('mmdet'), torch.no_grad():
            dataset = DATASETS.build(config.test_dataloader.dataset)
            model.test_step(pseudo_collate([dataset[0]]))
    except Exception:  # whatever it is, no attack was there
        return True
    return False


def _sentence(error: BaseException) -> str:
    # where files of this machine lie is nobody's business
    text = re.sub(r'/[^ :\'"]*/', '', f'{type(error).__name__}: {error}')
    return textwrap.shorten(text, 200, placeholder=' ...')


def _worker(path: Path, answer: Any) -> None:
    with open(os.devnull, 'w') as quiet:
        os.dup2(quiet.fileno(), 1)
        os.dup2(quiet.fileno(), 2)
    torch.set_num_threads(1)
    os.chdir(CONFIGS.parent)  # configs name those of their teachers
    with tempfile.TemporaryDirectory() as folder:
        try:
            answer.put(_attack(path, Path(folder)))
        except BaseException as error:  # whatever it dies of is the answer
            answer.put(dict(outcome='died', why=_sentence(error)))


def check(path: Path, timeout_s: float) -> dict[str, str]:
    """Attack a config in a process of its own.

    Args:
        path: The config.
        timeout_s: After so many seconds it counts as dead.

    Returns:
        ``config``, ``outcome``, a key of ``OUTCOMES``, ``why`` and
        ``seconds``.
    """
    context = multiprocessing.get_context('fork')
    answer = context.SimpleQueue()
    process = context.Process(target=_worker, args=(path, answer))
    began = time.time()
    process.start()
    process.join(timeout_s)
    if process.is_alive():
        process.kill()
    process.join()
    found = dict(
        outcome='died',
        why=f'no answer in {timeout_s:g} s, exit code {process.exitcode}'
    ) if answer.empty() else answer.get()
    return dict(
        config=str(path.relative_to(CONFIGS)),
        seconds=f'{time.time() - began:.0f}',
        **found)


def table(results: dict[str, dict[str, str]]) -> str:
    """Markdown of what :func:`check` found, and how many of each outcome."""
    rows = ['| family | config | outcome | sentence |', '|---|---|---|---|']
    for family, found in results.items():
        why = found['why'].replace('|', '\\|')
        rows.append(f'| {family} | `{Path(found["config"]).stem}` | '
                    f'{OUTCOMES[found["outcome"]]} | {why} |')
    counts = [
        f'{sum(f["outcome"] == key for f in results.values())} {text}'
        for key, text in OUTCOMES.items()
    ]
    return f'{len(results)} families: {", ".join(counts)}.\n\n' + '\n'.join(
        rows)


def parse_args() -> argparse.Namespace:
    parser = tool_parser(__doc__)
    parser.add_argument(
        'families', nargs='*', help='folders of the zoo; none means all')
    parser.add_argument('--out', required=True, help='JSON file to write')
    parser.add_argument(
        '--timeout', type=float, default=240., help='seconds a family')
    args = parser.parse_args()
    unknown = set(args.families) - set(families())
    if unknown:
        parser.error(f'there is no family {sorted(unknown)}; there are '
                     f'{list(families())}')
    return args


def main() -> int:
    args = parse_args()
    chosen = {
        name: path
        for name, path in families().items()
        if not args.families or name in args.families
    }
    results: dict[str, dict[str, str]] = {}
    for name, path in chosen.items():
        results[name] = found = check(path, args.timeout)
        print(
            f'{name}: {OUTCOMES[found["outcome"]]} {found["why"]} '
            f'({found["seconds"]} s)',
            flush=True)
        Path(args.out).write_text(json.dumps(results, indent=1))
    print(table(results))
    return int(any(found['outcome'] == 'died' for found in results.values()))


if __name__ == '__main__':
    run_tool(main)
