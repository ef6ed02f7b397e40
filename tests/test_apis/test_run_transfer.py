"""A whole table on toy data: once, interrupted, resumed, reused."""
import copy
import csv
import json
import shutil

import pytest
import torch
from mmengine.config import Config

from mmadvrain.apis.run_transfer import run_transfer
from mmadvrain.engine.runner.view_scorer import ViewScorer
from tests.toys.made_once import trained_weights, write_plan
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
            strong=toy_attack(4, LOSS),
            weak=dict(toy_attack(1, LOSS), seed=3, views=['adversarial'])),
        metrics=[AP, f'{AP}_50'],
        paper=dict(
            table='Table 0',
            metric=AP,
            values=dict(clean=dict(one=43.21), strong=dict(one=2.2))))
    return write_plan(folder / 'plan.py', plan)


@pytest.fixture(scope='module')
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp('transfer')
    plan = make_plan(folder)
    return plan, folder / 'out', run_transfer(plan, str(folder / 'out'))


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
    return next(r['value'] for r in rows
                if (r['row'], r['victim'], r['metric']) == (row, victim,
                                                            metric))


def test_a_row_for_each_set_victim_and_metric(done):
    _, _, rows = done
    assert [(r['row'], r['victim'], r['metric']) for r in rows
            ] == [(row, victim, metric) for victim in ('two', 'one')
                  for row in ('clean', 'random (strong)', 'strong', 'weak')
                  for metric in (AP, f'{AP}_50')]


def test_rows_say_what_they_are(done):
    plan, _, rows = done
    row = rows[-1]
    assert row['config'] == str(plan.parent / 'one.py')
    assert row['source_config'] == str(plan.parent / 'two.py')
    assert row['checkpoint'] == str(trained_weights('one_stage'))
    assert len(row['sha256']) == 64
    assert (row['seed'], row['images'], row['view']) == (3, 6, 'adversarial')
    assert row['convention'] == 'COCO AP, IoU 0.50, 101 points, boxes'
    assert row['percent'] == row['value'] * 100
    assert set(row['quality']) >= {
        'psnr', 'ssim', 'area', 'chroma', 'seconds_per_image'
    }
    assert rows[0]['quality'] == {} and rows[0]['seed'] is None


def test_the_white_box_is_what_the_attack_itself_scored(done):
    _, out, rows = done
    for attack, seen in (('strong', ('clean', 'random', 'adversarial')),
                         ('weak', ('clean', 'adversarial'))):
        views = json.loads(
            (out / 'two' / attack / 'results.json').read_text())['views']
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
    ann_file = str(out / 'two/strong/annotations/adversarial.json')
    config.test_dataloader.dataset.update(
        data_root='',
        ann_file=ann_file,
        data_prefix=dict(img=str(out / 'two/strong/adversarial')))
    config.test_evaluator.ann_file = ann_file
    assert value(rows, 'strong', 'one') == pytest.approx(
        Runner.from_cfg(config).test()[AP], abs=6e-4)


def test_files(done):
    _, out, rows = done
    stored = json.loads((out / 'transfer.json').read_text())
    assert stored['rows'] == rows and stored['title'] == 'toys'
    with open(out / 'transfer.csv') as file:
        lines = list(csv.DictReader(file))
    assert [float(line['value'])
            for line in lines] == pytest.approx([row['value'] for row in rows],
                                                rel=1e-15)
    percent = f'{100 * value(rows, "strong", "one"):.1f} (2.2)'
    assert f' {percent} |' in (out / 'transfer.md').read_text()
    assert f'& {percent} ' in (out / 'transfer.tex').read_text()


def test_nothing_is_done_twice(again, scored, monkeypatch):
    plan, out, rows = again
    monkeypatch.setattr('mmadvrain.apis.transfer_sets.run_attack', None)
    assert run_transfer(plan, str(out)) == rows
    assert scored == []


def test_an_interrupted_attack_goes_on(again, scored):
    plan, out, rows = again
    root = out / 'two/strong'
    for name in ('set.json', 'results.json'):
        (root / name).unlink()
    records = sorted((root / 'records').glob('*.json'))
    records[0].unlink()
    kept = records[1].stat().st_mtime_ns
    redone = run_transfer(plan, str(out))
    assert records[1].stat().st_mtime_ns == kept
    assert [r['value'] for r in redone] == [r['value'] for r in rows]
    # the victim's scores are those of the same images
    assert {name for name, _ in scored} == {'FasterRCNN'}


def test_an_interrupted_score_goes_on(again, scored):
    plan, out, rows = again
    next((out / 'scores/one').glob('*strong.random*')).unlink()
    next((out / 'scores/two').glob('*strong.random*')).unlink()
    assert run_transfer(plan, str(out)) == rows
    assert scored == [('RetinaNet', 'random')]


