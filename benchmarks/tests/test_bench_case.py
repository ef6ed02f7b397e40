"""Every section once, on toys."""
import pytest
import torch

from benchmarks.ares_loop import ares_style_attack, kept_losses
from benchmarks.bench_case import BenchCase
from benchmarks.damage_bench import time_to_damage
from benchmarks.job_bench import (
    evaluation_cost,
    images_per_second,
    peer_speedup,
)
from benchmarks.literal_streaks import literal_streaks
from benchmarks.step_bench import attack_overhead, network_inputs
from tests import literal_rain
from tests.toys.made_once import trained_weights
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import toy_attack, toy_config


@pytest.fixture(scope='module')
def case(tmp_path_factory):
    root = tmp_path_factory.mktemp('bench')
    write_toy_coco(root)
    config = toy_config(root, attack=toy_attack(2))
    return BenchCase(config, str(trained_weights()), root / 'run', 2)


def test_literal_form_is_that_of_the_tests():
    factors = literal_rain.some_factors(knots=3)
    torch.testing.assert_close(
        literal_streaks(factors),
        literal_rain.literal_streaks(factors),
        rtol=0,
        atol=1e-14)


def test_sections(case):
    overhead = attack_overhead(case, 1)
    assert set(overhead) == {'1', '2'}
    assert all(row['ratio'] > 0 for row in overhead.values())
    variants = images_per_second(case, 2, 1, (1, 2), compiled=False)
    assert variants['batch_2']['objective'] == pytest.approx(
        variants['batch_1']['objective'], rel=0.05)
    assert variants['batch_1']['images_per_second'] > 0
    assert case.victim.batch_size is None, 'as it was'
    peers = peer_speedup(case, 1, 1)
    assert set(peers['images_per_second']) == {
        'ares', 'same', 'one', 'default', 'before'
    }
    assert case.victim.quick_operators


def test_floor_is_fed_what_the_detector_is_fed(case):
    sample = case.samples[0]
    inputs = network_inputs(case, [sample.image], sample.target)
    data = case.model.data_preprocessor(
        dict(inputs=inputs, data_samples=[sample.target.clone()]), False)
    expected, _ = case.victim.encode([sample.image], [sample.target])
    assert torch.equal(data['inputs'], expected)


def test_peer_keeps_its_budget(case):
    weights = {k: v.clone() for k, v in case.model.state_dict().items()}
    attacked = ares_style_attack(case, 2, budget=1.5 / 255)
    clean = ares_style_attack(case, 0, budget=0.)
    assert len(clean) == 2, 'one batch'
    apart = (attacked - clean).abs().flatten(1).amax(1)
    assert ((apart > 0) & (apart <= 1.5 / 255 + 1e-6)).all()
    for name, value in case.model.state_dict().items():
        assert torch.equal(value, weights[name])
    assert not case.model.training


def test_peer_begins_at_random_and_in_training_mode_alone(case, monkeypatch):
    clean, start, again, other = (ares_style_attack(
        case, 0, budget=budget,
        seed=seed) for budget, seed in ((0., 0), (0.1, 0), (0.1, 0), (0.1, 1)))
    assert torch.equal(start, again) and not torch.equal(start, other)
    assert float((start - clean).abs().max()) == pytest.approx(0.1, rel=0.01)
    modes = []
    loss = case.model.loss

    def watched(*args):
        modes.append([part.training for part in case.model.modules()])
        return loss(*args)

    monkeypatch.setattr(case.model, 'loss', watched)
    ares_style_attack(case, 1)
    assert modes[0][0] and not any(modes[0][1:])


def test_losses_of_the_peer():
    names = ['loss_rpn_cls', 'loss_rpn_bbox', 'loss_cls', 'acc', 'loss_bbox']
    assert kept_losses(names) == names[:3], 'by the names, as ARES does it'


def test_time_to_damage(case):
    found = time_to_damage(case, 3)
    for name in ('before', 'after'):
        row = found[name]
        assert len(row['curve']) == 3 and row['seconds_per_step'] > 0
        hit = [s <= 0.05 * found['clean'] for s in row['curve']]
        wanted = hit.index(True) + 1 if any(hit) else None
        assert row['steps_needed'] == wanted
    assert case.victim.quick_operators


def test_whole_job(case):
    found = evaluation_cost(case)
    assert found['images'] == 2 and found['seconds_attack'] > 0


def test_too_few_images(tmp_path):
    write_toy_coco(tmp_path, num_images=1)
    config = toy_config(tmp_path, attack=toy_attack(1))
    with pytest.raises(ValueError, match='wanted 3 images.* has 1 that'):
        BenchCase(config, str(trained_weights()), tmp_path / 'run', 3)
    with pytest.raises(ValueError, match='must be positive: 0'):
        BenchCase(config, str(trained_weights()), tmp_path / 'run', 0)
