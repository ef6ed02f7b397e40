import pytest
import torch

from mmadvrain.functional.resize_pad import ResizePad, move_boxes, resize_pad


def test_a_mark_and_its_box_move_together():
    image = torch.zeros(1, 10, 20)
    image[:, 2:6, 5:15] = 1
    box = torch.tensor([[5., 2., 15., 6.]])
    place = ResizePad((20, 60), (3, 7), (30, 80))
    moved = resize_pad(image, place)
    x1, y1, x2, y2 = move_boxes(box, place, (10, 20))[0].long().tolist()
    assert moved.shape == (1, 30, 80)
    assert moved[:, y1:y2, x1:x2].eq(1).all()
    assert moved.eq(1).sum() == (y2 - y1) * (x2 - x1)
    assert moved[:, :3].eq(0.5).all()  # the margin is middle grey


def test_nothing_moves_in_place():
    image = torch.rand(3, 4, 5)
    place = ResizePad((4, 5), (0, 0), (4, 5))
    assert torch.equal(resize_pad(image, place), image)


def test_gradient_counts_the_copies_of_a_pixel():
    image = torch.rand(1, 2, 2, requires_grad=True)
    resize_pad(image, ResizePad((4, 6), (1, 1), (8, 8))).sum().backward()
    assert torch.equal(image.grad, torch.full((1, 2, 2), 6.))


@pytest.mark.parametrize('bad', [((0, 4), (0, 0), (4, 4)),
                                 ((4, 4), (-1, 0), (4, 4)),
                                 ((4, 4), (0, 1), (4, 4))])
def test_must_fit_the_canvas(bad):
    with pytest.raises(ValueError, match='must lie on its canvas'):
        ResizePad(*bad)
