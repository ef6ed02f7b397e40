"""A folder in the rain, and grids of kinds and rates."""
import cv2
import numpy as np
import pytest

from tests.test_tools.run_tool import ROOT, load_tool


@pytest.fixture
def folder(tmp_path):
    image = np.full((90, 120, 3), 50, np.uint8)
    image[:30] = 220
    (tmp_path / 'images').mkdir()
    cv2.imwrite(str(tmp_path / 'images/street.png'), image)
    return tmp_path / 'images'


def run(monkeypatch, *args):
    monkeypatch.syspath_prepend(str(ROOT / 'tools'))
    monkeypatch.setattr('sys.argv', ['browse_rain.py', *map(str, args)])
    load_tool('browse_rain.py').main()


def test_every_image_gets_the_same_rain_each_time(folder, tmp_path,
                                                  monkeypatch):
    for out in ('one', 'two'):
        run(monkeypatch, folder, tmp_path / out, '--rate', 100)
    clean, one, two = (
        cv2.imread(str(tmp_path / f'{f}/street.png')).astype(int)
        for f in ('images', 'one', 'two'))
    assert np.array_equal(one, two) and one.shape == clean.shape
    assert (one - clean)[30:].max() > 10


def test_rain_falls_on_a_folder(folder, tmp_path, monkeypatch):
    run(monkeypatch, folder, tmp_path / 'out', '--rate', 300, '--veil')
    clean, found = (
        cv2.imread(str(tmp_path / f'{f}/street.png'))
        for f in ('images', 'out'))
    assert found.shape == clean.shape and (found != clean).any()


def test_a_grid_has_a_row_for_each_image_and_a_column_for_each_rate(
        tmp_path, monkeypatch):
    road = np.full((96, 128, 3), 60, np.uint8)
    road[:40] = 230, 210, 200
    (tmp_path / 'in').mkdir()
    for name, image in (('a', road), ('b', road[36:])):
        cv2.imwrite(str(tmp_path / f'in/{name}.png'), image)
    run(monkeypatch, tmp_path / 'in', tmp_path / 'out', '--grid', '--rate',
        300, 999)
    found = cv2.imread(str(tmp_path / 'out/grid.png'))
    assert found.shape == (360 + 225, 3 * 480, 3)
    cells = found[160:360].reshape(200, 3, 480, 3).std((0, 2, 3))
    assert cells[0] < cells[1] < cells[2]


def test_a_grid_has_a_row_a_kind_and_a_column_a_rate(folder, tmp_path,
                                                     monkeypatch):
    run(monkeypatch, folder, tmp_path / 'grid', '--grid', '--rate', 10, 100,
        '--exposure', .004, '--beside', 'night', 'halder', 'paper')
    grid = cv2.imread(str(tmp_path / 'grid/grid.png')).astype(int)
    assert grid.shape == (4 * 360, 3 * 480, 3)
    cells = grid.reshape(4, 360, 3, 480, 3).transpose(0, 2, 1, 3, 4)
    cells = cells[:, :, 150:]  # the road, below the text
    clean, drizzle, pour = (cells[:, column] for column in range(3))
    assert (clean == clean[0, 0, 0]).all()
    for row in range(4):
        assert len({x.tobytes() for x in cells[row]}) == 3
        assert pour[row].std() > drizzle[row].std() > 0
    day, night, halder, paper = pour
    # darker before a lamp; the blend of rain-rendering is brighter, 4 ms over
    # 0.68 ms; streaks of the paper only add
    assert np.median(night) < 20 < np.median(day)
    assert halder.mean() > day.mean()
    assert paper.min() >= clean.min() - 1 and paper.max() > clean.max() + 3


@pytest.mark.parametrize('args, message', [
    (['--rate', '5', '10'], 'several rates want --grid'),
    (['--beside', 'paper'], '--beside wants --grid'),
    (['--rate', '-1'], r'in \[0.01, 1000\] mm/h'),
    (['--wind', '1000'], 'within 100 m/s'),
    (['--exposure', '8'], 'e.g. 0.008 for 8 ms'),
])
def test_what_cannot_be_is_refused_before_any_image(folder, tmp_path,
                                                    monkeypatch, args,
                                                    message):
    with pytest.raises(ValueError, match=message):
        run(monkeypatch, folder, tmp_path / 'out', *args)
    assert not (tmp_path / 'out').exists()


def test_no_image_is_written_over(folder, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match='want another folder'):
        run(monkeypatch, folder, folder)
    (tmp_path / 'file').write_text('x')
    with pytest.raises(FileExistsError, match='must be a folder'):
        run(monkeypatch, folder, tmp_path / 'file')
