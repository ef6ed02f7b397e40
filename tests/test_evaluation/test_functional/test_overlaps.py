import numpy as np

from mmadvrain.evaluation.functional.overlaps import (
    covered_share,
    intersections,
    iou_matrix,
)

FIRST = np.array([[0., 0., 10., 10.], [20., 20., 30., 40.]])
SECOND = np.array([[5., 0., 15., 10.], [10., 0., 20., 10.], [0., 0., 40.,
                                                             40.]])


def test_by_hand():
    np.testing.assert_array_equal(
        intersections(FIRST, SECOND), [[50, 0, 100], [0, 0, 200]])
    np.testing.assert_allclose(
        iou_matrix(FIRST, SECOND),
        [[50 / 150, 0, 100 / 1600], [0, 0, 200 / 1600]])
    np.testing.assert_allclose(
        covered_share(FIRST, SECOND), [[.5, 0, 1], [0, 0, 1]])


def test_by_hand_with_one_pixel_added():
    # boxes that touch share a column of 11 pixels
    np.testing.assert_array_equal(
        intersections(FIRST, SECOND, 1.), [[66, 11, 121], [0, 0, 231]])
    np.testing.assert_allclose(
        iou_matrix(FIRST, SECOND, 1.)[0], [66 / 176, 11 / 231, 121 / 1681])


def test_nothing_and_flat_boxes():
    assert iou_matrix(FIRST, np.zeros((0, 4))).shape == (2, 0)
    flat = np.array([[3., 3., 3., 8.]])
    np.testing.assert_array_equal(iou_matrix(flat, FIRST), [[0, 0]])
    np.testing.assert_array_equal(covered_share(flat, FIRST), [[0, 0]])
