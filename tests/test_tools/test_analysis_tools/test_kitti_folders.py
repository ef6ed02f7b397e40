import json
import shutil

import pytest

from tests.test_tools.run_tool import load_tool

tool = load_tool('analysis_tools/eval_kitti.py')
as_json, evaluate_kitti_folders = tool.as_json, tool.evaluate_kitti_folders
NONE = ' -1 -1 -1 -1000 -1000 -1000 -10'
CAR = f'Car 0 0 -10 0 0 100 60{NONE}'


@pytest.fixture
def folders(tmp_path):
    labels, results = tmp_path / 'labels', tmp_path / 'results'
    labels.mkdir()
    results.mkdir()
    for i in range(9):
        (labels / f'00000{i}.txt').write_text(f'{CAR}\n')
        (results / f'00000{i}.txt').write_text(f'{CAR} 0.{9 - i}\n')
    return labels, results


def test_golden_numbers(shared_data):
    folder = shared_data / 'golden' / 'kitti'
    expected = json.loads((folder / 'expected.json').read_text())
    got = as_json(
        evaluate_kitti_folders(folder / 'label_2', folder / 'detections'))
    assert list(got) == ['Car', 'Pedestrian', 'Cyclist']
    for name, levels in got.items():
        assert list(levels) == ['easy', 'moderate', 'hard']
        for level, values in levels.items():
            assert set(values) == {'R11', 'R40'}
            for key, value in values.items():
                assert value == pytest.approx(
                    expected[name][level][key], abs=1e-6)


def test_a_missing_result_file_is_no_detection_and_a_warning(folders, caplog):
    labels, results = folders
    for stem in ('000003', '000008'):
        (results / f'{stem}.txt').unlink()
    missing = evaluate_kitti_folders(labels, results)
    assert ('no result file, so no detections, for 2 of 9 images: '
            '000003, 000008') in caplog.text
    for stem in ('000003', '000008'):
        (results / f'{stem}.txt').write_text('')
    caplog.clear()
    empty = evaluate_kitti_folders(labels, results)
    assert 'no result file' not in caplog.text
    assert as_json(missing) == as_json(empty)
    score = missing['Car']['easy']
    assert score.num_valid == 9
    # seven points are filled: 1 ... 6 count for R40
    assert score.r40 == pytest.approx(15)


def test_stray_result_files_are_said(folders, caplog):
    labels, results = folders
    before = as_json(evaluate_kitti_folders(labels, results))
    (results / 'x.txt').write_text(f'{CAR} 1\n')
    assert as_json(evaluate_kitti_folders(labels, results)) == before
    assert 'without a label file are left out, 1 of 10: x' in caplog.text


def test_a_split_and_other_limits(folders):
    labels, results = folders
    scores = evaluate_kitti_folders(labels, results, ['000001'], dict(Van=.5))
    assert list(scores) == ['Van']
    scores = evaluate_kitti_folders(labels, results, ['000001'])
    assert scores['Car']['easy'].num_valid == 1
    with pytest.raises(FileNotFoundError, match='wanted a KITTI file at .*77'):
        evaluate_kitti_folders(labels, results, ['77'])


def test_the_nan_flag_reaches_the_file(tmp_path, caplog):
    labels, results = tmp_path / 'labels', tmp_path / 'results'
    labels.mkdir()
    results.mkdir()
    (labels / '0.txt').write_text(f'Car 0 3 -10 0 0 100 27{NONE}\n'
                                  f'Car 0 0 -10 0 0 100 30{NONE}\n')
    (results / '0.txt').write_text(f'Car -1 -1 -10 0 0 100 24{NONE} 0.9\n'
                                   f'Car -1 -1 -10 0 0 100 28.5{NONE} 0.8\n')
    got = as_json(evaluate_kitti_folders(labels, results))
    assert got['Car']['moderate'] == dict(
        R11=0, R40=0, flags=['nan_precision'])
    assert set(got['Car']['easy']) == {'R11', 'R40'}
    assert 'Car moderate: nothing left to divide at 1 points' in caplog.text
    assert 'Cyclist hard: no object counts' in caplog.text


def test_the_reference_must_agree(folders, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / 'kitti_always_zero.py').write_text(
        'import numpy as np\n'
        'def eval_class(gts, dets, classes, *args, num_parts):\n'
        '    return dict(precision=np.zeros((len(classes), 3, 1, 41)))\n')
    with pytest.raises(RuntimeError, match='got others: Car easy R11'):
        evaluate_kitti_folders(*folders, reference='kitti_always_zero')
    scores = evaluate_kitti_folders(
        *folders, min_overlaps=dict(Cyclist=.5), reference='kitti_always_zero')
    assert scores['Cyclist']['easy'].r40 == 0


def test_errors(folders, tmp_path):
    labels, results = folders
    with pytest.raises(FileNotFoundError, match='wanted a folder at .*none'):
        evaluate_kitti_folders(tmp_path / 'none', results)
    with pytest.raises(FileNotFoundError, match='wanted a folder at .*none'):
        evaluate_kitti_folders(labels, tmp_path / 'none')
    (results / '000002.txt').write_text(f'{CAR} 0.5\n{CAR}\n')
    with pytest.raises(
            ValueError, match='000002.txt, line 2: wanted 16 fields .*15'):
        evaluate_kitti_folders(labels, results)
    shutil.rmtree(labels)
    labels.mkdir()
    with pytest.raises(FileNotFoundError, match='wanted label files'):
        evaluate_kitti_folders(labels, results)
