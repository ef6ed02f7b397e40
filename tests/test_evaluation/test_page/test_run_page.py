"""The page of a run of the toy detector, and of one made by hand."""
import csv
import json
import re
import shutil

import pytest

from mmadvrain.apis.attack import run_attack
from mmadvrain.evaluation.page import tried, write_run_page
from mmadvrain.evaluation.page.class_scores import class_scores
from mmadvrain.evaluation.page.run_folder import RunFolder
from mmadvrain.structures.run_results import RunResults
from tests.toys.made_once import trained_weights
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import toy_attack, toy_config
from tests.toys.toy_run import write_toy_run

LOSS = [dict(type='mmadvrain.DetectorLossObjective')]


@pytest.fixture(scope='module')
def attacked(tmp_path_factory):
    """A run over six images, one of them broken."""
    folder = tmp_path_factory.mktemp('attacked')
    write_toy_coco(folder)
    sorted((folder / 'images').iterdir())[2].write_bytes(b'no image')
    run_attack(
        toy_config(folder, attack=toy_attack(4, LOSS)), str(trained_weights()))
    return folder / 'work_dir'


@pytest.fixture
def made(tmp_path):
    write_toy_run(tmp_path, 10)
    return tmp_path


def data_of(page):
    found = re.search(
        r'<script type="application/json" id="data">(.*?)'
        '</script>', page.read_text(), re.S)
    return json.loads(found[1])


def test_an_attack_ends_with_its_report(attacked):
    data = data_of(attacked / 'report.html')
    assert len(data['images']) == 5
    amounts = [image['d'] for image in data['images']]
    assert amounts == sorted(amounts, reverse=True) and amounts[0] > 0
    for image in data['images']:
        assert image['p'] == '111' and len(image['l']) == 4
        for kind in ('clean', 'rainy', 'rain'):
            assert (attacked / f'report/{kind}/{image["n"]}.jpg').is_file()


def test_ap_of_the_classes_has_the_metrics_mean(attacked):
    scores = class_scores(RunFolder.load(attacked))
    views = RunResults.load(attacked).views
    for view in ('clean', 'random', 'adversarial'):
        values = [by_view[view] for by_view in scores.values()]
        assert sum(values) / len(values) == pytest.approx(
            views[view]['coco/bbox_mAP'], abs=1e-9)


def test_failed_images_are_named(attacked):
    text = (attacked / 'report.html').read_text()
    failed, = RunResults.load(attacked).failed
    assert 'id="failed"' in text and failed in text
    assert failed in (attacked / 'report.md').read_text()
    assert failed not in [
        x['n'] for x in data_of(attacked / 'report.html')['images']
    ]


def test_the_run_can_be_repeated_from_it(attacked):
    text = (attacked / 'report.html').read_text()
    known = json.loads((attacked / 'provenance.json').read_text())
    assert known['sha256'] in text and known['versions']['torch'] in text
    assert 'class="command"' in text
    assert 'IterativeAttack' in text  # of the config in full


def test_nothing_comes_from_a_network(attacked):
    text = (attacked / 'report.html').read_text()
    for address in re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?([^"\'\s>)]+)',
                              text):
        assert not address.startswith(('http', '//')), address


def test_each_image_has_a_line(made):
    write_run_page(made)
    with (made / 'report.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10 and rows[1]['error'] == 'a <b>broken</b> file'
    first = rows[0]
    fell = float(first['clean/f1']) - float(first['adversarial/f1'])
    assert float(first['damage']) == pytest.approx(fell, abs=1e-12)
    right = int(first['objects']) - int(first['adversarial/missed'])
    assert right >= 0 and first['rate_mm_h'] == '25.0'


def test_the_first_metric_is_said_in_a_sentence(made):
    assert ('boxes: 50.0 on clean images, 10.0 on adversarial ones, 40.0 in '
            'as much random rain.') in write_run_page(made).read_text()


def test_it_says_where_the_detector_is_the_truth(made):
    assert 'no annotations' not in write_run_page(made).read_text()
    (made / 'annotations').mkdir()
    (made / 'annotations/seen.json').write_text('{}')
    assert 'no annotations' in write_run_page(made).read_text()


def test_what_comes_from_outside_is_no_markup(made):
    page = write_run_page(made)
    text = page.read_text()
    assert '<b>broken' not in text and '&lt;b&gt;broken' in text
    assert '"</script>.py"' not in text
    assert data_of(page)['images']


def test_the_gallery_takes_those_with_most_damage(made):
    every = data_of(write_run_page(made))['images']
    few = data_of(write_run_page(made, most_images=3))['images']
    assert [x['n'] for x in few] == [x['n'] for x in every[:3]]
    assert len(list((made / 'report').rglob('*.jpg'))) == 9
    assert 'Shown are 3 of 9' in (made / 'report.html').read_text()


def test_clean_images_may_be_gone(made):
    for path in (made / 'scenes').glob('clean*'):
        path.unlink()
    shutil.rmtree(made / 'report', ignore_errors=True)
    assert {x['p'] for x in data_of(write_run_page(made))['images']} == {'011'}


def test_a_page_that_fails_ends_no_run(made, tmp_path):
    shutil.rmtree(made / 'adversarial')
    with pytest.raises(FileNotFoundError):
        write_run_page(made)
    assert tried(write_run_page, made) is None


@pytest.mark.parametrize('missing,message',
                         [('results.json', 'it has not ended'),
                          ('images.json', 'run the attack')])
def test_an_unfinished_run_has_none(made, missing, message):
    (made / missing).unlink()
    with pytest.raises(FileNotFoundError, match=message):
        write_run_page(made)


def test_scores_are_shares(made):
    with pytest.raises(ValueError, match=r'in \[0, 1\], but got 30'):
        write_run_page(made, 30)
