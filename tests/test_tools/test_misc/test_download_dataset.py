import pytest

from mmadvrain.datasets import archives
from tests.test_datasets.test_archives import archive, server
from tests.test_tools.run_tool import load_tool, run_tool

TOOL = 'misc/download_dataset.py'
__all__ = ['server']


def test_a_whole_preparation(server, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setitem(
        archives.ARCHIVES, 'kitti',
        [archive(server, 'images.zip')._replace(url='http://none/images.zip')])
    root = tmp_path / 'data'
    args = ['--dataset-name', 'kitti', '--save-dir', str(root)]
    main = load_tool(TOOL).main
    server.cut_after = [50]
    assert main([*args, '--unzip', '--delete', '--mirror', server.url]) == 0
    assert (root / 'training/image_2/000000.png').is_file()
    assert not (root / 'images.zip').exists()


def test_errors_from_the_command_line(server, tmp_path):  # noqa: F811
    server.files['/val2017.zip'] = b'something else'
    args = ('--dataset-name', 'coco-val2017', '--save-dir', tmp_path)
    done = run_tool(TOOL, *args, '--mirror', server.url)
    assert done.returncode == 1
    assert 'wanted 815,585,330 bytes, the server has 14' in done.stderr
    assert 'Traceback' not in done.stderr
    main = load_tool(TOOL).main
    assert main([*map(str, args), '--delete']) == 1
    with pytest.raises(SystemExit):
        main(['--dataset-name', 'voc', '--save-dir', str(tmp_path)])
