"""Figures of several runs, from tiny images."""
import cv2
import numpy as np
import pytest

from tests.test_tools.run_tool import load_tool

tool = load_tool('analysis_tools/side_by_side.py')


def write(path, value, size=(16, 24)):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.full((*size, 3), value, np.uint8)
    assert cv2.imwrite(str(path), image)


@pytest.fixture
def folders(tmp_path):
    """Clean images, a run of rain, and a folder of noise."""
    for name in ('a', 'sub/b', 'c'):
        write(tmp_path / f'clean/{name}.png', 100)
        write(tmp_path / f'run/adversarial/{name}.png', 140)
        write(tmp_path / f'run/random/{name}.png', 120)
    (tmp_path / 'run/run.json').write_text('{}')
    write(tmp_path / 'noise/c.png', 95)
    write(tmp_path / 'noise/sub/b.png', 95)
    return tmp_path


def test_a_run_stands_for_its_adversarial_images(folders):
    found = tool.find_images(str(folders / 'run'))
    assert list(found) == ['a', 'c', 'sub/b']
    assert found['a'] == folders / 'run/adversarial/a.png'
    other = tool.find_images(f'{folders / "run"}:random')
    assert other['a'] == folders / 'run/random/a.png'


def test_rows_are_what_all_columns_have(folders):
    columns = {
        name: tool.find_images(str(folders / name))
        for name in ('clean', 'run', 'noise')
    }
    rows = tool.choose_rows(columns, 5, None, False)
    assert [row['noise'].stem for row in rows] == ['c', 'b']
    assert len(tool.choose_rows(columns, 1, None, False)) == 1
    by_order = tool.choose_rows(columns, 5, None, True)
    assert [row['clean'].stem for row in by_order] == ['a', 'c']
    assert [row['noise'].stem for row in by_order] == ['c', 'b']
    with pytest.raises(ValueError, match='the image a in all .*noise has'):
        tool.choose_rows(columns, 5, ['a'], False)


def test_rain_is_shown_as_a_layer_and_noise_around_grey():
    clean = np.full((2, 2, 3), 100, np.uint8)
    layer, name = tool.change_of(clean + np.uint8(7), clean)
    assert name == 'layer' and (layer == 7).all()
    noise, name = tool.change_of(clean - np.uint8(5), clean)
    assert name == 'noise x 8' and (noise == 128 - 5 * 8).all()


@pytest.mark.parametrize('suffix', ['png', 'pdf'])
def test_the_picture(folders, capsys, suffix):
    out = folders / f'fig.{suffix}'
    tool.main([
        str(out), '--columns', f'rain={folders / "run"}',
        f'noise={folders / "noise"}', '--clean',
        str(folders / 'clean'), '--change', '--quality'
    ])
    assert '2 rows of clean, rain, noise' in capsys.readouterr().out
    if suffix == 'pdf':
        assert out.read_bytes().startswith(b'%PDF')
        return
    picture = cv2.imread(str(out)).reshape(-1, 3)
    for grey in (100, 140, 95, 40, 128 - 5 * 8):
        # all five kinds of panels are there
        assert (picture == grey).all(1).sum() > 1000


def test_quality_is_that_of_the_levels():
    image = np.full((16, 16, 3), 110, np.uint8)
    # 20 log10(255 / 10)
    assert tool._quality(image, image - np.uint8(10)).startswith('28.13 dB')


@pytest.mark.parametrize('args, match', [
    (['--columns', 'x'], "LABEL=FOLDER .* got 'x'"),
    (['--columns', 'x={}/run', 'x={}/run'], 'different labels'),
    (['--columns', 'x={}/none'], 'wanted a folder of images at'),
    (['--columns', 'x={}/run', '--change'], '--clean FOLDER'),
    (['--columns', 'x={}/run', '--rows', '0'], 'positive number of rows'),
    (['--columns', 'x={}/run:none'], 'images at .*none'),
    (['--columns', 'x={}/run', 'y={}/small'], 'give --by-order'),
    (['--columns', 'x={}/small', '--clean', '{}/big'], r'\(16, 24\), got'),
])
def test_refused(folders, args, match):
    write(folders / 'small/z.png', 3, (12, 12))
    write(folders / 'big/z.png', 3)
    args = [arg.format(folders) for arg in args]
    with pytest.raises((ValueError, FileNotFoundError), match=match):
        tool.main([str(folders / 'x.png'), *args])
    assert not (folders / 'x.png').exists()
