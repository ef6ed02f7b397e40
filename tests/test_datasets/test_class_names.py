"""Classes of a config against categories of a file: what is refused."""
import json

import pytest

from mmadvrain.datasets.class_names import check_categories, clean_class_names
from mmadvrain.datasets.coco_format import check_annotations
from tests.test_engine.test_runner.test_attack_loop import runner_of
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import toy_attack, toy_config

COCO = dict(classes=('person', 'car'))


def categories(*names):
    return [dict(id=i, name=name) for i, name in enumerate(names)]


def test_the_same_names_in_the_same_order_with_others_between():
    check_categories(('a', 'b'), categories('root', 'a', 'x', 'b'), 'f.json')


@pytest.mark.parametrize('found, words', [
    (('b', 'a'), r"in another order \('b', 'a'\)"),
    (('a', 'a', 'b'), r"'a' is there more than once \(ids 0, 1\)"),
    (('a', 'c'), r"1 of them lack \('b'; the file has 'a', 'c'\)"),
    (('a', ), "1 of them lack"),
    ((), r'2 of them lack'),
    (('A', 'b '), r"2 of them lack \('a', 'b'; the file has 'A', 'b '\)"),
])
def test_what_is_refused(found, words):
    with pytest.raises(
            ValueError, match=rf"f.json: wanted .*'a', 'b'.*{words}"):
        check_categories(('a', 'b'), categories(*found), 'f.json')


def test_a_metric_that_sorts_categories_by_id():
    found = [dict(id=2, name='b'), dict(id=1, name='a')]
    check_categories(('a', 'b'), found, 'f.json', by_id=True)
    with pytest.raises(ValueError, match='another order'):
        check_categories(('a', 'b'), found, 'f.json')


@pytest.mark.parametrize('meta, words', [
    (dict(CLASSES=('red', )), "metainfo has 'CLASSES', wanted 'classes'"),
    (dict(Class=('red', )), "metainfo has 'Class', wanted 'classes'"),
    (dict(classes=('red')),
     r"such as \('red', \), or .* found the text 'red'"),
    (dict(classes=()), r'wanted a list of names .* found \(\)'),
    (dict(classes=[1, 2]), r'wanted a list of names .* found \[1, 2\]'),
    (dict(classes=('a', 'b', 'a')), r"each name once .* found 'a' again"),
])
def test_classes_that_are_no_list_of_names(meta, words):
    with pytest.raises(ValueError, match=words):
        clean_class_names(dict(metainfo=meta), COCO)


def test_classes_of_the_data_set_itself_or_of_nobody():
    assert clean_class_names({}, COCO) == ('person', 'car')
    assert clean_class_names({}, {}) is None
    assert clean_class_names(dict(metainfo=dict(palette=[])),
                             COCO) == ('person', 'car')


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
def test_a_file_of_classes_as_editors_leave_it(tmp_path, encoding):
    path = tmp_path / 'classes.txt'
    path.write_bytes('Möwe\r\ntraffic light \r\n\r\n'.encode(encoding))
    data = dict(metainfo=dict(classes=str(path)))
    assert clean_class_names(data, COCO) == ('Möwe', 'traffic light')
    assert data['metainfo']['classes'] == ('Möwe', 'traffic light')


@pytest.fixture
def config(tmp_path):
    write_toy_coco(tmp_path, num_images=2)
    return toy_config(tmp_path, attack=toy_attack(1))


def rewrite(path, change):
    content = json.loads(path.read_text())
    change(content['categories'])
    path.write_text(json.dumps(content))


def double(found):
    found.insert(0, dict(id=0, name='red', supercategory='none'))


@pytest.mark.parametrize(
    'change, words', [
        (lambda found: found.reverse(),
         "another order .*'blue', 'green', 'red'"),
        (double, r"'red' is there more than once \(ids 0, 1\)"),
        (lambda found: found.pop(), "1 of them lack .*'blue'"),
    ],
    ids=['reversed', 'root', 'fewer'])
def test_a_file_of_data_and_metric_is_refused(config, tmp_path, change, words):
    rewrite(tmp_path / 'annotations.json', change)
    with pytest.raises(ValueError, match=words):
        check_annotations(config)
    # a runner of MMDetection's own scripts asks nobody before it builds
    runner = runner_of(config)
    with pytest.raises(ValueError, match=words):
        runner.build_test_loop(runner.cfg.test_cfg)


def test_numbers_of_classes_want_ids_that_ascend(config, tmp_path):
    """CocoMetric would give red the number of blue."""

    def turn(found):
        found[0]['id'], found[2]['id'] = found[2]['id'], found[0]['id']

    rewrite(tmp_path / 'annotations.json', turn)
    check_annotations(config)
    config.test_evaluator.classwise = True
    words = "ids ascend, .* but they are 7, 3, 1; mmadvrain.FastCocoMetric"
    with pytest.raises(ValueError, match=words):
        check_annotations(config)
    runner = runner_of(config)
    with pytest.raises(ValueError, match=words):
        runner.build_test_loop(runner.cfg.test_cfg)
    config.test_evaluator.type = 'mmadvrain.FastCocoMetric'
    check_annotations(config)


def test_a_metric_with_a_file_of_its_own(config, tmp_path):
    other = tmp_path / 'other.json'
    other.write_text((tmp_path / 'annotations.json').read_text())
    rewrite(other, lambda found: found.reverse())
    config.test_evaluator.ann_file = str(other)
    with pytest.raises(ValueError, match='other.json: .*another order'):
        check_annotations(config)
    # these go by names
    config.test_evaluator = dict(
        type='mmadvrain.PascalMetric', ann_file=str(other))
    check_annotations(config)
