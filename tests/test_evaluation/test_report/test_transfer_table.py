"""Rows -> Markdown, CSV and LaTeX."""
import csv
import io

import pytest

from mmadvrain.evaluation.report.transfer_table import (
    transfer_csv,
    transfer_latex,
    transfer_markdown,
    transfer_matrix,
)


def row(name, victim, value, **changes):
    return dict(
        dict(
            row=name,
            view='adversarial',
            source='a',
            source_config='a.py',
            attack='rain',
            attack_config='rain.py',
            seed=0,
            victim=victim,
            config=f'{victim}.py',
            checkpoint=f'{victim}.pth',
            sha256='0123456789abcdef' * 4,
            images=79,
            metric='coco/bbox_mAP',
            convention='COCO',
            value=value,
            percent=None if value is None else value * 100,
            paper=None,
            flags=dict(zero_gradient=3),
            quality=dict(psnr=21.123456, odd=1.)), **changes)


ROWS = [
    row('clean', 'a', 1 / 3, quality={}, flags={}, seed=None, paper=43.8),
    row('ra_in', 'a', 0.0666),
    row('clean', 'b', 0.5, quality={}, flags={}, seed=None),
    row('ra_in', 'b', None),
    row('clean', 'b', 7.5, metric='kitti/x', percent=7.5, quality={}),
]


def test_matrix():
    assert transfer_matrix(ROWS, 'coco/bbox_mAP').splitlines() == [
        '|  | a | b |', '| --- | ---: | ---: |', '| clean | 33.3 (43.8) | '
        '50.0 |', '| ra_in | 6.7 | - |'
    ]
    assert '| clean | 7.5 |' in transfer_matrix(ROWS, 'kitti/x')


def test_markdown_has_quality_flags_and_all_rows():
    lines = transfer_markdown(ROWS, 'Title', 'Table 5').splitlines()
    assert lines[0] == '# Title'
    assert 'COCO; in percent. In brackets: the paper, Table 5.' in lines
    assert 'COCO; in percent.' in lines  # the other metric
    at = lines.index('## Quality of the sets')
    assert lines[at + 2] == '| set | PSNR [dB] | odd | flags |'
    assert lines[at + 4] == '| ra_in | 21.12 | 1 | zero_gradient 3 |'
    assert ('| clean | a | coco/bbox_mAP | 0.3333 | 43.8 | 79 |  | a.py | '
            'a.pth | 0123456789ab | COCO |  |') in lines
    assert sum(line.startswith(('| clean', '| ra_in'))
               for line in lines) == 3 + 1 + 5


def test_csv_is_unrounded():
    lines = list(csv.DictReader(io.StringIO(transfer_csv(ROWS))))
    assert float(lines[0]['value']) == 1 / 3
    assert lines[1]['psnr'] == '21.123456' and lines[0]['psnr'] == ''
    assert lines[1]['flags'] == 'zero_gradient 3'
    assert lines[3]['value'] == ''


def test_latex_is_escaped_and_says_what_it_shows():
    text = transfer_latex(ROWS, 'Title', 'Table 5')
    assert text.count(r'\begin{tabular}') == text.count(r'\end{tabular}') == 2
    assert r'ra\_in & 6.7 & - \\' in text
    assert r'clean & 33.3 (43.8) & 50.0 \\' in text
    assert '% a: a.py, SHA-256 0123456789abcdef' in text
    assert '% ra_in: seed 0, rain.py on a.py, flags: zero_gradient 3' in text
    for line in text.splitlines():
        assert line.startswith('%') or '%' not in line


@pytest.mark.parametrize('write', [transfer_markdown, transfer_latex])
def test_without_published_numbers(write):
    text = write(ROWS[1:], 'Title')
    assert 'rackets' not in text
