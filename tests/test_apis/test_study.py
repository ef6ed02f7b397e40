"""A whole table on toy data: once, interrupted, resumed, reused."""
import copy
import csv
import json
import shutil

import pytest
import torch
from mmengine.config import Config

from mmadvrain.apis.study import run_study
from mmadvrain.apis.study_sets import StudySet
from mmadvrain.engine.runner.view_scorer import ViewScorer
from mmadvrain.evaluation.report import matrix
from mmadvrain.structures.study_row import StudyRow
from tests.toys.made_once import trained_weights, write_plan
from tests.toys.records import drop_record, read_records
from tests.toys.toy_classes import (
    toy_class_config,
    write_toy_classes,
)
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import (
    toy_attack,
    toy_config,
    toy_retinanet,
)

LOSS = [dict(type='mmadvrain.DetectorLossObjective')]
AP = 'coco/bbox_mAP'


def make_plan(folder):
    """Source and victim of one kind, and a victim of another."""
    write_toy_coco(folder)
    toy_config(folder).dump(folder / 'two.py')
    toy_config(folder, model=toy_retinanet()).dump(folder / 'one.py')
    two = dict(config='two.py', checkpoint=str(trained_weights()))
    one = dict(config='one.py', checkpoint=str(trained_weights('one_stage')))
    plan = dict(
        title='toys',
        sources=dict(two=two),
        victims=dict(two=dict(two), one=one),
        attacks=dict(
            strong=dict(attack=toy_attack(4, LOSS)),
            weak=dict(
                attack=dict(toy_attack(1, LOSS), seed=3),
                views=['adversarial'])),
        metrics=[AP, f'{AP}_50'],
        paper=dict(
            table='Table 0',
            metric=AP,
            values=dict(
                clean=dict(one=43.21), attacks=dict(strong=dict(one=2.2)))))
    return write_plan(folder / 'plan.py', plan)


@pytest.fixture(scope='module')
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp('transfer')
    plan = make_plan(folder)
    return plan, folder / 'out', run_study(plan, str(folder / 'out'))


@pytest.fixture
def again(done, tmp_path):
    """A copy of the finished run that a test may damage."""
    plan, out, rows = done
    shutil.copytree(out, tmp_path / 'out')
    return plan, tmp_path / 'out', rows


@pytest.fixture
def scored(monkeypatch):
    """Views that are scored from here on."""
    seen = []
    whole = ViewScorer.score_files

    def score_files(self, view):
        seen.append((type(self.model).__name__, view))
        return whole(self, view)

    monkeypatch.setattr(ViewScorer, 'score_files', score_files)
    return seen


def value(rows, row, victim, metric=AP):
    return next(
        r.value for r in rows
        if (r.row, r.victim, r.metric) == (row, victim, metric))


def values(rows):
    return [row.value for row in rows]


def root_of(out, label):
    return next((out / 'sets/two').glob(f'{label}-*'))


def test_a_row_for_each_set_victim_and_metric(done):
    _, _, rows = done
    assert [(r.row, r.victim, r.metric) for r in rows
            ] == [(row, victim, metric) for victim in ('two', 'one')
                  for row in ('clean', 'random (strong)', 'strong', 'weak')
                  for metric in (AP, f'{AP}_50')]


def test_rows_say_what_they_are(done):
    plan, out, rows = done
    row = rows[-1]
    assert row.victim_config == str(plan.parent / 'one.py')
    assert row.source_config == str(plan.parent / 'two.py')
    assert row.checkpoint == str(trained_weights('one_stage'))
    assert len(row.sha256) == 64
    assert (row.seed, row.images, row.view) == (3, 6, 'adversarial')
    assert row.convention == 'COCO AP, IoU 0.50, 101 points, boxes'
    assert out / row.folder == root_of(out, 'weak')
    assert 0 <= row.low <= row.value <= row.high <= 1
    assert set(row.quality) >= {
        'psnr', 'ssim', 'area', 'chroma', 'seconds_per_image'
    }
    assert rows[0].quality == {} and rows[0].seed is None


def test_the_white_box_is_what_the_attack_itself_scored(done):
    _, out, rows = done
    for attack, seen in (('strong', ('clean', 'random', 'adversarial')),
                         ('weak', ('clean', 'adversarial'))):
        views = json.loads(
            (root_of(out, attack) / 'results.json').read_text())['views']
        for view in seen:
            name = dict(
                clean='clean', random=f'random ({attack})').get(view, attack)
            assert value(rows, name, 'two') == views[view][AP]


