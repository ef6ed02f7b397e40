"""Files of a run: finished or not there."""
import json
import math

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

from mmadvrain.store.attack_store import (
    STORED,
    AttackStore,
)
from mmadvrain.utils.files import write_json
from mmadvrain.victims.detector_predictions import (
    pack_predictions,
    unpack_predictions,
)
from tests.toys.records import put_record

NAME = 'city/000011'


@pytest.fixture
def store(tmp_path):
    return AttackStore(tmp_path)


def finish(store, name=NAME):
    for view in STORED:
        for path in (store.image(view, name), store.factors(view, name)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b'x')
    put_record(store, name, dict(key=11))


def test_layout(store, tmp_path):
    assert store.image('random', NAME) == tmp_path / 'random/city/000011.png'
    assert store.factors('adversarial', NAME) == (
        tmp_path / 'factors/adversarial/city/000011.safetensors')


def test_an_image_is_finished_when_all_its_files_are_there(store):
    assert store.record(NAME) is None
    finish(store)
    assert store.record(NAME) == dict(key=11)


@pytest.mark.parametrize('view', STORED)
@pytest.mark.parametrize('kind', ['image', 'factors'])
def test_it_is_not_when_one_is_missing(store, kind, view):
    finish(store)
    getattr(store, kind)(view, NAME).unlink()
    assert store.record(NAME) is None


def test_a_damaged_record_is_none(store):
    finish(store)
    path, = (store.root / 'records').iterdir()
    path.write_bytes(path.read_bytes()[:-4] + b'[1]\n')
    assert AttackStore(store.root).record(NAME) is None


def test_a_failed_image_has_a_record_and_no_files(store):
    store.seal(NAME, dict(key=11, error='broken'))
    assert store.record(NAME) == dict(key=11, error='broken')


SIGNATURE = dict(attack='a', weights=1.25, nested=dict(steps=(1, 2), x=None))


def test_the_same_settings_go_on(store):
    store.open(SIGNATURE, overwrite=False)
    finish(store)
    store.open(SIGNATURE, overwrite=False)
    assert store.record(NAME) == dict(key=11)


def test_other_settings_are_refused_and_named(store):
    store.open(SIGNATURE, overwrite=False)
    finish(store)
    other = dict(attack='a', weights=2.5, nested=dict(steps=(1, 3)), new=1)
    with pytest.raises(ValueError) as caught:
        store.open(other, overwrite=False)
    message = str(caught.value)
    assert 'nested.steps[1] was 2, is 3' in message
    assert 'weights was 1.25, is 2.5' in message
    assert 'new was None, is 1' in message
    assert 'attack' not in message.split('another run: ')[1].split('.')[0]
    assert '--overwrite' in message
    assert store.record(NAME) == dict(key=11)


def test_overwriting_drops_all_that_was_found(store):
    store.open(SIGNATURE, overwrite=False)
    finish(store)
    write_json(store.root / 'results.json', dict(old=True))
    (store.root / 'notes.txt').write_text('not ours')
    store.open(dict(attack='b'), overwrite=True)
    assert store.record(NAME) is None
    assert sorted(
        path.name for path in store.root.rglob('*')
        if path.is_file()) == ['notes.txt', 'run.json']
    store.open(dict(attack='b'), overwrite=False)


def test_overwriting_keeps_what_has_the_same_settings(store):
    store.open(SIGNATURE, overwrite=True)
    finish(store)
    store.open(SIGNATURE, overwrite=True)
    assert store.record(NAME) == dict(key=11)


@pytest.mark.parametrize('count', [0, 3])
def test_detections_keep_every_bit(count):
    torch.manual_seed(0)
    sample = DetDataSample(metainfo=dict(img_shape=(4, 5)))
    sample.pred_instances = InstanceData(
        bboxes=torch.rand(count, 4) * 1e3,
        scores=torch.rand(count),
        labels=torch.arange(count))
    packed = json.loads(json.dumps(pack_predictions(sample)))
    found = unpack_predictions(packed)
    for key in ('bboxes', 'scores', 'labels'):
        wanted = sample.pred_instances[key]
        assert torch.equal(found[key], wanted)
        assert found[key].dtype == wanted.dtype
        assert found[key].shape == wanted.shape


class TestFinished:
    """What is skipped when a run goes on."""

    def seal(self, store):
        finish(store)
        store.seal(NAME, dict(key=11))

    def test_whole(self, store):
        self.seal(store)
        assert store.finished(NAME)
        assert store.record(NAME)['key'] == 11

    @pytest.mark.parametrize(
        'what',
        ['adversarial', 'random', 'factors/adversarial', 'factors/random'])
    def test_a_file_that_changed(self, store, what):
        self.seal(store)
        store.files(NAME)[what].write_bytes(b'y')
        assert not store.finished(NAME)

    def test_a_record_that_changed(self, store):
        self.seal(store)
        record = store.record(NAME)
        for changed in (dict(record, key=12), dict(sha256=record['sha256']),
                        dict(record, sha256=7)):
            put_record(store, NAME, changed)
            assert not store.finished(NAME)
        put_record(store, NAME, dict(record, seconds=1.5))
        assert store.finished(NAME), 'the time says nothing of the result'

    def test_numbers_that_json_does_not_know(self, store):
        finish(store)
        store.seal(NAME, dict(key=11, losses=(math.nan, 0.1, np.float32(2))))
        assert store.finished(NAME)

    def test_another_image_of_the_same_name(self, store, tmp_path):
        source = tmp_path / 'source.jpg'
        source.write_bytes(b'one')
        finish(store)
        store.seal(NAME, dict(key=11), source)
        assert store.finished(NAME, source)
        source.write_bytes(b'two')
        assert not store.finished(NAME, source)

    def test_no_checksums(self, store):
        finish(store)
        assert not store.finished(NAME)

    def test_failed_images_are_tried_again(self, store):
        self.seal(store)
        store.seal(NAME, dict(key=11, error='broken'))
        assert not store.finished(NAME)


def test_incomplete_files_are_removed(store):
    finish(store)
    left = [store.root / '.part-x.json', store.part / 'x.png']
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_text('{}')
    store.clean_up()
    assert not any(path.exists() for path in left)
    assert store.record(NAME) == dict(key=11)


def test_others_are_noticed_when_asked(store):
    finish(store)
    other = AttackStore(store.root)
    assert other.record(NAME) == dict(key=11)
    store.seal('b', dict(error='broken'))
    assert other.record('b') is None
    other.refresh()
    assert other.record('b') == dict(error='broken')


def test_one_process_at_a_time(store):
    with store.locked():
        with pytest.raises(ValueError, match='another process is working in'):
            with store.locked(wait_s=0):
                pass
    with store.locked(wait_s=0):
        pass


@pytest.mark.parametrize('content', ['{', '[1]'])
def test_a_damaged_run_file_is_named(store, content):
    (store.root / 'run.json').write_text(content)
    with pytest.raises(ValueError, match='run.json .* is damaged'):
        store.open(SIGNATURE, overwrite=False)


@pytest.mark.parametrize('packed', [
    None, {},
    dict(bboxes=[[1, 2, 3]], scores=[1.], labels=[0]),
    dict(bboxes=[[1, 2, 3, 4]], scores=[], labels=[0]),
    dict(bboxes='x', scores='y', labels='z')
])
def test_what_is_no_detections(packed):
    with pytest.raises(ValueError, match='a record should hold detections'):
        unpack_predictions(packed)
