"""Rank correlation of drops, by hand values."""
import json

import pytest

from tests.test_tools.run_tool import load_tool

TOOL = load_tool('analysis_tools/compare_rain.py')


def study(path, **rows):
    path.write_text(
        json.dumps([
            dict(row=row, victim=victim, metric='coco/bbox_mAP_50', value=v)
            for row, values in rows.items()
            for victim, v in zip('abcd', values)
        ]))
    return str(path)


def run(tmp_path, monkeypatch, simulated):
    clear = study(tmp_path / 'clear.json', clean=(.5, .6, .7, .4))
    rain = study(tmp_path / 'rain.json', clean=(.4, .4, .4, .4))
    made = study(
        tmp_path / 'made.json', clean=(.9, .9, .9, .9), random=simulated)
    monkeypatch.setattr('sys.argv', [
        'compare_rain.py', clear, rain, made, '--row', 'random', '--out',
        str(tmp_path / 'out.json')
    ])
    TOOL.main()
    return json.loads((tmp_path / 'out.json').read_text())


def test_one_pair_in_another_order(tmp_path, monkeypatch, capsys):
    # real drops .1 .2 .3 0; simulated .1 .3 .2 0: of 6 pairs one is reversed
    found = run(tmp_path, monkeypatch, (.8, .6, .7, .9))
    assert found['kendall'] == pytest.approx((5 - 1) / 6)
    # 1 - 6 (1 + 1) / (4 * 15)
    assert found['spearman'] == pytest.approx(.8)
    assert found['drops'][1]['real'] == pytest.approx(.2)
    assert 'Spearman 0.800' in capsys.readouterr().out


def test_two_detectors_have_no_ranks_worth_a_word(tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match='wants three detectors'):
        run(tmp_path, monkeypatch, (.8, .6))


def test_a_study_without_that_row_is_named(tmp_path):
    path = study(tmp_path / 'a.json', clean=(.5, ))
    with pytest.raises(SystemExit, match="no row 'worst' of metric 'ap'"):
        TOOL.scores_of(path, 'worst', 'ap')
    (tmp_path / 'a.json').write_text('{}')
    with pytest.raises(SystemExit, match='must be the study.json'):
        TOOL.scores_of(path, 'clean', 'ap')
