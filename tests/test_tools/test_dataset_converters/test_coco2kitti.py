import json

import pytest

from tests.test_datasets.kitti_folder import write_kitti
from tests.test_datasets.test_coco_to_kitti import kitti_to_coco, plain_coco
from tests.test_tools.run_tool import load_tool, run_tool

TOOL = 'dataset_converters/coco2kitti.py'
coco_results_to_kitti = load_tool(TOOL).coco_results_to_kitti


@pytest.fixture
def case(tmp_path):
    folder = write_kitti(tmp_path) / 'training'
    coco = kitti_to_coco(folder / 'image_2', folder / 'label_2')
    path = tmp_path / 'ann.json'
    path.write_text(json.dumps(coco))
    return folder / 'label_2', path


def test_labels_come_back(case, tmp_path):
    labels, ann_file = case
    out = tmp_path / 'deep/out'
    done = run_tool(TOOL, ann_file, out)
    assert done.returncode == 0, done.stderr
    assert '3 files' in done.stderr
    assert {
        path.name: path.read_text()
        for path in out.iterdir()
    } == {
        path.name: path.read_text()
        for path in labels.iterdir()
    }


def test_results_from_the_command_line(case, tmp_path):
    main = load_tool(TOOL).main
    results = tmp_path / 'results.json'
    results.write_text(
        json.dumps([
            dict(image_id=7, category_id=1, bbox=[1, 2, 3, 4], score=.5),
            dict(image_id=7, category_id=2, bbox=[1, 2, 3, 4], score=.5)
        ]))
    args = [str(case[1]), str(tmp_path / 'out'), '--results', str(results)]
    main([*args, '--class-map', 'Car=Van'])
    assert (tmp_path / 'out/000007.txt').read_text() == (
        'Van -1 -1 -10 1.00 2.00 4.00 6.00 -1 -1 -1 -1000 -1000 -1000 -10 '
        '0.5\n')
    assert (tmp_path / 'out/000002.txt').read_text() == ''
    for bad in ('Car', '=Van', 'a=b=c'):
        with pytest.raises(ValueError, match='wanted NAME=TYPE'):
            main([*args, '--class-map', bad])
    results.write_text('no json')
    with pytest.raises(ValueError, match='Expecting value'):
        main(args)


def test_results():
    results = [
        dict(image_id=1, category_id=3, bbox=[1, 2, 3, 4], score=.25),
        dict(image_id=1, category_id=44, bbox=[1, 2, 3, 4], score=.5)
    ]
    files = coco_results_to_kitti(results, plain_coco(), dict(car='Car'))
    assert files['a']['name'] == ['Car']
    assert files['a']['bbox'].tolist() == [[1, 2, 4, 6]]
    assert files['a']['score'].tolist() == [.25]
    # an image without detections has its file too
    assert files['b']['score'].shape == (0, )
    with pytest.raises(ValueError, match='result 0: .* category 5'):
        coco_results_to_kitti([dict(results[0], category_id=5)], plain_coco())
