"""The loop inside a runner: what it refuses, resumes and calls."""
import copy
import json
from contextlib import ExitStack

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.engine.hooks import RainVisualizationHook
from mmadvrain.engine.hooks.attack_check_hook import AttackCheckHook
from mmadvrain.engine.runner.attack_loop import AttackLoop
from tests.toys.made_once import trained_detector
from tests.toys.records import read_records
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import (
    build_toy_detector,
    toy_attack,
    toy_config,
    toy_retinanet,
)

LOSS = [dict(type='mmadvrain.DetectorLossObjective')]


@pytest.fixture
def root(tmp_path):
    write_toy_coco(tmp_path, num_images=4)
    return tmp_path


def runner_of(config):
    """A runner with seeded random weights; enough where no score matters."""
    runner = Runner.from_cfg(copy.deepcopy(config))
    runner.model.load_state_dict(
        build_toy_detector(config.model.to_dict()).state_dict())
    return runner


def config_of(root, steps=1, objectives=LOSS, **changes):
    return toy_config(root, attack=toy_attack(steps, objectives), **changes)


def open_store(runner):
    """Begin or continue a run, and do no work."""
    loop = runner.build_test_loop(runner.cfg.test_cfg)
    with ExitStack() as stack:
        loop._open_store(stack)


class Recorder(Hook):
    priority = 'VERY_LOW'

    def __init__(self):
        self.seen = []
        self.results = None

    def after_attack_iter(self, runner, batch_idx, samples, results, victim,
                          perturbation):
        self.seen.append(
            (batch_idx, [s.key
                         for s in samples], [r.best_step for r in results]))

    def after_attack(self, runner, results):
        self.results = results


def test_hooks_see_every_batch_and_the_results(root):
    config = config_of(root)
    config.test_cfg.batch_size = 3
    runner = runner_of(config)
    recorder = Recorder()
    runner.register_hook(recorder)
    metrics = runner.test()
    assert [entry[:2] for entry in recorder.seen] == [(0, [11, 5, 42]),
                                                      (1, [7])]
    assert recorder.results.flags['no_objects'] == ['000007']
    assert recorder.results.num_images == 4
    assert metrics['clean/coco/bbox_mAP'] == (
        recorder.results.views['clean']['coco/bbox_mAP'])


def test_an_image_of_another_size_than_annotated_is_flagged(root):
    path = root / 'annotations.json'
    content = json.loads(path.read_text())
    content['images'][0].update(height=96, width=64)
    path.write_text(json.dumps(content))
    runner_of(config_of(root)).test()
    results = json.loads((root / 'work_dir/results.json').read_text())
    assert results['flags']['other_size'] == ['000011']
    stored = json.loads(
        (root / 'work_dir/annotations/adversarial.json').read_text())
    assert (stored['images'][0]['height'],
            stored['images'][0]['width']) == (64, 96)


def test_pictures_of_a_second_run_go_to_its_own_folder(root, tmp_path):
    """Configs of MMDetection name their visualizer, and names are kept."""
    config = config_of(root)
    config.visualizer.name = 'visualizer'
    runs = []
    for name in ('first', 'second', 'third'):
        config.work_dir = str(tmp_path / name)
        runs.append(runner_of(config))
        runs[-1].test()
    for name in ('first', 'second', 'third'):
        assert len(list((tmp_path / name).rglob('vis_image/*.png'))) == 4


def test_equal_file_names_are_kept_apart_in_every_output(root):
    path = root / 'annotations.json'
    content = json.loads(path.read_text())
    new = ['a/1.png', 'b/1.png', 'b/1.jpg', 'a_1.png']
    for image, name in zip(content['images'], new):
        target = root / 'images' / name
        target.parent.mkdir(exist_ok=True)
        (root / 'images' / image['file_name']).rename(target)
        image['file_name'] = name
    path.write_text(json.dumps(content))
    config = config_of(root)
    config.custom_hooks = [dict(type='mmadvrain.DumpRainHook')]
    config.test_dataloader.dataset.data_root = f'{root}/images/../'
    assert runner_of(config).test()['run/failed_images'] == 0
    names = ['a/1', 'a_1', 'b/1.jpg', 'b/1.png']
    work_dir = root / 'work_dir'
    assert list(read_records(work_dir)) == names
    for folder in ('adversarial', 'random', 'factors/adversarial', 'pictures',
                   'rain/rainy', 'rain/factors'):
        assert sorted(
            p.relative_to(work_dir / folder).with_suffix('').as_posix()
            for p in (work_dir / folder).rglob('*.*')) == names, folder
    shown = work_dir.rglob('vis_image/rain_*.png')
    assert sorted(p.name for p in shown) == [
        'rain_a%2F1.png_0.png', 'rain_a_1.png_0.png',
        'rain_b%2F1.jpg.png_0.png', 'rain_b%2F1.png.png_0.png'
    ]


