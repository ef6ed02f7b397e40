"""NMS and RoIAlign of our own against MMCV's compiled ones."""
import subprocess
import sys
import textwrap

import mmcv.ops
import pytest
import torch

from mmadvrain.operators import StandIn
from mmadvrain.operators.nms import plain_nms
from mmadvrain.operators.roi_align import plain_roi_align
from tests.toys.made_once import trained_weights


def boxes(count, generator, extent=200., margin=40.):
    corners = torch.rand(count, 4, generator=generator) * extent - margin
    return torch.cat([
        torch.minimum(corners[:, :2], corners[:, 2:]),
        torch.maximum(corners[:, :2], corners[:, 2:])
    ], 1)


@pytest.mark.parametrize('aligned', [True, False])
@pytest.mark.parametrize('sampling_ratio', [0, 1, 3])
def test_roi_align_and_its_gradient(aligned, sampling_ratio):
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(2, 5, 17, 23, generator=generator)
    of_map = torch.randint(0, 2, (40, 1), generator=generator).float()
    rois = torch.cat([of_map, boxes(40, generator)], 1)
    rois[0, 1:] = 5.  # without area
    rois[1, 1:] = torch.tensor([-500., -500, -300, -300])  # outside
    ours, theirs = (maps.clone().requires_grad_() for _ in range(2))
    pooled = plain_roi_align(ours, rois, (7, 5), 0.1, sampling_ratio, aligned)
    wanted = mmcv.ops.roi_align(theirs, rois, (7, 5), 0.1, sampling_ratio,
                                'avg', aligned)
    torch.testing.assert_close(pooled, wanted, rtol=1e-5, atol=1e-5)
    direction = torch.randn(pooled.shape, generator=generator)
    grads = [
        torch.autograd.grad((out * direction).sum(), leaf)[0]
        for out, leaf in ((pooled, ours), (wanted, theirs))
    ]
    torch.testing.assert_close(*grads, rtol=1e-5, atol=1e-5)


def test_roi_align_without_regions():
    maps = torch.rand(1, 3, 8, 8)
    assert plain_roi_align(maps, torch.zeros(0, 5), (2, 2), 1., 0,
                           True).shape == (0, 3, 2, 2)


@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('count', [0, 1, 300])
def test_nms(count, offset):
    generator = torch.Generator().manual_seed(1)
    corners = boxes(count, generator, extent=60.)
    scores = torch.rand(count, generator=generator)
    wanted = mmcv.ops.nms(corners, scores, 0.5, offset=offset)[1]
    assert torch.equal(plain_nms(corners, scores, 0.5, offset), wanted)


def test_of_equal_scores_the_first_comes_first():
    corners = torch.tensor([[0., 0, 10, 10], [0, 0, 10, 9], [20, 0, 30, 9]])
    assert plain_nms(corners, torch.ones(3), 0.5, 0).tolist() == [0, 2]


def test_another_operator_is_refused_by_its_name():
    with pytest.raises(NotImplementedError, match="'softnms' of mmcv"):
        StandIn().softnms(torch.zeros(1, 4))
    with pytest.raises(NotImplementedError, match='by the maximum'):
        StandIn().roi_align_forward(
            *5 * [None],
            aligned_height=1,
            aligned_width=1,
            spatial_scale=1.,
            sampling_ratio=0,
            pool_mode=0,
            aligned=True)


def test_a_detector_without_compiled_operators_is_the_same():
    """Predictions and losses of one process with, and of one without."""
    code = textwrap.dedent('''
        import sys, warnings
        from importlib.machinery import PathFinder
        if sys.argv[1] == 'without':
            whole = PathFinder.find_spec.__func__
            def hidden(cls, name, *args, **kwargs):
                return None if name == 'mmcv._ext' else whole(
                    cls, name, *args, **kwargs)
            PathFinder.find_spec = classmethod(hidden)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter('always')
            import mmadvrain
            assert not said  # it does not matter yet
            import mmcv.ops
        said = [str(one.message) for one in said]
        assert any('no compiled operators' in text for text in said) == (
            sys.argv[1] == 'without'), said
        import torch
        from mmengine.model import revert_sync_batchnorm
        revert_sync_batchnorm(torch.nn.Identity())  # asks for operators
        from tests.toys import toy_images
        from tests.toys.toy_detector import (build_toy_detector,
                                             toy_faster_rcnn)
        from mmadvrain.victims import DetectorVictim
        from mmadvrain.attacks import IterativeAttack
        model = build_toy_detector(toy_faster_rcnn())
        model.load_state_dict(torch.load(sys.argv[2]))
        assert (type(sys.modules['mmcv._ext']).__name__ == 'StandIn') == (
            sys.argv[1] == 'without')
        sample = toy_images()[0]
        attack = IterativeAttack(
            steps=3, perturbation=dict(type='mmadvrain.RainPerturbation'),
            objectives=[dict(type='mmadvrain.DetectorLossObjective')])
        victim = DetectorVictim(model)
        result, = attack.run(victim, [sample.clean], [sample.target], [0])
        found, = victim.predict([result.image], [sample.target])
        print(result.summed_losses, found.pred_instances.scores.tolist())
    ''')
    weights = str(trained_weights())
    printed = []
    for how in ('with', 'without'):
        done = subprocess.run(
            [sys.executable, '-W', 'ignore', '-c', code, how, weights],
            capture_output=True,
            text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        line = done.stdout.splitlines()[-1]
        numbers = line.replace('[', ' ').replace(']', ' ').replace(',', ' ')
        printed.append([float(number) for number in numbers.split()])
    assert printed[0] == pytest.approx(printed[1], rel=1e-3, abs=1e-4)
