import json
import pickle

import numpy as np
import pytest
import torch

from mmadvrain.rain.bank import RainBank, find_factor_files, pack_rain_bank
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
        factors.save(tmp_path / f'run/factors/{i}.npz')
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


def test_nothing_is_read_before_it_is_asked_for(bank):
    assert all(isinstance(a, np.memmap) for a in bank._arrays.values())
    assert not any(a.flags.writeable for a in bank._arrays.values())
    # what is handed out is a copy that may be changed
    bank.get(0).noise.fill_(0)
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
    some_factors(drops=0, dtype=torch.float32).save(tmp_path / 'f.npz')
    bank = pack_rain_bank([tmp_path / 'f.npz'], tmp_path / 'bank')
    assert len(bank.get(0)) == 0


def test_packing_complains(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match='no factor files'):
        find_factor_files([tmp_path / 'nothing'])
    with pytest.raises(ValueError, match='at least one'):
        pack_rain_bank([], tmp_path / 'bank')
    with pytest.raises(FileExistsError, match='exists already'):
        pack_rain_bank(find_factor_files([folder]), folder)
    (folder / 'factors/bad.npz').write_bytes(b'nothing')
    with pytest.raises(ValueError, match='bad.npz is not a file of rain'):
        pack_rain_bank(find_factor_files([folder]), tmp_path / 'bank')
    assert sorted(p.name for p in tmp_path.iterdir()) == ['run']


def test_a_file_may_be_named(folder):
    one = folder / 'factors/1.npz'
    assert find_factor_files([one,
                              folder])[:2] == [one, folder / 'factors/0.npz']


def damage_index(**changes):

    def change(path):
        index = json.loads((path / 'bank.json').read_text())
        (path / 'bank.json').write_text(json.dumps({**index, **changes}))

    return change


def save(name, array):
    return lambda path: np.save(path / f'{name}.npy', array)


@pytest.mark.parametrize('damage, kind, match', [
    (lambda p:
     (p / 'bank.json').unlink(), FileNotFoundError, 'is no rain bank'),
    (lambda p: (p / 'bank.json').write_text('{'), ValueError, 'no index'),
    (lambda p: (p / 'bank.json').write_text('[]'), ValueError, 'no index'),
    (damage_index(format='x/2'), ValueError, "has 'x/2'"),
    (damage_index(drops=-1), ValueError, 'must count drops'),
    (damage_index(layers=0), ValueError, 'without layers'),
    (damage_index(drops=33), ValueError, 'must be <i4 of shape'),
    (lambda p: (p / 'noise.npy').unlink(), FileNotFoundError, 'no noise.npy'),
    (lambda p:
     (p / 'noise.npy').write_bytes(b'x' * 99), ValueError, 'is no array'),
    (save('noise', np.zeros(34)), ValueError, 'must be <f4'),
    (save('noise', np.array([None] * 34)), ValueError, 'is no array'),
    (save('starts', np.ones((4, 2), np.int64)), ValueError, 'must lead from'),
])
def test_damaged_banks(bank, damage, kind, match):
    damage(bank.path)
    with pytest.raises(kind, match=match):
        RainBank(bank.path)


def test_damaged_layers(bank):
    array = np.load(bank.path / 'positions.npy')
    array[0] = 99
    np.save(bank.path / 'positions.npy', array)
    damaged = RainBank(bank.path)
    assert same(damaged.get(2), layers()[2])
    with pytest.raises(ValueError, match='layer 0 of .* is no rain layer'):
        damaged.get(0)
