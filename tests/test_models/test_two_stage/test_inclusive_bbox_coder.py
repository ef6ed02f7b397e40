"""The coder against py-faster-rcnn's formulas for last pixels."""
import numpy as np
import pytest
import torch
from mmdet.registry import TASK_UTILS

STDS = (0.1, 0.1, 0.2, 0.2)
PIXEL = np.array([0., 0., 1., 1.])


def coder(**kwargs):
    return TASK_UTILS.build(
        dict(
            type='mmadvrain.InclusiveBBoxCoder',
            target_means=(0., 0., 0., 0.),
            target_stds=STDS,
            **kwargs))


def boxes(seed, count=20):
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 60, (count, 2))
    return np.concatenate([corner, corner + rng.uniform(2, 90, (count, 2))], 1)


def measures(last):
    """Width, height and centre, where corners are the first and last pixel."""
    width, height = last[:, 2] - last[:, 0] + 1, last[:, 3] - last[:, 1] + 1
    return width, height, last[:, 0] + width / 2, last[:, 1] + height / 2


def literal_encode(last, truth):
    w, h, x, y = measures(last)
    gt_w, gt_h, gt_x, gt_y = measures(truth)
    return np.stack([(gt_x - x) / w, (gt_y - y) / h,
                     np.log(gt_w / w),
                     np.log(gt_h / h)], 1) / STDS


def literal_decode(last, offsets):
    w, h, x, y = measures(last)
    dx, dy, dw, dh = (offsets * STDS).T
    x, y, w, h = x + dx * w, y + dy * h, np.exp(dw) * w, np.exp(dh) * h
    return np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], 1)


def tensor(array):
    return torch.from_numpy(array)


def test_encode():
    last, truth = boxes(0), boxes(1)
    got = coder().encode(tensor(last + PIXEL), tensor(truth + PIXEL))
    # MMDetection encodes in float32
    np.testing.assert_allclose(got, literal_encode(last, truth), atol=1e-4)


@pytest.mark.parametrize('max_shape', [None, (70, 90)])
def test_decode(max_shape):
    last = boxes(0)
    offsets = np.random.default_rng(2).normal(0, 4, (20, 4))
    wanted = literal_decode(last, offsets)
    assert (wanted[:, 2:] > 90).any() and (wanted[:, :2] < 0).any()
    if max_shape:
        wanted[:, 0::2] = wanted[:, 0::2].clip(0, 89)
        wanted[:, 1::2] = wanted[:, 1::2].clip(0, 69)
    got = coder().decode(
        tensor(last + PIXEL), tensor(offsets), max_shape=max_shape)
    np.testing.assert_allclose(got, wanted + PIXEL, atol=1e-4)


def test_there_and_back_is_one_pixel_more():
    last, truth = tensor(boxes(0)), tensor(boxes(1))
    own = coder()
    back = own.decode(last, own.encode(last, truth))
    torch.testing.assert_close(back, truth + tensor(PIXEL), atol=1e-4, rtol=0)


def test_classes_side_by_side():
    last = tensor(boxes(0))
    offsets = torch.randn(
        20,
        12,
        dtype=torch.float64,
        generator=torch.Generator().manual_seed(0))
    got = coder().decode(last, offsets, max_shape=(70, 90))
    assert got.shape == (20, 12)
    for i in range(0, 12, 4):
        torch.testing.assert_close(
            got[:, i:i + 4],
            coder().decode(last, offsets[:, i:i + 4], max_shape=(70, 90)))


def test_clips_only_where_it_is_asked_to():
    outside = torch.tensor([[-20., -30., 200., 100.]])
    kept = coder(clip_border=False).decode(
        outside, torch.zeros(1, 4), max_shape=(70, 90))
    assert kept.tolist() == [[-20., -30., 201., 101.]]


def test_sides_are_not_bounded():
    """MMDetection bounds the factor of a side by 62.5."""
    box = torch.tensor([[40., 40., 50., 50.]])
    got = coder().decode(box, torch.tensor([[0., 0., 30., 0.]]))
    width = float(got[0, 2] - got[0, 0]) - 1
    assert width == pytest.approx(10 * np.exp(6.), rel=1e-5)
    huge = torch.full((1, 4), 1e4).requires_grad_()
    clipped = coder().decode(box, huge, max_shape=(70, 90))
    clipped.sum().backward()
    assert torch.isfinite(huge.grad).all()


def test_no_boxes():
    assert coder().decode(
        torch.zeros(0, 4), torch.zeros(0, 8), max_shape=(7, 9)).shape == (0, 8)