def test_it_attacks_and_transfers(done):
    _, _, rows = done
    assert value(rows, 'clean', 'two') > 0.5
    assert value(rows, 'strong', 'two') < value(rows, 'weak', 'two')
    assert value(rows, 'strong', 'one') < value(rows, 'clean', 'one')


def test_mmdets_own_loop_gives_the_victims_score(done):
    from mmengine.runner import Runner
    plan, out, rows = done
    config = Config.fromfile(plan.parent / 'one.py')
    config.load_from = str(trained_weights('one_stage'))
    config.work_dir = str(plan.parent / 'scored')
    root = root_of(out, 'strong')
    ann_file = str(root / 'annotations/adversarial.json')
    config.test_dataloader.dataset.update(
        data_root='',
        ann_file=ann_file,
        data_prefix=dict(img=str(root / 'adversarial')))
    config.test_evaluator.ann_file = ann_file
    assert value(rows, 'strong', 'one') == pytest.approx(
        Runner.from_cfg(config).test()[AP], abs=6e-4)


def test_files(done):
    _, out, rows = done
    stored = json.loads((out / 'study.json').read_text())
    assert [StudyRow(**row) for row in stored['rows']] == rows
    assert stored['title'] == 'toys, white box two'
    with open(out / 'study.csv') as file:
        lines = list(csv.DictReader(file))
    assert [float(line['value']) for line in lines] == pytest.approx(
        values(rows), rel=1e-15)
    row = next(r for r in rows if (r.row, r.victim) == ('strong', 'one'))
    text = ' '.join([
        f'{100 * row.value:.1f}',
        f'[{100 * row.low:.1f}, {100 * row.high:.1f}]', '(2.2)'
    ])
    assert f' {text} |' in (out / 'study.md').read_text()
    assert f' {text} ' in (out / 'study.tex').read_text()
    assert (out / 'attacks.png').stat().st_size > 5000


def test_nothing_is_done_twice(again, scored, monkeypatch):
    plan, out, rows = again
    monkeypatch.setattr('mmadvrain.apis.study_sets.run_attack', None)
    assert run_study(plan, str(out)) == rows
    assert scored == []


def test_an_interrupted_attack_goes_on(again, scored):
    plan, out, rows = again
    root = root_of(out, 'strong')
    for name in ('set.json', 'results.json'):
        (root / name).unlink()
    first, second, *_ = read_records(root)
    drop_record(root, first)
    image = root / f'adversarial/{second}.png'
    kept = image.stat().st_mtime_ns
    redone = run_study(plan, str(out))
    assert image.stat().st_mtime_ns == kept
    assert values(redone) == values(rows)
    # the victim's scores are those of the same images
    assert {name for name, _ in scored} == {'FasterRCNN'}


def test_damaged_results_are_made_anew(again):
    plan, out, rows = again
    path = root_of(out, 'strong') / 'results.json'
    path.write_text(path.read_text()[:-9])
    assert values(run_study(plan, str(out))) == values(rows)


def test_an_interrupted_score_goes_on(again, scored):
    plan, out, rows = again
    next((out / 'scores/one').glob('*strong*.random-*')).unlink()
    next((out / 'scores/two').glob('*strong*.random-*')).unlink()
    assert run_study(plan, str(out)) == rows
    assert scored == [('RetinaNet', 'random')]


def test_other_weights_are_scored_anew(again, scored, tmp_path):
    plan, out, rows = again
    weights = torch.load(trained_weights('one_stage'))
    weights['bbox_head.retina_cls.weight'] *= 0.5
    torch.save(weights, tmp_path / 'other.pth')
    redone = run_study(
        plan,
        str(out),
        cfg_options={'victims.one.checkpoint': str(tmp_path / 'other.pth')})
    # clean, both views of one set, and the only one that tables show of `weak`
    assert sorted(view for _, view in scored) == [
        'adversarial', 'adversarial', 'clean', 'random'
    ]
    assert value(redone, 'clean', 'one') != value(rows, 'clean', 'one')
    assert value(redone, 'strong', 'two') == value(rows, 'strong', 'two')


def test_damaged_images_are_attacked_and_scored_anew(again, scored):
    plan, out, rows = again
    next((root_of(out, 'weak') / 'adversarial').glob('*.png')).unlink()
    redone = run_study(plan, str(out))
    assert values(redone) == values(rows)
    assert {name for name, _ in scored} == {'FasterRCNN'}


