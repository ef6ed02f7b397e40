import pytest
import torch

from mmadvrain.functional.class_margin import class_margin


def test_hand_values():
    logits = torch.tensor([[3., 1., 2.5], [0., 4., 1.], [2., 2., -1.]])
    labels = torch.tensor([0, 0, 1])
    found = class_margin(logits, labels, kappa=1.5)
    assert found.tolist() == [0.5, -1.5, 0.]
    assert class_margin(logits, labels).tolist() == [0.5, 0., 0.]


def test_gradient_only_where_the_true_class_leads():
    logits = torch.tensor([[3., 1., 2.5], [0., 4., 1.]], requires_grad=True)
    class_margin(logits, torch.tensor([0, 0])).sum().backward()
    assert logits.grad.tolist() == [[1., 0., -1.], [0., 0., 0.]]


def test_no_rows():
    assert class_margin(torch.zeros(0, 3),
                        torch.zeros(0, dtype=torch.long)).shape == (0, )


def test_one_class_has_no_margin():
    with pytest.raises(ValueError, match=r'at least two classes.*\(4, 1\)'):
        class_margin(torch.zeros(4, 1), torch.zeros(4, dtype=torch.long))