def test_an_automatic_batch_is_one_image_on_a_cpu(root):
    config = config_of(root)
    config.test_cfg.batch_size = 'auto'
    recorder = Recorder()
    runner = runner_of(config)
    runner.register_hook(recorder)
    runner.test()
    assert [entry[1] for entry in recorder.seen] == [[11], [5], [42], [7]]
    assert recorder.results.gpu_memory_bytes is None


def test_a_disk_that_is_full_ends_the_run(root, monkeypatch):

    def full(path, image):
        raise OSError(28, f'no space left to write {path}')

    monkeypatch.setattr('mmadvrain.store.result_writer.write_png', full)
    config = config_of(root)
    config.test_cfg.batch_size = 1
    runner = runner_of(config)
    recorder = Recorder()
    runner.register_hook(recorder)
    with pytest.raises(OSError, match='no space left to write .*000011.png'):
        runner.test()
    assert len(recorder.seen) <= 2, 'it says so one batch later at most'
    assert read_records(root / 'work_dir') == {}


def test_its_hooks_are_added_once(root):
    config = config_of(root)
    config.custom_hooks = [
        dict(type='mmadvrain.AttackCheckHook', tolerance=0.5)
    ]
    runner = runner_of(config)
    loop = runner.build_test_loop(config.test_cfg)
    checks = [h for h in runner.hooks if isinstance(h, AttackCheckHook)]
    assert [hook.tolerance for hook in checks] == [0.5]
    assert sum(isinstance(h, RainVisualizationHook) for h in runner.hooks) == 1
    assert isinstance(loop, AttackLoop)


def test_a_part_of_the_data(root):
    config = config_of(root)
    config.test_dataloader.dataset.indices = 2
    recorder = Recorder()
    runner = runner_of(config)
    runner.register_hook(recorder)
    runner.test()
    assert recorder.results.num_images == 2
    assert sorted(p.stem
                  for p in (root / 'work_dir/adversarial').iterdir()) == [
                      '000005', '000011'
                  ]


def test_workers_change_nothing(root, tmp_path):
    metrics = runner_of(config_of(root)).test()
    config = config_of(root, work_dir=str(tmp_path / 'other'))
    config.test_dataloader.update(num_workers=1, batch_size=2)
    assert runner_of(config).test() == metrics


def test_an_image_that_was_repaired_is_attacked_after_all(root):
    path = root / 'images/000005.jpg'
    data = path.read_bytes()
    path.write_bytes(b'no image')
    runner_of(config_of(root)).test()
    results = json.loads((root / 'work_dir/results.json').read_text())
    assert list(results['failed']) == ['000005']
    other = root / 'work_dir/adversarial/000011.png'
    kept = other.stat().st_mtime_ns
    path.write_bytes(data)
    runner_of(config_of(root)).test()
    results = json.loads((root / 'work_dir/results.json').read_text())
    assert results['failed'] == {}
    assert (root / 'work_dir/adversarial/000005.png').is_file()
    assert (root /
            'work_dir/adversarial/000011.png').stat().st_mtime_ns == kept


@pytest.mark.parametrize(
    'change, words', [
        (dict(
            test_dataloader=dict(
                dataset=dict(pipeline=[
                    dict(type='LoadImageFromFile'),
                    dict(type='Resize', scale=(80, 80), keep_ratio=True),
                    dict(type='LoadAnnotations', with_bbox=True),
                    dict(type='PackDetInputs')
                ]))), r'another run: pipeline\[1\] was'),
        (dict(model=dict(test_cfg=dict(rcnn=dict(score_thr=0.3)))),
         'another run: model.test_cfg.rcnn.score_thr was 0.05, is 0.3'),
        (dict(test_cfg=dict(victim=dict(autocast='float16'))),
         "another run: victim was None, is .*'autocast': 'float16'"),
        (dict(test_cfg=dict(attack=dict(seed=5))),
         'another run: attack.seed was None, is 5'),
        (dict(test_dataloader=dict(dataset=dict(indices=2))),
         'another run: images was 4, is 2'),
    ],
    ids=['pipeline', 'test_cfg', 'victim', 'seed', 'images'])
def test_what_changes_results_is_refused_in_the_same_folder(
        root, change, words):
    config = config_of(root)
    open_store(runner_of(config))
    other = copy.deepcopy(config)
    if 'victim' in words:
        other.test_cfg.victim = dict(type='mmadvrain.DetectorVictim')
    other.merge_from_dict(change)
    with pytest.raises(ValueError, match=words):
        open_store(runner_of(other))


class Nameless:
    """A transform that tells of itself by its place in memory only."""

    def __call__(self, results):
        return results


def test_the_same_settings_are_taken_for_the_same(root):
    texts = []
    for _ in range(2):
        runner = runner_of(config_of(root))
        loop = runner.build_test_loop(runner.cfg.test_cfg)
        loop.images.dataset.pipeline.transforms.append(Nameless())
        texts.append(repr(loop.images.dataset.pipeline))
        with ExitStack() as stack:
            loop._open_store(stack)
        assert 'Nameless' in loop._signature['pipeline'][-1]
    assert texts[0] != texts[1]


