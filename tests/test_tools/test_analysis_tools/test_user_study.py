"""The page is driven in a browser; answers are tallied by hand values."""
import json
import re
import shutil
import subprocess
from urllib.parse import unquote

import cv2
import numpy as np
import pytest

from tests.test_tools.run_tool import load_tool

TOOL = load_tool('analysis_tools/user_study.py')
CHROMIUM = shutil.which('chromium') or shutil.which('google-chrome')


@pytest.fixture
def page(tmp_path, monkeypatch):
    for kind, level in (('ours', 90), ('theirs', 200)):
        (tmp_path / kind).mkdir()
        for name in ('a', 'b'):
            cv2.imwrite(
                str(tmp_path / kind / f'{name}.png'),
                np.full((30, 40, 3), level, np.uint8))
    cv2.imwrite(
        str(tmp_path / 'ours/alone.png'), np.zeros((9, 9, 3), np.uint8))
    argv = [f'{kind}={tmp_path / kind}' for kind in ('ours', 'theirs')]
    monkeypatch.setattr('sys.argv', [
        'user_study.py', 'page',
        str(tmp_path / 'page.html'), '--images', *argv
    ])
    TOOL.main()
    return tmp_path / 'page.html'


@pytest.mark.skipif(CHROMIUM is None, reason='wants chromium')
def test_a_person_with_a_keyboard_answers_the_page(page, tmp_path):
    # 4 ratings, one of them taken back, and 2 choices; other keys do nothing
    keys = [
        '9', '5', 'Backspace', '4', '4', 'ArrowLeft', '4', '4', '3', '2',
        'ArrowRight'
    ]
    driver = '<script>for (const key of %s) document.dispatchEvent(' \
        'new KeyboardEvent("keydown", {key}));</script>' % json.dumps(keys)
    page.write_text(page.read_text().replace('</html>', driver + '</html>'))
    done = subprocess.run([
        CHROMIUM, '--headless', '--no-sandbox', '--disable-gpu',
        f'--user-data-dir={tmp_path / "profile"}', '--dump-dom',
        page.as_uri()
    ],
                          capture_output=True,
                          text=True,
                          timeout=60,
                          check=True)
    saved, = re.findall(r'href="data:application/json,([^"]+)"', done.stdout)
    content = json.loads(unquote(saved))
    rated = [a for a in content['answers'] if a['task'] == 'rate']
    assert sorted(
        (a['kind'], a['name'])
        for a in rated) == [(k, n) for k in ('ours', 'theirs') for n in 'ab']
    assert {a['score'] for a in rated} == {4}
    chosen = [a for a in content['answers'] if a['task'] == 'choose']
    assert sorted(a['name'] for a in chosen) == ['a', 'b']
    assert all({a['chosen'], a['other']} == {'ours', 'theirs'} for a in chosen)


def test_the_page_has_each_scene_of_all_kinds_and_needs_no_network(page):
    text = page.read_text()
    assert text.count('data:image/jpeg;base64') == 4 and 'alone' not in text
    assert 'http' not in text and 'src="' not in text


def rate(kind, score):
    return dict(task='rate', name='a', kind=kind, score=score)


def choose(chosen, other):
    return dict(task='choose', name='a', chosen=chosen, other=other)


def test_each_rater_counts_once():
    # one rates twice as often; means 4.5 and 2 make 3.25
    rows = TOOL.tally({
        'x': [rate('ours', 5),
              rate('ours', 4),
              choose('ours', 'theirs')],
        'y': [rate('ours', 2), choose('theirs', 'ours')],
        'z': [choose('ours', 'theirs')],
    })
    found = {(row['kind'], row['what']): row for row in rows}
    score = found['ours', 'score']
    assert score['mean'] == 3.25 and score['answers'] == 3
    assert score['interval'] == [2, 4.5]
    assert found['ours', 'chosen over theirs']['mean'] == pytest.approx(2 / 3)
    assert found['theirs', 'chosen over ours']['mean'] == pytest.approx(1 / 3)


def test_an_interval_of_the_mean_is_that_of_the_normal_law():
    values = list(np.random.RandomState(0).normal(3, 1, 100))
    low, high = TOOL.interval(values)
    half = 1.96 * np.std(values) / 10
    assert low == pytest.approx(np.mean(values) - half, abs=.03)
    assert high == pytest.approx(np.mean(values) + half, abs=.03)
    assert TOOL.interval([1.]) is None


def test_what_is_no_study_is_refused(tmp_path):
    (tmp_path / 'a.json').write_text('[]')
    with pytest.raises(SystemExit, match='must hold the answers'):
        TOOL.read_answers([str(tmp_path / 'a.json')])
    with pytest.raises(SystemExit, match="KIND=FOLDER, but got 'x'"):
        TOOL.find_images(['x'])
    with pytest.raises(SystemExit, match='none in common'):
        TOOL.find_images([f'x={tmp_path}', f'y={tmp_path}'])
