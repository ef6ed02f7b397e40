"""Curves, scores and pictures reach whatever backend a config names."""
import math
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.visualization import Visualizer

from mmadvrain.engine.hooks.attack_score_hook import (
    AttackScoreHook,
    attack_scores,
)
from mmadvrain.structures.run_results import RunResults

RESULTS = RunResults(
    views=dict(
        clean={'coco/bbox_mAP': .5}, adversarial={'coco/bbox_mAP': .125}),
    magnitude=dict(adversarial=dict(area=.25, linf=None)),
    num_images=3,
    seconds_per_image=2.,
    flags=dict(no_progress=['a', 'b']),
    failed=dict(c='broken'),
    problems={})
SCORES = {
    'clean/coco/bbox_mAP': .5,
    'adversarial/coco/bbox_mAP': .125,
    'magnitude/adversarial/area': .25,
    'flags/no_progress': 2.,
    'run/failed_images': 1.,
    'run/seconds_per_image': 2.
}
CURVES = [4., 2., math.nan], [2., 1., 5.]
IMAGE = np.random.default_rng(0).integers(0, 256, (8, 9, 3), dtype=np.uint8)


def visualizer_of(folder, **backend):
    visualizer = Visualizer(
        vis_backends=[backend], save_dir=str(folder), name=str(folder))
    visualizer.add_config(
        Config(dict(work_dir=str(folder), test_cfg=dict(steps=3))))
    return visualizer


def run_with(visualizer):
    """What an attack of two batches tells the hook, and a picture."""
    hook, runner = AttackScoreHook(), SimpleNamespace(visualizer=visualizer)
    for curve in CURVES:
        result = SimpleNamespace(losses=dict(margin=curve))
        hook.after_attack_iter(runner, 0, [None], [result], None, None)
    visualizer.add_image('rain_street.png', IMAGE)
    hook.after_attack(runner, RESULTS)


def test_scores_are_flat_and_finite():
    assert attack_scores(RESULTS) == SCORES


def test_curves_are_means_of_what_is_finite():
    sent = []
    run_with(
        SimpleNamespace(
            add_config=print,
            add_image=lambda *_: None,
            add_scalars=lambda scores, step=0: sent.append((step, scores))))
    assert sent == [(1, {
        'attack/margin': 3.,
        'attack/step': 1
    }), (2, {
        'attack/margin': 1.5,
        'attack/step': 2
    }), (3, {
        'attack/step': 3
    }), (0, SCORES)]


def test_tensorboard_gets_them(tmp_path):
    pytest.importorskip('tensorboard', reason='TensorBoard is not installed')
    from tensorboard.backend.event_processing import event_accumulator
    visualizer = visualizer_of(tmp_path, type='TensorboardVisBackend')
    run_with(visualizer)
    visualizer.close()
    events = event_accumulator.EventAccumulator(str(tmp_path /
                                                    'vis_data')).Reload()
    for name, value in SCORES.items():
        assert events.Scalars(name)[0].value == pytest.approx(value)
    assert [(e.step, e.value)
            for e in events.Scalars('attack/margin')] == [(1, 3.), (2, 1.5)]
    assert events.Images('rain_street.png')[0].width == 9


def test_mlflow_gets_them(tmp_path):
    mlflow = pytest.importorskip('mlflow', reason='MLflow is not installed')
    address = f'sqlite:///{tmp_path}/mlflow.db'
    visualizer = visualizer_of(
        tmp_path / 'run',
        type='MLflowVisBackend',
        tracking_uri=address,
        exp_name='rain',
        artifact_location=(tmp_path / 'artifacts').as_uri())
    run_with(visualizer)
    run = mlflow.active_run()
    visualizer.close()
    client = mlflow.MlflowClient(address)
    found = client.get_run(run.info.run_id).data
    assert {k: v for k, v in found.metrics.items() if k in SCORES} == SCORES
    assert found.params['test_cfg.steps'] == '3'
    curve = client.get_metric_history(run.info.run_id, 'attack/margin')
    assert [(m.step, m.value) for m in curve] == [(1, 3.), (2, 1.5)]
    picture, = (tmp_path / 'artifacts').rglob('rain_street.png')
    from PIL import Image
    np.testing.assert_array_equal(np.asarray(Image.open(picture)), IMAGE)


def test_wandb_gets_them_without_a_network(tmp_path, monkeypatch):
    wandb = pytest.importorskip('wandb', reason='wandb is not installed')
    monkeypatch.setenv('WANDB_SILENT', 'true')
    visualizer = visualizer_of(
        tmp_path,
        type='WandbVisBackend',
        init_kwargs=dict(mode='offline', project='rain'),
        define_metric_cfg=[dict(name='attack/*', step_metric='attack/step')])
    run_with(visualizer)
    summary = dict(wandb.run.summary)
    wandb.finish()
    assert {k: summary[k] for k in SCORES} == SCORES
    assert summary['attack/margin'] == 1.5
    assert len(list(tmp_path.rglob('rain_street*.png'))) == 1
    assert len(list(tmp_path.rglob('offline-run-*/run-*.wandb'))) == 1
