"""The bridge to the reference evaluator, on a stand-in with its interface."""
import sys
import textwrap

import numpy as np
import pytest

from mmadvrain.datasets.kitti_format import kitti_detections
from mmadvrain.evaluation.functional.kitti_eval import MIN_OVERLAPS, kitti_ap
from tests.test_tools.run_tool import load_tool

tool = load_tool('analysis_tools/kitti_reference.py')
disagreements = tool.disagreements
load_reference, reference_ap = tool.load_reference, tool.reference_ap

# fails below 50 images unless it is asked for fewer parts, as the reference
STAND_IN = """
import numpy as np
calls = []

def eval_class(gt_annos, dt_annos, current_classes, difficultys, metric,
               min_overlaps, compute_aos=False, num_parts=50):
    if num_parts > len(gt_annos):
        raise ValueError('need at least one array to concatenate')
    calls.append((current_classes, difficultys, metric, min_overlaps))
    for anno in gt_annos + dt_annos:
        num = len(anno['name'])
        assert anno['bbox'].shape == (num, 4)
        assert anno['alpha'].shape == (num,)
    assert all('score' in anno for anno in dt_annos)
    curves = np.zeros((len(current_classes), len(difficultys), 1, 41))
    curves[:] = np.array({curve})
    return dict(precision=curves)
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(curve, name='kitti_stand_in'):
        text = textwrap.dedent(STAND_IN).replace('{curve}', repr(curve))
        (tmp_path / f'{name}.py').write_text(text.replace('nan', 'np.nan'))
        monkeypatch.delitem(sys.modules, name, raising=False)
        return load_reference(name)

    return make


def scene(number=1):
    boxes = np.array([[100. * i, 0, 100. * i + 90, 90] for i in range(number)])
    gt = dict(
        name=['Car'] * number,
        bbox=boxes,
        occluded=np.zeros(number, int),
        truncated=np.zeros(number))
    return [gt], [kitti_detections(['Car'] * number, boxes, np.ones(number))]


CHECKOUT = """
import numba
import numpy as np
from second.core.non_max_suppression.nms_gpu import rotate_iou_gpu_eval


@numba.jit
def double(value):
    return 2 * value


@numba.jit(nopython=True, parallel=True)
def triple(value):
    return 3 * value


def rotated(boxes):
    return rotate_iou_gpu_eval(boxes, boxes, -1)


def eval_class(gt_annos, dt_annos, current_classes, difficultys, metric,
               min_overlaps, num_parts):
    curves = np.full((len(current_classes), len(difficultys), 1, 41),
                     double(1) + triple(1))
    return dict(precision=curves)
"""


@pytest.mark.parametrize('named', ['folder', 'file'])
def test_an_untouched_checkout_is_imported_without_what_it_lacks(
        named, tmp_path):
    """numba and the code for rotated boxes need not be installed."""
    (tmp_path / 'eval.py').write_text(CHECKOUT)
    before = set(sys.modules)
    module = load_reference(
        str(tmp_path if named == 'folder' else tmp_path / 'eval.py'))
    gts, dets = scene()
    result = reference_ap(module, gts, dets, dict(Car=.7))
    assert result['Car']['easy'] == (500., 500.)
    if 'second' not in before:
        with pytest.raises(RuntimeError, match='rotated boxes want the GPU'):
            module.rotated([])
        assert not [name for name in sys.modules if name.startswith('second')]


def test_it_is_called_as_it_wants_to_be(stand_in):
    module = stand_in([1.] + [0.] * 40)
    gts, dets = scene()
    limits = dict(Pedestrian=.5, Car=.7)
    result = reference_ap(module, gts, dets, limits)
    classes, levels, metric, overlaps = module.calls[0]
    assert (classes, levels, metric) == ([1, 0], [0, 1, 2], 0)
    # limits by [row, metric, class]
    assert overlaps.shape == (1, 3, 2)
    assert overlaps[0, 0].tolist() == [.5, .7]
    assert result['Car']['easy'] == (pytest.approx(100 / 11), 0)
    assert list(result['Pedestrian']) == ['easy', 'moderate', 'hard']


def test_agreement_and_disagreement(stand_in):
    gts, dets = scene()
    ours = kitti_ap(gts, dets, dict(Car=.7))
    same = reference_ap(stand_in([1.] + [0.] * 40), gts, dets, dict(Car=.7))
    assert disagreements(ours, same) == []
    other = reference_ap(
        stand_in([1., 1e-7] + [0.] * 39, 'second'), gts, dets, dict(Car=.7))
    assert disagreements(ours, other) == []
    other = reference_ap(
        stand_in([1., 1e-6] + [0.] * 39, 'third'), gts, dets, dict(Car=.7))
    lines = disagreements(ours, other)
    assert len(lines) == 3
    assert lines[0].startswith('Car easy R40: 0.0 here, 2.')


def test_nan_agrees_only_with_a_raised_flag(stand_in):
    module = stand_in([float('nan')] + [0.] * 40)
    gts, dets = scene()
    theirs = reference_ap(module, gts, dets, dict(Car=.7))
    assert len(disagreements(kitti_ap(gts, dets, dict(Car=.7)), theirs)) == 3
    # the case in which nothing is left to divide
    gt = dict(
        name=['Car', 'Car'],
        bbox=np.array([[0., 0, 100, 27], [0, 0, 100, 30]]),
        occluded=np.array([3, 0]),
        truncated=np.zeros(2))
    det = kitti_detections(['Car'] * 2,
                           np.array([[0., 0, 100, 24], [0, 0, 100, 28.5]]),
                           np.array([.9, .8]))
    ours = kitti_ap([gt], [det], dict(Car=.7))
    assert ours['Car']['moderate'].num_nan == 1
    lines = disagreements(ours, theirs)
    assert not any('moderate' in line for line in lines)


def test_errors(stand_in):
    with pytest.raises(ImportError, match="at 'no_such_evaluator'"):
        load_reference('no_such_evaluator')
    with pytest.raises(ImportError, match="with eval_class, got 'json'"):
        load_reference('json')
    module = stand_in([0.] * 41)
    with pytest.raises(ValueError, match=r"got \['Tram'\]"):
        reference_ap(module, *scene(), dict(Tram=.5))
    with pytest.raises(ValueError, match='at least one image'):
        reference_ap(module, [], [], MIN_OVERLAPS)
    module.eval_class = lambda *args, **kwargs: [][0]
    with pytest.raises(RuntimeError, match='evaluator fails on these data'):
        reference_ap(module, *scene(), MIN_OVERLAPS)
