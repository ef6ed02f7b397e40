import numpy as np
import pytest

from mmadvrain.datasets.kitti_format import read_kitti_file, read_split_file

LABEL = ('Car 0.25 1 1.96 280.38 185.10 344.90 215.59 1.49 1.76 4.01 -15.71 '
         '2.16 38.26 1.57')


def test_fields_of_a_label(tmp_path):
    path = tmp_path / '000004.txt'
    path.write_text(f'\n{LABEL}\n\n')
    arrays = read_kitti_file(path)
    assert arrays['name'] == ['Car']
    assert arrays['truncated'].tolist() == [.25]
    assert arrays['occluded'].tolist() == [1]
    assert arrays['occluded'].dtype == np.int64
    assert arrays['alpha'].tolist() == [1.96]
    assert arrays['bbox'].tolist() == [[280.38, 185.10, 344.90, 215.59]]
    assert arrays['dimensions'].tolist() == [[1.49, 1.76, 4.01]]
    assert arrays['location'].tolist() == [[-15.71, 2.16, 38.26]]
    assert arrays['rotation_y'].tolist() == [1.57]
    assert 'score' not in arrays


def test_score_of_a_detection(tmp_path):
    path = tmp_path / '000004.txt'
    path.write_text(f'{LABEL} 0.5\n{LABEL} -3\n')
    assert read_kitti_file(path, True)['score'].tolist() == [.5, -3]


def test_an_empty_file_has_no_objects(tmp_path):
    path = tmp_path / '000004.txt'
    path.write_text('')
    arrays = read_kitti_file(path, True)
    assert arrays['name'] == []
    assert arrays['bbox'].shape == (0, 4)
    assert arrays['score'].shape == (0, )


@pytest.mark.parametrize('line, with_score, message', [
    (LABEL, True, r'wanted 16 fields \(detection, score last\), found 15'),
    (f'{LABEL} 0.5', False, r'wanted 15 fields \(label\), found 16'),
    ('Car 0.0', False, 'wanted 15 fields .* found 2: .Car 0.0.'),
    (LABEL.replace('280.38', 'left'), False,
     "wanted a finite number for 'left', found 'left'"),
    (LABEL.replace('280.38', 'nan'), False, "for 'left', found 'nan'"),
    (f'{LABEL} inf', True, "for 'score', found 'inf'"),
    (LABEL.replace(' 1 ', ' 0.5 '), False,
     "wanted a whole number for 'occluded', found '0.5'"),
])
def test_malformed_lines_are_named(tmp_path, line, with_score, message):
    path = tmp_path / '000004.txt'
    good = f'{LABEL} 0.5' if with_score else LABEL
    path.write_text(f'{good}\n{line}\n')
    with pytest.raises(ValueError, match=f'000004.txt, line 2: .*{message}'):
        read_kitti_file(path, with_score)


def test_what_is_no_text_or_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match='wanted a KITTI file at'):
        read_kitti_file(tmp_path / 'none.txt')
    (tmp_path / 'image.txt').write_bytes(b'\x89PNG\xff\xfe')
    with pytest.raises(ValueError, match='image.txt: wanted UTF-8 text'):
        read_kitti_file(tmp_path / 'image.txt')


def test_split_file(tmp_path):
    path = tmp_path / 'val.txt'
    path.write_text('000007\n000001 \n\n000003')
    assert read_split_file(path) == ['000007', '000001', '000003']


@pytest.mark.parametrize('text, message', [
    ('', 'val.txt: wanted image names, found none'),
    ('1\n2\n1\n', 'wanted each name once, found again: 1'),
    ('1\na b\n', "val.txt, line 2: wanted one image name .* found 'a b'"),
    ('../1\n', "line 1: wanted one image name .* found '../1'"),
])
def test_malformed_split_files(tmp_path, text, message):
    path = tmp_path / 'val.txt'
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_split_file(path)
    with pytest.raises(FileNotFoundError, match='wanted a split file'):
        read_split_file(tmp_path / 'none.txt')
