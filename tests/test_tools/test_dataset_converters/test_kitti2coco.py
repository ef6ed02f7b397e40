import json

from mmadvrain.datasets.kitti_to_coco import kitti_to_coco
from tests.test_datasets.kitti_folder import write_kitti
from tests.test_tools.run_tool import load_tool, run_tool

TOOL = 'dataset_converters/kitti2coco.py'


def test_from_the_command_line(tmp_path):
    folder = write_kitti(tmp_path) / 'training'
    out = tmp_path / 'out.json'
    done = run_tool(TOOL, folder / 'image_2', folder / 'label_2', out)
    assert done.returncode == 0, done.stderr
    assert '3 images, 10 annotations' in done.stderr
    assert json.loads(out.read_text()) == kitti_to_coco(
        folder / 'image_2', folder / 'label_2')


def test_options(tmp_path):
    main = load_tool(TOOL).main
    folder = write_kitti(tmp_path) / 'training'
    split, out = tmp_path / 'val.txt', tmp_path / 'out.json'
    split.write_text('000007\n')
    args = [str(folder / 'image_2'), str(folder / 'label_2'), str(out)]
    assert main([*args, '--split', str(split), '--classes', 'Tram']) == 0
    coco = json.loads(out.read_text())
    assert [image['id'] for image in coco['images']] == [7]
    assert coco['categories'][0]['name'] == 'Tram'
    assert main([*args, '--classes', 'Bus']) == 1
    split.write_text('000099\n')
    assert main([*args, '--split', str(split)]) == 1
