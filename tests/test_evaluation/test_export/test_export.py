"""A finished run, read by the libraries that its exports are for."""
import json
import os
import shutil

import numpy as np
import pytest
import yaml
from PIL import Image
from pycocotools.coco import COCO

from mmadvrain.evaluation.export import (
    ExportedRun,
    make_fiftyone,
    write_coco,
    write_image_folder,
)
from mmadvrain.evaluation.export.data_card import data_card
from mmadvrain.store.image_list import IMAGES_FILE
from mmadvrain.utils.files import write_json
from tests.toys.toy_run import write_toy_run

VIEWS = ['clean', 'random', 'adversarial']


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """Six images of which the second failed, with names that are odd."""
    folder = tmp_path_factory.mktemp('run')
    write_toy_run(folder, 6)
    shutil.copytree(folder / 'adversarial', folder / 'random')
    return folder


@pytest.fixture(scope='module')
def run(root):
    return ExportedRun.load(root)


def first_truth(root):
    return json.loads((root / IMAGES_FILE).read_text())['images'][0]


def same_pixels(first, second):
    np.testing.assert_array_equal(
        np.asarray(Image.open(first)), np.asarray(Image.open(second)))


def test_failed_images_are_left_out(run):
    assert run.views == VIEWS
    assert len(run.images) == 5
    assert all(set(one.files) == set(VIEWS) for one in run.images)


def test_coco_reads_truth_and_detections(run, root, tmp_path):
    coco = COCO(str(write_coco(run, tmp_path)))
    truth = first_truth(root)
    entry = coco.imgs[1]
    assert entry['name'] == truth['name']
    same_pixels(tmp_path / entry['clean'], truth['path'])
    same_pixels(tmp_path / entry['file_name'], run.images[0].files[VIEWS[2]])
    assert (entry['height'], entry['width']) == (120, 160)
    assert entry['flags'] == ['no_progress'] and entry['rain']['area'] == .12
    boxes = [one['bbox'] for one in coco.imgToAnns[1]]
    corners = np.array(truth['boxes'])
    np.testing.assert_allclose(
        boxes, np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]]))
    labels = [one['category_id'] for one in coco.imgToAnns[1]]
    assert labels == truth['labels']
    for view in VIEWS:
        found = coco.loadRes(str(tmp_path / f'detections_{view}.json'))
        packed = json.loads(
            run.run.store.prediction(view, truth['name']).read_text())
        scores = [one['score'] for one in found.imgToAnns[1]]
        assert scores == packed['scores']


def test_hugging_face_reads_a_column_a_view(run, root, tmp_path, monkeypatch):
    datasets = pytest.importorskip(
        'datasets', reason='Hugging Face datasets are not installed')
    write_image_folder(run, tmp_path / 'out')
    read = datasets.load_dataset(
        'imagefolder',
        data_dir=str(tmp_path / 'out'),
        cache_dir=str(tmp_path / 'cache'))['train']
    assert len(read) == 5 and set(VIEWS) <= set(read.features)
    row, truth = read[0], first_truth(root)
    np.testing.assert_array_equal(
        np.asarray(row['clean']), np.asarray(Image.open(truth['path'])))
    assert row['objects']['category'] == [
        f'class {label}' for label in truth['labels']
    ]
    assert row['rain']['area'] == .12


def test_the_lines_of_a_folder_name_its_files(run, tmp_path):
    write_image_folder(run, tmp_path)
    lines = (tmp_path / 'metadata.jsonl').read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row['name'] for row in rows] == [o.image.name for o in run.images]
    for row in rows:
        for view in VIEWS:
            assert (tmp_path / row[f'{view}_file_name']).is_file()
    assert rows[0]['objects']['counts'] == [True] * len(
        first_truth(run.run.root)['boxes'])


def test_the_card_has_a_head_and_the_scores(run):
    head, body = data_card(run).split('---\n')[1:]
    assert yaml.safe_load(head)['task_categories'] == ['object-detection']
    assert run.run.root.name in yaml.safe_load(head)['pretty_name']
    assert 'annotations of the data set' in body
    assert '| adversarial |          0.1000 |' in body
    assert '1 of the images could not be attacked' in body


def test_croissant_is_accepted_and_gives_the_records(run, tmp_path):
    library = pytest.importorskip(
        'mlcroissant', reason='mlcroissant is not installed')
    write_image_folder(run, tmp_path)
    dataset = library.Dataset(str(tmp_path / 'croissant.json'))
    records = list(dataset.records('images'))
    assert len(records) == 5
    assert records[0]['images/height'] == 120
    assert records[0]['images/clean_file_name'].decode().startswith('clean/')


def test_fiftyone_groups_the_views(run):
    if 'FIFTYONE_DATABASE_URI' not in os.environ:
        pytest.skip('FIFTYONE_DATABASE_URI names no database for tests')
    fiftyone = pytest.importorskip(
        'fiftyone', reason='FiftyOne is not installed')
    dataset = make_fiftyone(run, 'mmadvrain-test', overwrite=True)
    try:
        assert set(dataset.group_slices) == set(VIEWS)
        assert len(dataset) == 5
        with pytest.raises(ValueError, match='has a dataset mmadvrain-test'):
            make_fiftyone(run, 'mmadvrain-test')
        sample = dataset.first()
        truth = first_truth(run.run.root)
        assert sample.filepath == str(run.images[0].files['adversarial'])
        assert sample.tags == ['no_progress'] and sample.area == .12
        x1, y1, x2, y2 = truth['boxes'][0]
        assert sample.ground_truth.detections[0].bounding_box == pytest.approx(
            [x1 / 160, y1 / 120, (x2 - x1) / 160, (y2 - y1) / 120])
        scores = [one.confidence for one in sample.detections.detections]
        packed = json.loads(
            run.run.store.prediction('adversarial', truth['name']).read_text())
        assert scores == pytest.approx(packed['scores'])
    finally:
        fiftyone.delete_dataset('mmadvrain-test')


def test_what_cannot_be_exported(root, tmp_path):
    shutil.copytree(root, tmp_path / 'a')
    shutil.rmtree(tmp_path / 'a/random')
    with pytest.raises(FileNotFoundError, match='wanted the random image of'):
        ExportedRun.load(tmp_path / 'a')
    content = json.loads((root / IMAGES_FILE).read_text())
    for one in content['images']:
        del one['boxes']
        one['label'] = 0
    write_json(tmp_path / 'a' / IMAGES_FILE, content)
    with pytest.raises(ValueError, match='attacked a classifier'):
        ExportedRun.load(tmp_path / 'a')
    write_json(tmp_path / 'a' / IMAGES_FILE, dict(content, images=[]))
    with pytest.raises(ValueError, match='not one image of'):
        ExportedRun.load(tmp_path / 'a')