def test_other_settings_are_another_set(again):
    plan, out, rows = again
    redone = run_study(plan, str(out), {'test_cfg.attack.steps': 1})
    assert len(list((out / 'sets/two').glob('strong-*'))) == 2
    assert value(redone, 'weak', 'two') == value(rows, 'weak', 'two')
    assert value(redone, 'strong', 'two') > value(rows, 'strong', 'two')


def test_other_metrics_attack_nothing(again, monkeypatch):
    """KITTI's protocol on the toys, with red for cars."""
    plan, out, _ = again
    monkeypatch.setattr('mmadvrain.apis.study_sets.run_attack', None)
    metric = dict(
        _delete_=True,
        type='mmadvrain.KittiMetric',
        ann_file=str(plan.parent / 'annotations.json'),
        class_map=dict(red='Car', green='Pedestrian'),
        min_overlaps=dict(Car=0.5, Pedestrian=0.5))
    rows = run_study(
        plan,
        str(out),
        cfg_options={
            'victims.one.test_evaluator': metric,
            'metrics': [AP, 'kitti/mAP_hard_R40']
        })
    ours = {r.metric: r for r in rows if r.victim == 'one'}
    assert set(ours) == {'kitti/mAP_hard_R40'}
    row = ours['kitti/mAP_hard_R40']
    assert row.scale == 1
    assert row.convention.startswith('KITTI 2D AP, mean of classes, hard')
    # a table shows the victims that have its metric
    assert matrix(rows, 'attacks', AP)[0] == ['', 'two']
    assert matrix(rows, 'attacks', row.metric)[0] == ['', 'one']


def test_the_first_metric_that_the_data_have_is_drawn(again):
    plan, out, _ = again
    (out / 'attacks.png').unlink()
    run_study(plan, str(out), {'metrics': ['kitti/mAP_hard_R40', AP]})
    assert (out / 'attacks.png').stat().st_size > 5000


def test_data_that_the_set_lacks(again):
    plan, out, _ = again
    config = Config.fromfile(plan)
    config.sources.two.test_dataloader = dict(dataset=dict(indices=2))
    config.victims.one.test_dataloader = dict(dataset=dict(indices=[4, 5]))
    with pytest.raises(RuntimeError, match='lacks 2 of them'):
        run_study(config, str(out / 'new'))


@pytest.mark.parametrize('options, error, match', [
    ({
        'victims.one.checkpoint': ''
    }, ValueError, 'one has no weights'),
    ({
        'victims.one.checkpoint': 'x.pth'
    }, FileNotFoundError, 'file of weights is wanted'),
    ({
        'test_cfg.random_views': ['colour']
    }, ValueError, 'random_views'),
    ({
        'attacks.weak.attack.perturbation.init.density': 2.
    }, ValueError, "'weak' cannot be built.*drops per pixel"),
])
def test_what_does_not_fit_fails_before_any_work(done, tmp_path, options,
                                                 error, match):
    plan, _, _ = done
    with pytest.raises(error, match=match):
        run_study(plan, str(tmp_path), options)
    assert list(tmp_path.iterdir()) == []


def test_weights_of_another_network_fail_before_any_work(done, tmp_path):
    plan, _, _ = done
    with pytest.raises(ValueError, match='has no weights for the bbox_head'):
        run_study(plan, str(tmp_path),
                  {'victims.one.checkpoint': str(trained_weights())})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_part_leaves_the_others(again, monkeypatch):
    plan, out, rows = again
    whole = StudySet.make

    def make(self, trust=False):
        if self.cells[0].label == 'strong':
            raise OSError('no space left')
        whole(self, trust)

    monkeypatch.setattr(StudySet, 'make', make)
    with pytest.raises(RuntimeError, match='1 of 4 parts failed.*no space'):
        run_study(plan, str(out), {'test_cfg.batch_size': 3})
    stored = json.loads((out / 'study.json').read_text())['rows']
    assert {row['row'] for row in stored} == {'clean', 'weak'}


def test_several_processes_make_the_same(done, tmp_path):
    plan, _, rows = done
    again = run_study(plan, str(tmp_path), jobs=2)
    assert values(again) == values(rows)
    with pytest.raises(ValueError, match='positive number of jobs'):
        run_study(plan, str(tmp_path), jobs=0)


