"""Rows -> Markdown, CSV and LaTeX."""
import csv
import io
from dataclasses import replace

import pytest

from mmadvrain.evaluation.page import write_study_page
from mmadvrain.evaluation.report import (
    markdown_table,
    matrix,
    study_csv,
    study_latex,
    study_markdown,
)
from mmadvrain.structures.study_row import StudyRow
from tests.markdown import cells


def row(name, victim, value, **changes):
    return replace(
        StudyRow(
            sweep='attacks',
            row=name,
            view='adversarial',
            source='a',
            source_config='a.py',
            label=name,
            attack_config='rain.py',
            seed=0,
            folder='sets/a/rain',
            victim=victim,
            victim_config=f'{victim}.py',
            checkpoint=f'{victim}.pth',
            sha256='0123456789abcdef' * 4,
            images=79,
            metric='coco/bbox_mAP',
            convention='COCO',
            value=value,
            flags=dict(zero_gradient=3),
            quality=dict(psnr=21.123456, odd=1.)), **changes)


CLEAN = dict(sweep='', label='', quality={}, flags={}, seed=None)
CLEAN_ROW = row('clean', 'a', 1 / 3, paper=43.8, low=0.25, high=0.375, **CLEAN)
ROWS = [
    CLEAN_ROW,
    row('ra_in', 'a', 0.0666),
    row('clean', 'b', 0.5, **CLEAN),
    row('ra_in', 'b', None),
    row('clean', 'b', 7.5, metric='kitti/x', scale=1., **CLEAN),
]


def test_matrix():
    assert matrix(ROWS, 'attacks', 'coco/bbox_mAP') == (['', 'a', 'b'], [[
        'clean', '33.3 [25.0, 37.5] (43.8)', '50.0'
    ], ['ra_in', '6.7', '-']])
    assert matrix(ROWS, 'attacks', 'kitti/x')[1] == [['clean', '7.5']]


def test_seeds_are_one_row_with_students_interval():
    rows = [CLEAN_ROW] + [
        row('rain', 'a', value, seed=seed, quality=dict(psnr=20. + seed))
        for seed, value in enumerate([0.1, 0.2, 0.3])
    ]
    # t of 2 degrees and 97.5 percent, as tables have it
    reach = 100 * 4.302653 * 0.1 / 3**0.5
    expected = f'20.0 [{20 - reach:.1f}, {20 + reach:.1f}]'
    assert matrix(rows, 'attacks', 'coco/bbox_mAP')[1][1] == ['rain', expected]
    text = study_markdown(rows, 'Rain')
    assert "Student's intervals over 3 seeds" in text
    assert ['attacks: rain', '21', 'zero_gradient 9'] in cells(text)
    assert [r[0] for r in cells(text)[-3:]] == ['attacks rain'] * 3
    assert len(study_csv(rows).splitlines()) == 5


def test_a_seed_that_is_not_scored_makes_no_mean():
    rows = [row('rain', 'a', v, seed=i) for i, v in enumerate([0.1, None])]
    line, = matrix(rows, 'attacks', 'coco/bbox_mAP')[1]
    assert line == ['rain', '10.0']


def test_cells_stand_in_the_order_of_their_numbers():
    rows = [
        row('clean', 'a', 0.5, **CLEAN),
        row('many', 'a', 0.1, x=0.02),
        row('few', 'a', 0.2, x=0.001)
    ]
    lines = matrix(rows, 'attacks', 'coco/bbox_mAP')[1]
    assert [line[0] for line in lines] == ['clean', 'few', 'many']
    rows[1] = replace(rows[1], x=None)
    lines = matrix(rows, 'attacks', 'coco/bbox_mAP')[1]
    assert [line[0] for line in lines] == ['clean', 'many', 'few']


def test_a_sweep_has_a_table_of_its_own():
    rows = [*ROWS, row('0.1', 'a', 0.25, sweep='eps')]
    lines = matrix(rows, 'eps', 'coco/bbox_mAP')[1]
    assert [line[0] for line in lines] == ['clean', '0.1']
    text = study_markdown(rows, 'Title')
    assert text.index('## attacks') < text.index('## eps')


def test_markdown_has_quality_flags_and_all_rows():
    text = study_markdown(ROWS, 'Title', 'Table 5')
    assert text.startswith('# Title\n')
    assert 'over images; in round ones Table 5.' in text
    parts = text.split('\n\n')
    quality = cells(parts[parts.index('## Quality of the sets') + 1])
    assert quality == [['set', 'PSNR [dB]', 'odd', 'flags'],
                       ['attacks: ra_in', '21.12', '1', 'zero_gradient 3']]
    table = cells(parts[parts.index('## Rows') + 1])
    assert table[1] == [
        'clean', 'a', 'coco/bbox_mAP', '0.3333', '43.8', '79', '', 'a.py',
        'a.pth', '0123456789ab', 'sets/a/rain', ''
    ]
    assert len(table) == 1 + len(ROWS)


def test_csv_is_unrounded():
    lines = list(csv.DictReader(io.StringIO(study_csv(ROWS))))
    assert float(lines[0]['value']) == 1 / 3
    assert lines[1]['psnr'] == '21.123456' and lines[0]['psnr'] == ''
    assert lines[1]['flags'] == 'zero_gradient 3'
    assert lines[3]['value'] == ''


def test_latex_is_escaped_and_says_what_it_shows():
    text = study_latex(ROWS, 'Title', 'Table 5')
    assert text.count(r'\begin{tabular}') == text.count(r'\end{tabular}') == 2
    lines = [' '.join(line.split()) for line in text.splitlines()]
    assert r'ra\_in & 6.7 & - \\' in lines
    assert r'clean & 33.3 [25.0, 37.5] (43.8) & 50.0 \\' in lines
    assert any(x.startswith('% a: a.py, SHA-256 0123') for x in lines)
    assert '% ra_in: seed 0, rain.py on a.py, flags: zero_gradient 3' in lines
    assert all(x.startswith('%') or '%' not in x for x in lines)


@pytest.mark.parametrize('write', [study_markdown, study_latex])
def test_without_published_numbers(write):
    assert 'round ones' not in write(ROWS[1:], 'Title')


@pytest.mark.parametrize('write', [study_markdown, study_latex, study_csv])
def test_nothing_yet(write):
    titles = () if write is study_csv else ('Title', )
    assert isinstance(write([], *titles), str)


def test_a_table_without_lines():
    assert cells(markdown_table(['a', 'b'], [])) == [['a', 'b']]


def test_the_page_says_what_the_tables_say(tmp_path):
    rows = [row('rain', 'a', 0.1 * i, seed=i) for i in (1, 2, 3)]
    page = write_study_page(tmp_path, rows, 'Rain').read_text()
    # apostrophes are escaped
    assert 'intervals over 3 seeds' in page
