"""The picture of a step is as wide as its times."""
import xml.etree.ElementTree as ET

from benchmarks.bench_case import BenchCase
from benchmarks.step_picture import WIDTH, Frame, flame_graph, step_frames
from tests.toys.made_once import trained_weights
from tests.toys.toy_data import write_toy_coco
from tests.toys.toy_detector import toy_attack, toy_config


def test_widths_are_times():
    root = Frame('whole <a>')
    root.time = 10.
    for name, time in (('half', 5.), ('fifth', 2.), ('hair', 0.01)):
        root.call(name).time = time
    root.call('half').call('inner').time = 4.
    tree = ET.fromstring(flame_graph(root, 'a & b'))
    space = '{http://www.w3.org/2000/svg}'
    found = {}
    for group in tree.iter(f'{space}g'):
        title = group.find(f'{space}title').text
        found[title] = float(group.find(f'{space}rect').get('width')), \
            group.get('transform')
    assert found == {
        'whole <a> 100.0 %': (WIDTH, 'translate(0.0 0)'),
        'half 50.0 %': (WIDTH / 2, 'translate(0.0 20)'),
        'inner 40.0 %': (0.4 * WIDTH, 'translate(0.0 40)'),
        'fifth 20.0 %': (WIDTH / 5, f'translate({WIDTH / 2} 20)')
    }


def test_frames_of_a_step(tmp_path):
    write_toy_coco(tmp_path)
    config = toy_config(tmp_path, attack=toy_attack(2))
    case = BenchCase(config, str(trained_weights()), tmp_path / 'run', 1)
    root = step_frames(case, 2)
    names = set(root.calls)
    assert {'render rain', 'resize and normalise', 'step of the rain'} <= names
    inner = sum(one.time for one in root.calls.values())
    assert 0 < inner <= root.time * 1.001
