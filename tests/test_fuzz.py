"""Files of others: a result or a clear error, and no unbounded memory.

``python -m tests.fuzz --seconds 600`` runs them longer and counts inputs;
``MMADVRAIN_FUZZ_EXAMPLES`` sets how many each test draws.
"""
import io
import json
import os
import tempfile
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from mmadvrain.datasets.coco_format import read_coco
from mmadvrain.datasets.coco_to_kitti import coco_to_kitti
from mmadvrain.datasets.kitti_format import read_kitti_file, read_split_file
from mmadvrain.datasets.output_names import output_names
from mmadvrain.perturbations.noise import Noise
from mmadvrain.perturbations.streak_database import StreakDatabase
from mmadvrain.rain.bank import RainBank, pack_rain_bank
from mmadvrain.rain.factors import RainFactors
from mmadvrain.store.attack_store import AttackStore
from mmadvrain.utils.images import MAX_PIXELS
from mmadvrain.victims.detector_predictions import unpack_predictions
from tests.literal_rain import some_factors
from tests.test_tools.run_tool import load_tool

UNZIP = load_tool('misc/unzip.py').unzip
EXAMPLES = int(os.environ.get('MMADVRAIN_FUZZ_EXAMPLES', 25))
fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=EXAMPLES == 25,
    suppress_health_check=list(HealthCheck))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.text(max_size=8), inner, max_size=4),
    max_leaves=12)
numbers = st.integers(-2**63, 2**63 - 1) | st.integers(-3, 12)


def valid_factors():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'a.safetensors')
        some_factors(knots=3).save(path)
        return path.read_bytes()


VALID = valid_factors()


