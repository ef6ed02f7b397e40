"""The tool that makes a report again."""
import json
from dataclasses import asdict

import pytest

from mmadvrain.structures.study_row import StudyRow
from tests.test_tools.run_tool import load_tool
from tests.toys.toy_run import write_toy_run


def run(monkeypatch, *args):
    monkeypatch.setattr('sys.argv', ['report.py', *map(str, args)])
    load_tool('analysis_tools/report.py').main()


def test_report_of_a_run(monkeypatch, capsys, tmp_path):
    write_toy_run(tmp_path, 4)
    run(monkeypatch, tmp_path, '--score-thr', '0.5', '--most-images', '2')
    page = tmp_path / 'report.html'
    assert capsys.readouterr().out.splitlines()[-1] == str(page)
    assert 'score 0.5' in page.read_text()
    assert 'Shown are 2 of 3' in page.read_text()


def test_report_of_a_study(monkeypatch, tmp_path):
    row = StudyRow(
        sweep='attacks',
        row='<weak>',
        view='adversarial',
        victim='two',
        metric='coco/bbox_mAP',
        value=.25,
        label='<weak>',
        folder='sets/two/weak-1')
    (tmp_path / 'study.json').write_text(
        json.dumps(dict(title='toys & co', rows=[asdict(row)])))
    run(monkeypatch, tmp_path)
    text = (tmp_path / 'report.html').read_text()
    assert 'toys &amp; co' in text and '&lt;weak&gt;' in text
    assert '<td>25.0</td>' in text and '<weak>' not in text


def test_what_is_no_run_is_said_in_a_sentence(monkeypatch, tmp_path):
    with pytest.raises(FileNotFoundError, match='no results of a run at'):
        run(monkeypatch, tmp_path)