def test_processes_import_what_the_file_of_an_attack_imports(
        done, tmp_path, monkeypatch):
    plan, _, _ = done
    (tmp_path / 'own_objective.py').write_text(
        'from mmadvrain.attacks import DetectorLossObjective\n'
        'from mmadvrain.registry import TASK_UTILS\n'
        '@TASK_UTILS.register_module(force=True)\n'
        'class OwnObjective(DetectorLossObjective): pass\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    attack = toy_attack(1, [dict(type='mmadvrain.OwnObjective')])
    (tmp_path / 'attack.py').write_text(
        "custom_imports = dict(imports=['own_objective'], "
        'allow_failed_imports=False)\n'
        f"attack_loop = dict(type='mmadvrain.AttackLoop', attack={attack})\n")
    config = Config.fromfile(plan)
    config.attacks = dict(own=str(tmp_path / 'attack.py'))
    config.victims = dict(two=config.victims.two)
    rows = run_study(config, str(tmp_path / 'out'), jobs=2)
    assert {row.row for row in rows} == {'clean', 'random (own)', 'own'}


def test_classifiers_and_a_sweep(tmp_path, scored):
    """Two victims, a sweep of numbers, and random rain by three measures."""
    write_toy_classes(tmp_path, 3)
    toy = toy_class_config(tmp_path, attack=dict(steps=1))
    toy.dump(tmp_path / 'toy.py')
    # the network's file names the weights, there or on the command line
    blank = copy.deepcopy(toy)
    blank.model.network = dict(type='mmadvrain.TorchScriptNetwork')
    blank.dump(tmp_path / 'blank.py')
    shutil.copy(tmp_path / 'toy.ts.pt', tmp_path / 'other.ts.pt')
    other = dict(config='blank.py', checkpoint=str(tmp_path / 'other.ts.pt'))
    density = 'test_cfg.attack.perturbation.init.density'
    plan = write_plan(
        tmp_path / 'plan.py',
        dict(
            sources=dict(toy=dict(config='toy.py')),
            victims=dict(toy=dict(config='toy.py'), other=other),
            test_cfg=dict(random_views=['l2', 'brightness']),
            sweeps=dict(
                eps_n={
                    '0.03': dict(),
                    'same': dict(options={density: 0.03}, x=0.04),
                    '0.01': dict(options={density: 0.01})
                }),
            metrics=['cls/success_all', 'cls/success_on_correct']))
    with pytest.raises(ValueError, match='set `trust=True`'):
        run_study(plan, str(tmp_path / 'out'))
    assert not (tmp_path / 'out').exists()  # before any work
    rows = run_study(plan, str(tmp_path / 'out'), trust=True)
    found = {(r.victim, r.row, r.metric): r for r in rows}
    # four views have two rates, clean images have one
    assert len(found) == 2 * (1 + 3 * 4 * 2)
    assert found['toy', 'clean', 'cls/success_all'].value == 0
    for (_, row, metric), entry in found.items():
        assert entry.value == found['toy', row, metric].value
        assert entry.low <= entry.value <= entry.high
        assert entry.convention and entry.scale == 100
    # cells that come out alike are one set
    folders = {r.label: r.folder for r in rows if r.sweep}
    assert folders['0.03'] == folders['same'] != folders['0.01']
    magnitude = {
        r.view: r.quality
        for r in rows if r.label == '0.03' and r.victim == 'toy'
    }
    for measure in ('l2', 'brightness'):
        assert magnitude[f'random_{measure}'][measure] == pytest.approx(
            magnitude['adversarial'][measure], rel=0.03)
    assert (tmp_path / 'out/eps_n.png').stat().st_size > 5000
    # a score that is done again knows the clean images again
    for path in (tmp_path / 'out/scores/other').glob('*0.01*.adversarial-*'):
        if path.is_file():
            path.unlink()
    scored.clear()
    assert run_study(plan, str(tmp_path / 'out'), trust=True) == rows
    assert [view for _, view in scored] == ['clean', 'adversarial']


def test_a_study_ends_with_its_report(done):
    _, out, rows = done
    text = (out / 'report.html').read_text()
    for cell in sum(matrix(rows, 'attacks', AP)[1], []):
        assert f'>{cell}<' in text
    assert 'data:image/png;base64,' in text
    for row in rows:
        assert row.sha256 in text
        if row.folder:
            assert f'href="{row.folder}/report.html"' in text
            assert (out / row.folder / 'report.html').is_file()
