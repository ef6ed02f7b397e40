import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmadvrain.rain.bank import (
    BANK_FILE,
    BANK_FORMAT,
    RainBank,
    find_factor_files,
    pack_rain_bank,
)
from mmadvrain.rain.bounds import RainBounds
from tests.literal_rain import some_factors

FIELDS = ('positions', 'noise', 'theta', 'kernels')


def layers():
    tilted = RainBounds(kernels=(0.06, 0.3), tilt_deg=25., theta_y_min=0.08)
    return [
        some_factors((12, 17), 9, steps=4, dtype=torch.float32, seed=1),
        some_factors((30, 20), 0, dtype=torch.float32, seed=2),
        some_factors((30, 20),
                     25,
                     knots=5,
                     steps=8,
                     dtype=torch.float32,
                     seed=3,
                     bounds=tilted),
    ]


@pytest.fixture
def folder(tmp_path):
    for i, factors in enumerate(layers()):
        factors.save(tmp_path / f'run/factors/{i}.safetensors')
    return tmp_path / 'run'


@pytest.fixture
def bank(folder, tmp_path):
    return pack_rain_bank(find_factor_files([folder]), tmp_path / 'a/bank')


def same(one, other):
    return all(
        torch.equal(getattr(one, n), getattr(other, n))
        and getattr(one, n).dtype == getattr(other, n).dtype
        for n in FIELDS) and (one.size_hw, one.steps, one.channels,
                              one.bounds) == (other.size_hw, other.steps,
                                              other.channels, other.bounds)


def test_layers_come_back_bit_for_bit(bank):
    assert len(bank) == 3
    for index, factors in enumerate(layers()):
        assert same(bank.get(index), factors)
    assert 'layers=3' in repr(bank)
    for index in (-1, 3):
        with pytest.raises(IndexError, match='not in a rain bank of 3'):
            bank.get(index)


def test_what_is_handed_out_is_a_copy(bank):
    bank.get(0).noise.fill_(0)
    bank.get(0).theta.fill_(0)
    assert same(bank.get(0), layers()[0])


def test_sent_elsewhere_it_is_a_path(bank):
    sent = pickle.dumps(bank)
    assert len(sent) < 500
    assert same(pickle.loads(sent).get(2), layers()[2])


def test_draws_by_the_generator(bank):

    def draws(seed):
        generator = torch.Generator().manual_seed(seed)
        return [len(bank.draw(generator)) for _ in range(60)]

    assert draws(0) == draws(0) != draws(1)
    assert set(draws(0)) == {9, 0, 25}


def test_only_empty_layers(tmp_path):
    some_factors(drops=0, dtype=torch.float32).save(tmp_path / 'f.safetensors')
    bank = pack_rain_bank([tmp_path / 'f.safetensors'], tmp_path / 'bank')
    assert len(bank.get(0)) == 0


def test_packing_complains(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match='no factor files'):
        find_factor_files([tmp_path / 'nothing'])
    with pytest.raises(ValueError, match='at least one'):
        pack_rain_bank([], tmp_path / 'bank')
    with pytest.raises(FileExistsError, match='exists already'):
        pack_rain_bank(find_factor_files([folder]), folder)
    (folder / 'factors/bad.safetensors').write_bytes(b'nothing')
    with pytest.raises(
            ValueError, match='bad.safetensors is not a file of rain'):
        pack_rain_bank(find_factor_files([folder]), tmp_path / 'bank')
    assert sorted(p.name for p in tmp_path.iterdir()) == ['run']


def test_a_file_may_be_named(folder):
    one = folder / 'factors/1.safetensors'
    assert find_factor_files(
        [one, folder])[:2] == [one, folder / 'factors/0.safetensors']


def rewrite(path, change=(), drop=(), metadata=None):
    """Write the file of a bank anew with other tensors."""
    file = path / BANK_FILE
    tensors = load_file(file)
    tensors.update(change)
    for name in drop:
        del tensors[name]
    if metadata is None:
        metadata = dict(format=BANK_FORMAT)
    save_file(tensors, file, metadata)


@pytest.mark.parametrize('damage, kind, match', [
    (lambda p: (p / BANK_FILE).unlink(), FileNotFoundError, 'is no rain bank'),
    (lambda p: (p / BANK_FILE).write_bytes(b'x' * 99), ValueError, 'no rain'),
    (lambda p: rewrite(p, metadata=dict(format='x/1')), ValueError, "'x/1'"),
    (lambda p: rewrite(p, metadata={}), ValueError, 'got None'),
    (lambda p: rewrite(p, drop=['noise']), ValueError, 'noise'),
    (lambda p: rewrite(p, dict(noise=torch.zeros(33))), ValueError,
     '`noise` must be .* of shape .34,.'),
    (lambda p: rewrite(p, dict(noise=torch.zeros(34).double())), ValueError,
     '`noise` must be torch.float32'),
    (lambda p: rewrite(p, dict(starts=torch.ones(4, 2).long())), ValueError,
     'must lead from'),
    (lambda p: rewrite(p, dict(starts=torch.zeros(1, 2).long())), ValueError,
     'at least one layer'),
])
def test_damaged_banks(bank, damage, kind, match):
    damage(bank.path)
    with pytest.raises(kind, match=match):
        RainBank(bank.path)


def test_damaged_layers(bank):
    positions = load_file(bank.path / BANK_FILE)['positions'].clone()
    positions[0] = 99
    rewrite(bank.path, dict(positions=positions))
    damaged = RainBank(bank.path)
    assert same(damaged.get(2), layers()[2])
    with pytest.raises(ValueError, match='layer 0 of .* is no rain layer'):
        damaged.get(0)