def test_other_weights_are_scored_anew(again, scored, tmp_path):
    plan, out, rows = again
    weights = torch.load(trained_weights('one_stage'))
    weights['bbox_head.retina_cls.weight'] *= 0.5
    torch.save(weights, tmp_path / 'other.pth')
    redone = run_transfer(
        plan,
        str(out),
        cfg_options={'victims.one.checkpoint': str(tmp_path / 'other.pth')})
    assert len(scored) == 4
    assert value(redone, 'clean', 'one') != value(rows, 'clean', 'one')
    assert value(redone, 'strong', 'two') == value(rows, 'strong', 'two')


def test_damaged_images_are_attacked_and_scored_anew(again, scored):
    plan, out, rows = again
    next((out / 'two/weak/adversarial').glob('*.png')).unlink()
    redone = run_transfer(plan, str(out))
    assert [r['value'] for r in redone] == [r['value'] for r in rows]
    assert {name for name, _ in scored} == {'FasterRCNN'}


def test_other_settings_need_overwrite(again):
    plan, out, _ = again
    options = {'attacks.strong.steps': 1}
    with pytest.raises(ValueError, match='another run: attack.*--overwrite'):
        run_transfer(plan, str(out), copy.deepcopy(options))
    run_transfer(plan, str(out), options, overwrite=True)
    record = next((out / 'two/strong/records').glob('*.json'))
    assert len(json.loads(record.read_text())['summed_losses']) == 1


def test_a_victim_with_classes_and_metric_of_its_own(again):
    """KITTI's protocol on the toys, with red for cars."""
    plan, out, _ = again
    metric = dict(
        _delete_=True,
        type='mmadvrain.KittiMetric',
        ann_file=str(plan.parent / 'annotations.json'),
        class_map=dict(red='Car', green='Pedestrian'),
        min_overlaps=dict(Car=0.5, Pedestrian=0.5))
    rows = run_transfer(
        plan,
        str(out),
        cfg_options={
            'victims.one.test_evaluator': metric,
            'metrics': [AP, 'kitti/mAP_hard_R40']
        })
    ours = {r['metric']: r for r in rows if r['victim'] == 'one'}
    assert set(ours) == {'kitti/mAP_hard_R40'}
    row = ours['kitti/mAP_hard_R40']
    assert row['percent'] == row['value']
    assert row['convention'].startswith('KITTI 2D AP, mean of classes, hard')
    # a table shows the victims that have its metric
    text = (out / 'transfer.md').read_text()
    assert '|  | two |' in text and '|  | one |' in text


def test_data_that_the_set_lacks(again):
    plan, out, _ = again
    config = Config.fromfile(plan)
    config.sources.two.test_dataloader = dict(dataset=dict(indices=2))
    config.victims.one.test_dataloader = dict(dataset=dict(indices=[4, 5]))
    with pytest.raises(ValueError, match='lacks 2 of them'):
        run_transfer(config, str(out / 'new'))


def test_no_weights_before_any_work(done, tmp_path):
    plan, _, _ = done
    with pytest.raises(ValueError, match='one has no weights'):
        run_transfer(plan, str(tmp_path), {'victims.one.checkpoint': ''})
    with pytest.raises(FileNotFoundError, match='file of weights is wanted'):
        run_transfer(plan, str(tmp_path), {'victims.one.checkpoint': 'x.pth'})
    assert list(tmp_path.iterdir()) == []


def test_classifiers(tmp_path, scored):
    write_toy_classes(tmp_path, 3)
    toy = toy_class_config(tmp_path, attack=dict(steps=1))
    toy.dump(tmp_path / 'toy.py')
    # the network's file names the weights, there or on the command line
    blank = copy.deepcopy(toy)
    blank.model.network = dict(type='mmadvrain.TorchScriptNetwork')
    blank.dump(tmp_path / 'blank.py')
    shutil.copy(tmp_path / 'toy.ts.pt', tmp_path / 'other.ts.pt')
    other = dict(config='blank.py', checkpoint=str(tmp_path / 'other.ts.pt'))
    plan = write_plan(
        tmp_path / 'plan.py',
        dict(
            sources=dict(toy=dict(config='toy.py')),
            victims=dict(toy=dict(config='toy.py'), other=other),
            attacks=dict(rain='toy.py'),
            metrics=['cls/success_all', 'cls/success_on_correct']))
    with pytest.raises(ValueError, match='set `trust=True`'):
        run_transfer(plan, str(tmp_path / 'out'))
    assert not (tmp_path / 'out').exists()  # before any work
    rows = run_transfer(plan, str(tmp_path / 'out'), trust=True)
    values = {(r['victim'], r['row'], r['metric']): r['value'] for r in rows}
    # random and adversarial have two rates, clean images have one
    assert len(values) == 10 and values['toy', 'clean', 'cls/success_all'] == 0
    for (_, row, metric), value in values.items():
        assert value == values['toy', row, metric]
    assert rows[0]['percent'] == 100 * rows[0]['value']
    assert rows[0]['convention'] == 'success rate over all images'
    # a score that is done again knows the clean images again
    for path in (tmp_path / 'out/scores/other').glob('*.adversarial-*.json'):
        path.unlink()
    scored.clear()
    assert run_transfer(plan, str(tmp_path / 'out'), trust=True) == rows
    assert [view for _, view in scored] == ['clean', 'adversarial']
