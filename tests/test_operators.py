"""NMS and RoIAlign of our own against MMCV's compiled ones."""
import subprocess
import sys
import textwrap

import mmcv.ops
import pytest
import torch

from mmadvrain.operators import StandIn, quick
from mmadvrain.operators.quick import quick_operators
from mmadvrain.operators.quick_roi_align import (
    quick_roi_align,
    quick_roi_align_backward,
)
from mmadvrain.operators.roi_align import plain_roi_align
from mmadvrain.operators.sparse_nms import sparse_nms
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


@pytest.mark.parametrize('aligned', [True, False])
@pytest.mark.parametrize('sampling_ratio', [0, 1, 3])
@pytest.mark.parametrize('extent', [60., 260.])
def test_quick_roi_align_and_its_gradient(aligned, sampling_ratio, extent):
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(2, 5, 17, 23, generator=generator)
    of_map = torch.randint(0, 2, (60, 1), generator=generator).float()
    rois = torch.cat([of_map, boxes(60, generator, extent)], 1)
    rois[0, 1:] = 5.  # without area
    rois[1, 1:] = torch.tensor([-500., -500, -300, -300])  # outside
    rois[2, 1:] = torch.tensor([-50., 20, 300, 40])  # wider than the map
    options = ((7, 5), 0.1, sampling_ratio, aligned)
    theirs = maps.clone().requires_grad_()
    wanted = mmcv.ops.roi_align(theirs, rois, *options[:3], 'avg', aligned)
    pooled = quick_roi_align(maps, rois, *options)
    torch.testing.assert_close(pooled, wanted, rtol=1e-6, atol=1e-6)
    direction = torch.randn(pooled.shape, generator=generator)
    direction[::3] = 0.  # which are passed over
    grad, = torch.autograd.grad(wanted, theirs, direction)
    ours = quick_roi_align_backward(direction, rois, maps.shape, *options)
    torch.testing.assert_close(
        ours, grad, rtol=1e-6, atol=1e-6 * float(grad.abs().max()))


def test_quick_roi_align_reads_any_layout():
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(1, 8, 9, 9, generator=generator)
    rois = torch.tensor([[0., 1, 2, 60, 70]])
    other = maps.contiguous(memory_format=torch.channels_last)
    args = (rois, (7, 7), 0.1, 0, True)
    assert torch.equal(
        quick_roi_align(other, *args), quick_roi_align(maps, *args))


def test_quick_roi_align_without_regions():
    maps, none = torch.rand(1, 3, 8, 8), torch.zeros(0, 5)
    args = (none, (2, 2))
    assert quick_roi_align(maps, *args, 1., 0, True).shape == (0, 3, 2, 2)
    grad = quick_roi_align_backward(
        torch.zeros(0, 3, 2, 2), none, maps.shape, (2, 2), 1., 0, True)
    assert torch.equal(grad, torch.zeros_like(maps))


@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('threshold', [0., 0.35, 0.5, 0.7, 1.])
@pytest.mark.parametrize('count,extent', [(0, 60.), (1, 60.), (300, 60.),
                                          (700, 400.)])
def test_nms(count, extent, threshold, offset):
    generator = torch.Generator().manual_seed(1)
    corners = boxes(count, generator, extent)
    corners[::7] = corners[::7].round()
    corners = torch.cat([corners, corners[:5]])  # some of them twice
    scores = torch.rand(len(corners), generator=generator)
    scores = (scores * 50).round() / 50  # some of them equal
    wanted = mmcv.ops.nms(corners, scores, threshold, offset=offset)[1]
    assert torch.equal(sparse_nms(corners, scores, threshold, offset), wanted)


def test_nms_of_more_pairs_than_are_looked_at_together(monkeypatch):
    generator = torch.Generator().manual_seed(1)
    corners, scores = boxes(200, generator, 60.), torch.arange(200.)
    wanted = sparse_nms(corners, scores, 0.4, 0)
    monkeypatch.setattr('mmadvrain.operators.sparse_nms._CHUNK', 50)
    assert torch.equal(sparse_nms(corners, scores, 0.4, 0), wanted)


def test_nms_with_and_without_sides():
    """Turned round, without area: such boxes overlap nothing."""
    corners = torch.tensor([[9., 9, 1, 1], [0, 0, 0, 9], [0, 0, 9, 9],
                            [0, 0, 9, 9]])
    scores = torch.tensor([4., 3, 2, 1])
    wanted = mmcv.ops.nms(corners, scores, 0.5)[1]
    assert sparse_nms(corners, scores, 0.5, 0).tolist() == wanted.tolist()


def test_of_equal_scores_the_first_comes_first():
    corners = torch.tensor([[0., 0, 10, 10], [0, 0, 10, 9], [20, 0, 30, 9]])
    kept = sparse_nms(corners, torch.ones(3), 0.5, 0, stable=True)
    assert kept.tolist() == [0, 2]


def _counted(monkeypatch):
    """Names of our own operators, as they are called."""
    calls = []
    for name in ('sparse_nms', 'quick_roi_align', 'quick_roi_align_backward'):
        own = getattr(quick, name)

        def count(*args, own=own, name=name):
            calls.append(name)
            return own(*args)

        monkeypatch.setattr(quick, name, count)
    return calls


def _pooled(maps, rois):
    leaf = maps.clone().requires_grad_()
    out = mmcv.ops.roi_align(leaf, rois, (7, 7), 1 / 8, 0, 'avg', True)
    return [out, *torch.autograd.grad(out.square().sum(), leaf)]


def test_mmcv_calls_ours_inside_and_its_own_outside(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(1, 64, 30, 30, generator=generator)
    corners = boxes(300, generator)
    rois = torch.cat([torch.zeros(300, 1), corners], 1)
    scores = torch.rand(300, generator=generator)
    calls = _counted(monkeypatch)
    wanted = [mmcv.ops.nms(corners, scores, 0.7)[1], *_pooled(maps, rois)]
    assert not calls
    with quick_operators(), quick_operators(False):
        found = [mmcv.ops.nms(corners, scores, 0.7)[1], *_pooled(maps, rois)]
    assert calls == [
        'sparse_nms', 'quick_roi_align', 'quick_roi_align_backward'
    ]
    assert torch.equal(found[0], wanted[0])
    for ours, theirs in zip(found[1:], wanted[1:]):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    mmcv.ops.nms(corners, scores, 0.7)
    with pytest.raises(ZeroDivisionError), quick_operators():
        raise ZeroDivisionError
    mmcv.ops.nms(corners, scores, 0.7)
    assert len(calls) == 3


def test_what_ours_are_not_made_for_is_left_to_mmcv(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(1, 64, 30, 30, generator=generator)
    rois = torch.cat([torch.zeros(40, 1), boxes(40, generator)], 1)
    corners, scores = boxes(300, generator), torch.rand(300)
    calls = _counted(monkeypatch)
    with quick_operators():
        mmcv.ops.nms(corners[:9], scores[:9], 0.7)  # too few
        mmcv.ops.nms(corners, scores, 0.1)  # too many pairs
        mmcv.ops.roi_align(maps, rois[:3], (7, 7), 1 / 8)
        mmcv.ops.roi_align(maps, rois, (7, 7), 1 / 8, 0, 'max')
        mmcv.ops.roi_align(maps.double(), rois.double(), (7, 7), 1 / 8)
    assert not calls


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