@st.composite
def damaged(draw, whole):
    """Bytes of a file with some of them changed, added or cut off."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(data)))
        piece = draw(st.binary(max_size=6))
        data[place:place + draw(st.integers(0, 8))] = piece
    return bytes(data[:draw(st.integers(0, len(data)))] if draw(st.booleans()
                                                                ) else data)


def of_a_later_version(archive):
    """A ZIP file whose first member says that Python is too old for it."""
    at = archive.index(b'PK\1\2') + 6
    return archive[:at] + b'\x40' + archive[at + 1:]


@fuzz
@given(damaged(VALID) | st.binary(max_size=400))
def test_damaged_factors(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'a.safetensors')
        path.write_bytes(data)
        try:
            factors = RainFactors.load(path)
        except ValueError as error:
            assert 'is not a file of rain factors' in str(error)
        else:
            assert factors.noise.numel() <= len(data)


@fuzz
@given(
    about=st.fixed_dictionaries(
        dict(size_hw=st.lists(numbers, max_size=3) | json_values),
        optional=dict(
            steps=numbers | json_values,
            channels=numbers | json_values,
            bounds=st.dictionaries(
                st.sampled_from(['noise', 'theta', 'kernels', 'tilt_deg']),
                st.floats() | json_values) | json_values)),
    drops=st.integers(0, 3),
    knots=st.integers(0, 3),
    positions=st.sampled_from([torch.int64, torch.float32, torch.bool]))
def test_absurd_factors(about, drops, knots, positions):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'a.safetensors')
        save_file(
            dict(
                positions=torch.zeros(drops, 2, dtype=positions),
                noise=torch.zeros(drops),
                theta=torch.zeros(2),
                kernels=torch.zeros(drops, knots)), path,
            dict(factors=json.dumps(about)))
        try:
            factors = RainFactors.load(path)
        except ValueError as error:
            assert 'is not a file of rain factors' in str(error)
        else:
            assert factors.steps <= 2**13
            assert factors.size_hw[0] * factors.size_hw[1] <= MAX_PIXELS


@fuzz
@given(
    json_values | st.fixed_dictionaries(
        {},
        optional=dict(key=json_values, error=json_values, sha256=json_values)),
    st.binary(max_size=60))
def test_records_and_runs(content, raw):
    text = json.dumps(content)
    with tempfile.TemporaryDirectory() as folder:
        store = AttackStore(folder)
        for path in store.files('a').values():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b'x')
        records = Path(folder, 'records/000001-x-1.jsonl')
        records.parent.mkdir()
        for data in (text.encode(), raw, b'[' * 100000):
            entry = b'{"name": "a", ' + data.lstrip(b'{') + b'\n'
            records.write_bytes(entry + data)
            store = AttackStore(folder)
            record = store.record('a')
            assert record is None or record.items() <= content.items()
            assert not store.finished('a')
            Path(folder, 'run.json').write_bytes(data)
            try:
                store.open(dict(steps=1), False)
            except ValueError as error:
                assert folder in str(error)


@fuzz
@given(json_values | st.fixed_dictionaries(
    dict(
        bboxes=st.lists(st.lists(st.floats(), max_size=5), max_size=3),
        scores=json_values,
        labels=json_values)))
def test_detections(packed):
    try:
        found = unpack_predictions(packed)
    except ValueError as error:
        assert 'detections' in str(error)
    else:
        assert len(found.bboxes) == len(found.scores) == len(found.labels)


kitti_fields = st.one_of(st.floats().map(str),
                         st.integers().map(str), st.text(max_size=4),
                         st.sampled_from(['Car', '-1', '0.5', '1e400', 'nan']))
kitti_text = st.lists(
    st.lists(kitti_fields, min_size=13, max_size=17).map(' '.join),
    max_size=4).map('\n'.join)


@fuzz
@given(
    kitti_text.map(lambda t: t.encode('utf-8', 'replace'))
    | st.binary(max_size=80), st.booleans())
def test_kitti_files(data, with_score):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, '000001.txt')
        path.write_bytes(data)
        for read in (lambda: read_kitti_file(path, with_score),
                     lambda: read_split_file(path)):
            try:
                found = read()
            except ValueError:
                continue
            if isinstance(found, dict):
                assert np.isfinite(found['bbox']).all()
                assert (np.abs(found['occluded']) < 2**31).all()


coco_like = st.fixed_dictionaries(
    {},
    optional=dict(
        images=json_values | st.lists(
            st.fixed_dictionaries(
                dict(
                    id=st.integers(0, 2) | json_values,
                    file_name=st.text(max_size=6) | json_values)),
            max_size=3),
        categories=json_values | st.lists(
            st.fixed_dictionaries(
                dict(id=st.integers(0, 2), name=st.text(max_size=4))),
            max_size=3),
        annotations=json_values | st.lists(
            st.fixed_dictionaries(
                dict(
                    image_id=st.integers(0, 2) | json_values,
                    category_id=st.integers(0, 2),
                    bbox=st.lists(st.floats(), min_size=3, max_size=5)),
                optional=dict(kitti=json_values, iscrowd=json_values)),
            max_size=3)))


@fuzz
@given(coco_like | json_values)
def test_annotations(content):
    try:
        found = coco_to_kitti(content)
    except ValueError:
        return
    assert all(isinstance(labels['name'], list) for labels in found.values())


paths = st.lists(
    st.sampled_from(['..', '.', '', 'a', 'b.png', '/', 'C:', '\\', '~', 'é']),
    min_size=1,
    max_size=6).map('/'.join) | st.text(max_size=20)


@fuzz
@given(paths, st.sampled_from(['', 'a', '/a/', 'a/..', '/data/images/']))
def test_names_stay_in_the_folder(name, prefix):
    try:
        found, = output_names([Path(prefix, name)], prefix)
    except ValueError:
        return
    root = Path('/results/adversarial')
    target = os.path.normpath(root / f'{found}.png')
    assert target.startswith(f'{root}/'), target


@fuzz
@given(
    st.lists(
        st.tuples(paths, st.binary(max_size=30), st.booleans()), max_size=4),
    st.data())
def test_archives(members, data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, content, link in members:
            info = zipfile.ZipInfo(name.replace('\0', '') or 'x')
            info.external_attr = (0o120777 if link else 0o100666) << 16
            archive.writestr(info, content)
    raw = buffer.getvalue()
    if data.draw(st.booleans()):
        raw = data.draw(damaged(raw))
    with tempfile.TemporaryDirectory() as folder:
        path, target = Path(folder, 'archive'), Path(folder, 'in', 'side')
        path.write_bytes(raw)
        try:
            UNZIP(path, target)
        except (ValueError, OSError):
            pass
        outside = {
            str(p.relative_to(folder))
            for p in Path(folder).rglob('*') if target not in p.parents
        }
        assert outside <= {'archive', 'in', 'in/side'}
        assert all(not p.is_symlink() for p in target.rglob('*'))


def saved(thing):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'a.npz')
        thing.save(path)
        return path.read_bytes()


NOISE = saved(Noise(torch.linspace(-1, 1, 60).reshape(3, 4, 5), 1., 20.))


@fuzz
@given(damaged(NOISE) | st.binary(max_size=400))
@example(of_a_later_version(NOISE))
def test_damaged_noise(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'a.npz')
        path.write_bytes(data)
        try:
            noise = Noise.load(path)
        except ValueError as error:
            assert 'is not a file of noise' in str(error)
        else:
            # deflate makes a thousandth of anything at best
            assert noise.values.numel() <= 1100 * len(data)


@fuzz
@given(
    values=st.sampled_from(['<f4', '<f8', '<i8', '<c8', '|S3', '>f4', '?']),
    shape=st.lists(st.integers(0, 4), max_size=4),
    limits=st.lists(st.floats(), max_size=4))
def test_absurd_noise(values, shape, limits):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'a.npz')
        np.savez_compressed(
            path, values=np.zeros(shape, values), limits=np.array(limits))
        try:
            noise = Noise.load(path)
        except ValueError as error:
            assert 'is not a file of noise' in str(error)
        else:
            assert noise.values.ndim == 3 and len(limits) == 2


def test_a_bomb_of_noise_is_refused(tmp_path, monkeypatch):
    path = tmp_path / 'a.npz'
    whole = np.zeros((3, 700, 500), np.float32)
    np.savez_compressed(path, values=whole, limits=np.full(2, np.nan))
    assert path.stat().st_size < 10**4
    assert Noise.load(path).values.shape == whole.shape
    monkeypatch.setattr('mmadvrain.perturbations.noise._MAX_BYTES', 10**6)
    with pytest.raises(
            ValueError,
            match="'values.npy' claims 4,200,128 bytes, "
            'wanted at most 1,000,000'):
        Noise.load(path)


annotated = st.fixed_dictionaries(
    dict(
        images=st.lists(
            st.fixed_dictionaries(
                dict(
                    id=st.integers(0, 3),
                    file_name=st.text(max_size=6) | json_values,
                    height=st.integers(-1, 9) | json_values,
                    width=st.integers(1, 9))),
            max_size=3),
        categories=st.just([dict(id=1, name='car')]),
        annotations=st.lists(
            st.fixed_dictionaries(
                dict(
                    id=st.integers(0, 9),
                    image_id=st.integers(0, 3),
                    category_id=st.integers(0, 1),
                    bbox=st.lists(
                        st.floats() | json_values, min_size=4, max_size=4),
                    area=st.floats(0, 9) | json_values),
                optional=dict(iscrowd=st.integers(0, 1) | json_values)),
            max_size=3)))


@fuzz
@given((annotated | coco_like | json_values).map(json.dumps).map(str.encode)
       | st.binary(max_size=60))
def test_annotation_files(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'ann.json')
        path.write_bytes(data)
        try:
            content = read_coco(path)[0]
        except ValueError as error:
            assert str(path) in str(error)
            return
        for entry in content.get('annotations', []):
            assert np.isfinite(entry['bbox']).all() and len(entry['bbox']) == 4
        names = [image['file_name'] for image in content['images']]
        assert all(isinstance(name, str) for name in names)


IMAGES = [
    cv2.imencode(suffix,
                 np.arange(60, dtype=np.uint8).reshape(4, 5, 3))[1].tobytes()
    for suffix in ('.png', '.jpg', '.bmp', '.tiff')
]


@fuzz
@given(st.sampled_from(IMAGES).flatmap(damaged) | st.binary(max_size=80))
def test_streak_images(data):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, 'streak.png').write_bytes(data)
        layer = StreakDatabase(folder)
        try:
            noise = layer.begin(torch.zeros(3, 6, 6), torch.Generator())
        except ValueError as error:
            assert 'streak.png' in str(error)
        else:
            assert noise.values.shape == (3, 6, 6)


def test_a_bomb_of_a_streak_image_is_refused():
    # 40000 x 40000 pixels in 25 bytes of a header
    raw = bytearray(IMAGES[0])
    raw[16:24] = (40000).to_bytes(4, 'big') * 2
    raw[29:33] = zlib.crc32(raw[12:29]).to_bytes(4, 'big')
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, 'streak.png').write_bytes(raw)
        with pytest.raises(ValueError, match='at most 67,108,864 pixels'):
            StreakDatabase(folder).begin(
                torch.zeros(3, 6, 6), torch.Generator())


def bank_files():
    with tempfile.TemporaryDirectory() as folder:
        some_factors(
            knots=3, dtype=torch.float32).save(f'{folder}/a.safetensors')
        pack_rain_bank([f'{folder}/a.safetensors'], f'{folder}/bank')
        return {
            path.name: path.read_bytes()
            for path in sorted(Path(folder, 'bank').iterdir())
        }


BANK = bank_files()


@fuzz
@given(
    st.sampled_from(sorted(BANK)).flatmap(lambda name: st.tuples(
        st.just(name),
        damaged(BANK[name]) | st.binary(max_size=80))))
def test_rain_banks(change):
    with tempfile.TemporaryDirectory() as folder:
        for name, data in {**BANK, **dict([change])}.items():
            Path(folder, name).write_bytes(data)
        try:
            factors = RainBank(folder).get(0)
        except ValueError as error:
            assert folder in str(error)
        else:
            assert factors.steps <= 2**13


def test_a_header_of_noise_that_is_no_python(tmp_path):
    # with the right checksum, as somebody would write it on purpose
    member = io.BytesIO()
    np.save(member, np.zeros(2))
    with zipfile.ZipFile(tmp_path / 'a.npz', 'w') as archive:
        for name in ('limits.npy', 'values.npy'):
            archive.writestr(
                name,
                member.getvalue().replace(b"'descr':", b"'desc'[:"))
    with pytest.raises(ValueError, match='is not a file of noise'):
        Noise.load(tmp_path / 'a.npz')