def test_other_weights_are_refused_in_the_same_folder(root):
    config = config_of(root)
    open_store(runner_of(config))
    runner = runner_of(config)
    with torch.no_grad():
        runner.model.rpn_head.rpn_cls.bias.add_(0.1)
    with pytest.raises(ValueError, match='another run: weights was'):
        open_store(runner)


def refusal(config, match, error=ValueError):
    """The error comes when the loop is built, and nothing is written."""
    runner = runner_of(config)
    with pytest.raises(error, match=match):
        runner.build_test_loop(runner.cfg.test_cfg)


class TestRefusedBeforeAnyWork:

    def test_an_objective_that_wants_an_rpn(self, root):
        config = config_of(
            root,
            objectives=[dict(type='mmadvrain.RAPObjective')],
            model=toy_retinanet())
        refusal(
            config, 'RAPObjective wants a two-stage detector with an RPN, '
            'but got RetinaNet: use DetectorLossObjective')

    def test_a_loss_that_the_detector_has_not(self, root):
        config = config_of(
            root, objectives=[dict(LOSS[0], terms=['loss_mask'])])
        refusal(config, r"FasterRCNN has no loss \['loss_mask'\]")

    def test_no_readable_image(self, root):
        for path in (root / 'images').iterdir():
            path.write_bytes(b'no image')
        refusal(
            config_of(root), 'not one image of the test data can be used: '
            'wanted an image that can be read')

    def test_no_image(self, root):
        path = root / 'annotations.json'
        content = json.loads(path.read_text())
        path.write_text(json.dumps(dict(content, images=[], annotations=[])))
        refusal(config_of(root), 'test data set is empty: wanted at least one')

    def test_a_flip(self, root):
        config = config_of(root)
        config.test_dataloader.dataset.pipeline.insert(
            1, dict(type='RandomFlip', prob=1.))
        refusal(
            config, 'cannot be differentiated through: LoadImageFromFile '
            '-> RandomFlip -> Resize .* grey levels that differ by')

    def test_a_crop(self, root):
        config = config_of(root)
        config.test_dataloader.dataset.pipeline.insert(
            3,
            dict(
                type='RandomCrop',
                crop_size=(32, 32),
                allow_negative_crop=True))
        refusal(config, 'cannot be differentiated through.*RandomCrop')

    def test_a_batch_of_none(self, root):
        config = config_of(root)
        config.test_cfg.batch_size = 0
        refusal(config, "`batch_size` must be positive or 'auto': 0")


class TestImagesThatFail:
    """One image takes no others with it, and is not credited to the rain."""

    @pytest.fixture(params=['raises', 'nan'])
    def metrics(self, request, root, monkeypatch):
        own = IterativeAttack.run

        def run(self, victim, images, targets, keys):
            if 5 in keys and request.param == 'raises':
                raise RuntimeError('no luck with 5')
            results = own(self, victim, images, targets, keys)
            for key, result in zip(keys, results):
                if key == 5:
                    result.image[0, 0, 0] = float('nan')
            return results

        monkeypatch.setattr(IterativeAttack, 'run', run)
        return runner_of(config_of(root)).test()

    def test_they_are_recorded_and_counted(self, metrics, root):
        assert metrics['run/failed_images'] == 1
        results = json.loads((root / 'work_dir/results.json').read_text())
        assert list(results['failed']) == ['000005']
        reason = results['failed']['000005']
        assert 'no luck with 5' in reason or 'holds NaN' in reason
        names = {p.stem for p in (root / 'work_dir/adversarial').iterdir()}
        assert names == {'000011', '000042', '000007'}


def test_an_image_that_fails_counts_as_clean_in_every_view(root, monkeypatch):
    """All fail, so every view is the clean one."""

    whole = IterativeAttack.run

    def run(self, victim, images, targets, keys):
        if keys == ['rehearsal']:
            return whole(self, victim, images, targets, keys)
        raise RuntimeError('no luck')

    config = config_of(root)
    runner = Runner.from_cfg(config)
    runner.model.load_state_dict(trained_detector().state_dict())
    monkeypatch.setattr(IterativeAttack, 'run', run)
    metrics = runner.test()
    clean = metrics['clean/coco/bbox_mAP']
    assert clean > 0.5
    for view in ('random', 'adversarial', 'adversarial_float'):
        assert metrics[f'{view}/coco/bbox_mAP'] == clean


def test_subfolders_are_used_by_every_file(root):
    config = config_of(root)
    config.test_cfg.subfolders = 2
    runner = runner_of(config)
    metrics = runner.test()
    found = sorted((root / 'work_dir/adversarial').rglob('*.png'))
    assert len(found) == 4
    assert all(len(path.parent.name) == 2 for path in found)
    content = json.loads(
        (root / 'work_dir/annotations/adversarial.json').read_text())
    assert {image['file_name']
            for image in content['images']} == {
                str(path.relative_to(root / 'work_dir/adversarial'))
                for path in found
            }
    assert metrics['run/failed_images'] == 0
