"""A data set of files and objects in memory."""
import pytest

from mmadvrain.datasets.listed_images import ListedImages

BOX = dict(bbox=[0, 0, 2, 2], bbox_label=1, ignore_flag=0)


def test_it_gives_what_it_got():
    images = ListedImages(['a.png', 'b.png'], [[BOX], []], ['x', 'y'], [])
    assert len(images) == 2
    assert images.get_data_info(0)['instances'] == [BOX]
    assert images.get_data_info(1)['img_path'] == 'b.png'
    assert images.metainfo['classes'] == ('x', 'y')
    assert len(ListedImages([], [], ['x'], [])) == 0


def test_objects_are_of_every_image():
    with pytest.raises(ValueError, match='objects of 2 images, got those of'):
        ListedImages(['a.png', 'b.png'], [[BOX]], ['x', 'y'], [])
