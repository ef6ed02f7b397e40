import json

import pytest

from tests.test_tools.run_tool import load_tool, run_tool

TOOL = 'analysis_tools/eval_kitti.py'
NONE = ' -1 -1 -1 -1000 -1000 -1000 -10'


@pytest.fixture
def folders(tmp_path):
    labels, results = tmp_path / 'labels', tmp_path / 'results'
    labels.mkdir()
    results.mkdir()
    for i in range(3):
        text = f'Car 0 0 -10 0 0 100 60{NONE}'
        (labels / f'{i}.txt').write_text(f'{text}\n')
        (results / f'{i}.txt').write_text(f'{text} 0.{9 - i}\n')
    return labels, results


def test_golden_numbers_from_the_command_line(shared_data, tmp_path):
    folder = shared_data / 'golden' / 'kitti'
    out = tmp_path / 'deep/out.json'
    done = run_tool(TOOL, folder / 'label_2', folder / 'detections', '--out',
                    out)
    assert done.returncode == 0, done.stderr
    expected = json.loads((folder / 'expected.json').read_text())
    got = json.loads(out.read_text())
    assert set(got) == {'Car', 'Pedestrian', 'Cyclist'}
    for name, levels in got.items():
        for level, values in levels.items():
            assert values == pytest.approx(
                {key: expected[name][level][key]
                 for key in ('R11', 'R40')},
                abs=1e-6)
    row = 'Car             moderate       32.09   34.84     130'
    assert row in done.stderr


def test_a_missing_file_and_a_malformed_line(folders, tmp_path):
    labels, results = folders
    (results / '1.txt').unlink()
    out = tmp_path / 'out.json'
    done = run_tool(TOOL, labels, results, '--out', out)
    assert done.returncode == 0
    assert 'no detections, for 1 of 3 images: 1' in done.stderr
    assert json.loads(out.read_text())['Car']['easy']['R40'] == 2.5
    out.unlink()
    (results / '1.txt').write_text('Car 0.5\n')
    done = run_tool(TOOL, labels, results, '--out', out)
    assert done.returncode == 1
    assert '1.txt, line 1: wanted 16 fields' in done.stderr
    assert 'found 2' in done.stderr
    assert 'Traceback' not in done.stderr
    assert not out.exists()


def test_options(folders, tmp_path):
    main = load_tool(TOOL).main
    labels, results = map(str, folders)
    split = tmp_path / 'val.txt'
    split.write_text('0\n2\n')
    out = tmp_path / 'out.json'
    main([
        labels, results, '--out',
        str(out), '--split',
        str(split), '--min-overlap', 'Car=0.5', 'Van=0.6'
    ])
    got = json.loads(out.read_text())
    assert list(got) == ['Car', 'Van']
    assert got['Car']['hard']['R40'] == 2.5
    with pytest.raises(ValueError, match='wanted CLASS=IOU'):
        main([labels, results, '--min-overlap', 'Car'])
    with pytest.raises(ImportError, match='no_such_module'):
        main([labels, results, '--reference', 'no_such_module'])
    with pytest.raises(FileNotFoundError, match='wanted a folder'):
        main([labels, str(tmp_path / 'none')])
