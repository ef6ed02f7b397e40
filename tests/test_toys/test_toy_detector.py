"""Toy detectors are seeded, small, and can learn."""
import pytest
import torch
from mmengine.config import Config

from mmadvrain.victims.detector_victim import DetectorVictim
from tests.toys.made_once import (
    toy_images,
    toy_root,
    trained_detector,
)
from tests.toys.toy_detector import (
    build_toy_detector,
    toy_config,
    toy_retinanet,
    train_toy_detector,
)


def test_same_seed_same_weights_and_global_state_untouched():
    torch.manual_seed(4)
    before = torch.get_rng_state()
    first, again, other = (build_toy_detector(seed=s) for s in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    for (name, a), b, c in zip(first.state_dict().items(),
                               again.state_dict().values(),
                               other.state_dict().values()):
        assert torch.equal(a, b)
        if name.endswith('conv.weight'):
            assert not torch.equal(a, c)
    assert sum(w.numel() for w in first.parameters()) < 1e5
    assert not first.training


def test_training_leaves_the_global_state_untouched():
    torch.manual_seed(4)
    before = torch.get_rng_state()
    detector = build_toy_detector(toy_retinanet())
    weight = detector.bbox_head.retina_cls.weight.clone()
    train_toy_detector(detector, toy_root(), steps=2)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(detector.bbox_head.retina_cls.weight, weight)


@pytest.mark.parametrize('kind', ['two_stage', 'one_stage'])
def test_a_trained_detector_knows_the_images(kind):
    images = toy_images()
    victim = DetectorVictim(trained_detector(kind))
    right = 0
    for index in range(6):
        sample = images[index]
        found, = victim.predict([sample.image], [sample.target])
        objects = set(sample.target.gt_instances.labels.tolist())
        best = found.pred_instances.labels[:1].tolist()
        right += bool(objects) and set(best) <= objects and bool(best)
    assert right >= 4


def test_config_survives_a_file(tmp_path):
    config = toy_config(toy_root())
    config.dump(tmp_path / 'toy.py')
    assert Config.fromfile(tmp_path / 'toy.py').to_dict() == config.to_dict()
