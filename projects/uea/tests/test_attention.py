import math

import pytest
import torch

from projects.uea.uea.rpn_attention import attention_map


def literal(boxes, scores, size_hw):
    total = torch.zeros(size_hw, dtype=torch.float64)
    for (x1, y1, x2, y2), score in zip(boxes.tolist(), scores.tolist()):
        for row in range(size_hw[0]):
            for column in range(size_hw[1]):
                if math.floor(x1) <= column < math.ceil(x2) and \
                        math.floor(y1) <= row < math.ceil(y2):
                    total[row, column] += score
    return (total - total.min()) / (total.max() - total.min())


def test_is_the_scaled_sum_of_scores():
    torch.manual_seed(0)
    # some boxes reach beyond the map
    start = torch.rand(30, 2) * torch.tensor([15., 9.]) - 2
    boxes = torch.cat((start, start + torch.rand(30, 2) * 6), 1)
    scores = torch.rand(30)
    found = attention_map(boxes, scores, (7, 11))
    assert found.shape == (7, 11) and found.dtype == torch.float32
    assert found.min() == 0 and found.max() == 1
    torch.testing.assert_close(
        found.double(), literal(boxes, scores, (7, 11)), rtol=0, atol=1e-6)


def test_hand_value():
    boxes = torch.tensor([[0., 0., 2., 1.], [1., 0., 3., 1.]])
    found = attention_map(boxes, torch.tensor([0.2, 0.6]), (1, 4))
    torch.testing.assert_close(found, torch.tensor([[.25, 1., .75, 0.]]))


def test_small_box_covers_what_it_touches():
    boxes = torch.tensor([[1.4, 2.6, 1.5, 2.7]])
    found = attention_map(boxes, torch.tensor([0.3]), (4, 4))
    assert found.sum() == 1 and found[2, 1] == 1


@pytest.mark.parametrize('boxes, scores', [
    (torch.zeros(0, 4), torch.zeros(0)),
    (torch.tensor([[0., 0., 5., 4.]]), torch.tensor([0.7])),
    (torch.tensor([[0., 0., 2., 2.]]), torch.tensor([0.])),
    (torch.tensor([[7., 7., 9., 9.]]), torch.tensor([0.9])),
])
def test_flat_map_is_zero(boxes, scores):
    assert not attention_map(boxes, scores, (4, 5)).any()
