"""Anchors against the table in py-faster-rcnn's documentation."""
import torch
from mmdet.registry import TASK_UTILS

# printed there for the Matlab code, whose first pixel is 1
MATLAB = [[-83, -39, 100, 56], [-175, -87, 192, 104], [-359, -183, 376, 200],
          [-55, -55, 72, 72], [-119, -119, 136, 136], [-247, -247, 264, 264],
          [-35, -79, 52, 96], [-79, -167, 96, 184], [-167, -343, 184, 360]]


def generator(scales, center_offset=0.5):
    return TASK_UTILS.build(
        dict(
            type='mmadvrain.RoundedAnchorGenerator',
            strides=[16],
            ratios=[0.5, 1., 2.],
            scales=scales,
            center_offset=center_offset))


def last_pixels(anchors):
    return (anchors - anchors.new_tensor([0., 0., 1., 1.])).tolist()


def test_documented_anchors():
    anchors = generator([8, 16, 32]).base_anchors[0]
    assert last_pixels(anchors) == (torch.tensor(MATLAB) - 1).tolist()


def test_anchors_of_coco():
    """Four scales; ratio by ratio, from the smallest scale."""
    anchors = last_pixels(generator([4, 8, 16, 32]).base_anchors[0])
    assert len(anchors) == 12
    assert anchors[0] == [-38, -16, 53, 31]
    assert anchors[4] == [-24, -24, 39, 39]
    assert anchors[8] == [-14, -36, 29, 51]
    assert [anchors[i] for i in (1, 2, 3, 5, 6, 7, 9, 10, 11)
            ] == (torch.tensor(MATLAB) - 1).tolist()


def test_cells_are_a_stride_apart_row_by_row():
    anchors = generator([8])
    cells = anchors.grid_priors([(2, 3)], device='cpu')[0].view(2, 3, 3, 4)
    first = anchors.base_anchors[0]
    torch.testing.assert_close(cells[0, 0], first)
    torch.testing.assert_close(cells[1, 2],
                               first + torch.tensor([32., 16., 32., 16.]))


def test_centres():
    around_corner = generator([1], center_offset=0.).base_anchors[0]
    assert around_corner[1].tolist() == [-8, -8, 8, 8]
