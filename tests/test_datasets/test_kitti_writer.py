import numpy as np
import pytest

from mmadvrain.datasets.kitti_format import (
    format_number,
    kitti_detections,
    read_kitti_file,
    write_kitti_file,
)


@pytest.mark.parametrize('value, text',
                         [(1.5, '1.50'), (0., '0.00'), (185.1, '185.10'),
                          (1 / 3, repr(1 / 3)), (1e-7, '1e-07')])
def test_numbers_read_back_exactly(value, text):
    assert format_number(value) == text
    assert float(text) == value


def test_labels_come_back_byte_for_byte(tmp_path):
    text = ('Car 0.00 0 1.96 280.38 185.10 344.90 215.59 1.49 1.76 4.01 '
            '-15.71 2.16 38.26 1.57\n'
            'DontCare -1 -1 -10 402.27 166.69 477.31 197.98 -1 -1 -1 -1000 '
            '-1000 -1000 -10\n')
    (tmp_path / 'a.txt').write_text(text)
    write_kitti_file(tmp_path / 'b.txt', read_kitti_file(tmp_path / 'a.txt'))
    assert (tmp_path / 'b.txt').read_text() == text


def test_all_labels_of_the_benchmark_come_back(shared_data, tmp_path):
    paths = sorted((shared_data / 'golden/kitti/label_2').iterdir())
    assert len(paths) == 75
    for path in paths:
        write_kitti_file(tmp_path / 'copy.txt', read_kitti_file(path))
        assert (tmp_path / 'copy.txt').read_text() == path.read_text()


def test_detections_come_back_exactly(tmp_path):
    rng = np.random.default_rng(0)
    boxes = rng.normal(size=(5, 4)).astype(np.float32) * 100
    scores = rng.random(5).astype(np.float32)
    found = kitti_detections(['Car'] * 5, boxes, scores)
    write_kitti_file(tmp_path / 'a.txt', found)
    read = read_kitti_file(tmp_path / 'a.txt', with_score=True)
    np.testing.assert_array_equal(read['bbox'], boxes)
    np.testing.assert_array_equal(read['score'], scores)
    for key, value in found.items():
        np.testing.assert_array_equal(read[key], value)


def test_no_detections(tmp_path):
    found = kitti_detections([], np.zeros((0, 4)), np.zeros(0))
    write_kitti_file(tmp_path / 'a.txt', found)
    assert (tmp_path / 'a.txt').read_text() == ''
    assert found['location'].shape == (0, 3)
