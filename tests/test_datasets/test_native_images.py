"""Clean images at native resolution, and what is wrong with some."""
import copy
import json

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import DATASETS
from PIL import Image

from mmadvrain.datasets.image_header import look_at_header
from mmadvrain.datasets.native_images import NativeImages, ground_truth
from tests.toys.made_once import toy_images, toy_root
from tests.toys.toy_data import toy_dataset, write_toy_coco

RESIZED = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(128, 128), keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='PackDetInputs')
]
# annotations before the resize, as attack pipelines tend to have them
MOVED = [RESIZED[i] for i in (0, 2, 1, 3)]


@pytest.fixture
def root(tmp_path):
    write_toy_coco(tmp_path)
    return tmp_path


def content_of(root):
    return json.loads((root / 'annotations.json').read_text())


def change(root, **changes):
    path = root / 'annotations.json'
    path.write_text(json.dumps(dict(content_of(root), **changes)))


def test_pixels_are_those_of_the_file():
    images = toy_images()
    assert len(images) == 6
    for index in range(6):
        sample = images[index]
        picture = np.asarray(Image.open(images.paths[index]).convert('RGB'))
        levels = (sample.image * 255).round().permute(1, 2, 0).numpy()
        # the two libraries may decode JPEG differently by a level or two
        assert np.abs(levels -
                      picture).max() <= (3 if images.paths[index].suffix
                                         == '.jpg' else 0)
        assert sample.image.dtype == torch.float32
        assert sample.problems == []


def test_keys_and_names():
    images = toy_images()
    assert images.keys == [11, 5, 42, 7, 30, 2]
    assert images.names[:2] == ['000011', '000005']
    assert images[1].key == 5 and images[1].name == '000005'


@pytest.mark.parametrize('pipeline', [RESIZED, MOVED], ids=['after', 'before'])
def test_objects_are_in_pixels_of_the_networks_input(pipeline):
    """Wherever the pipeline loads its annotations, the boxes are right."""
    images = toy_images(pipeline)
    annotations = content_of(toy_root())['annotations']
    for index in range(6):
        target = images[index].target
        height, width = images[index].image.shape[-2:]
        ratio = 128 / max(height, width)
        wide = int(width * ratio + 0.5) / width  # a whole pixel
        high = int(height * ratio + 0.5) / height
        mine = [a for a in annotations if a['image_id'] == images.keys[index]]
        for crowd, found in ((0, target.gt_instances),
                             (1, target.ignored_instances)):
            wanted = [[x, y, x + w, y + h]
                      for x, y, w, h in (a['bbox'] for a in mine
                                         if a['iscrowd'] == crowd)]
            torch.testing.assert_close(
                found.bboxes,
                torch.tensor([wide, high, wide, high]) *
                torch.tensor(wanted).reshape(-1, 4),
                rtol=1e-5,
                atol=1e-4)
            labels = [{
                1: 0,
                3: 1,
                7: 2
            }[a['category_id']] for a in mine if a['iscrowd'] == crowd]
            assert found.labels.tolist() == labels
        assert target.img_id == images.keys[index]
    assert len(images[2].target.ignored_instances) == 1
    assert len(images[3].target.gt_instances) == 0


def test_the_data_sets_own_samples_stay_as_they_are():
    images = toy_images()
    before = json.dumps(images.dataset.get_data_info(0), sort_keys=True)
    images[0].target.gt_instances.bboxes.zero_()
    assert json.dumps(
        images.dataset.get_data_info(0), sort_keys=True) == before


def test_ground_truth_without_a_scale_is_in_native_pixels():
    info = dict(instances=[dict(bbox=[1, 2, 3, 5], bbox_label=4)])
    target = ground_truth(dict(img_id=1), info)
    assert target.gt_instances.bboxes.tolist() == [[1., 2., 3., 5.]]
    assert target.gt_instances.labels.tolist() == [4]
    assert len(target.ignored_instances) == 0


def rewrite(path, picture):
    """Write another picture under a name, whatever its suffix."""
    done, data = cv2.imencode('.png', picture)
    assert done
    path.write_bytes(data.tobytes())


@pytest.mark.parametrize(
    'change_picture, words', [
        (lambda p: p[..., 0],
         "wanted 8-bit RGB, but the file holds mode 'L' of "),
        (lambda p: np.dstack([p, p[..., :1]]),
         "the file holds mode 'RGBA' of 96"),
        (lambda p: p[..., 0].astype(np.uint16) * 257,
         "holds mode 'I;16' with 16"),
        (lambda p: p.astype(np.uint16) * 257,
         "holds mode 'RGB' with 16 bits of"),
    ],
    ids=['gray', 'rgba', 'gray16', 'rgb16'])
def test_other_formats_are_named_and_attacked_as_they_are_loaded(
        change_picture, words, root):
    images = toy_images(root=root)
    picture = cv2.imread(str(images.paths[0]))
    rewrite(images.paths[0], change_picture(picture))
    sample = images[0]
    problem, = sample.problems
    assert words in problem and '96x64 pixels' in problem
    assert sample.image.shape == (3, 64, 96)
    assert sample.target is not None
    loaded = cv2.imread(str(images.paths[0]))[..., ::-1].transpose(2, 0, 1)
    assert np.array_equal((sample.image * 255).round().numpy(), loaded)


def turned_by(orientation, root, color_type='color'):
    """The first image, its file with an EXIF entry."""
    pipeline = copy.deepcopy(RESIZED)
    pipeline[0]['color_type'] = color_type
    path = toy_images(root=root).paths[0]
    entry = Image.Exif()
    entry[0x112] = orientation
    picture = Image.open(path)
    picture.load()
    picture.save(path, exif=entry)
    return toy_images(pipeline, root)[0]


@pytest.mark.parametrize('orientation, size, flags', [
    (6, (96, 64), ['turned_by_exif', 'other_size']),
    (3, (64, 96), ['turned_by_exif']),
    (1, (64, 96), []),
])
def test_an_image_that_its_exif_entry_turns_has_a_flag(root, orientation, size,
                                                       flags):
    before = toy_images(root=root)[0].image
    sample = turned_by(orientation, root)
    assert tuple(sample.image.shape[-2:]) == size
    assert sample.flags == flags
    assert len(sample.problems) == len(flags)
    assert torch.equal(sample.image, before) == (orientation == 1)


def test_a_loader_that_does_not_turn_raises_no_flag(root):
    sample = turned_by(6, root, 'color_ignore_orientation')
    assert tuple(sample.image.shape[-2:]) == (64, 96)
    assert sample.flags == sample.problems == []


@pytest.mark.parametrize('name, deep', [('8.bmp', False), ('8.tiff', False),
                                        ('16.png', True), ('16.tiff', True),
                                        ('16.ppm', True), ('8.ppm', False)])
def test_depth_is_that_of_the_channels(tmp_path, name, deep):
    """535 BMP pixels take 1,608 bytes a row, which says nothing of depth."""
    kind = np.uint16 if name.startswith('16') else np.uint8
    picture = np.random.default_rng(0).integers(0, 255, (16, 535, 3))
    assert cv2.imwrite(str(tmp_path / name), picture.astype(kind))
    problems, flags = look_at_header(tmp_path / name)
    assert ['with 16 bits' in p for p in problems] == [True] * deep
    assert flags == []


@pytest.mark.parametrize(
    'data', [b'', b'no image', b'\x89PNG\r\n\x1a\n' + bytes(40)],
    ids=['empty', 'text', 'broken'])
def test_an_unreadable_file_is_named(data, root):
    images = toy_images(root=root)
    images.paths[0].write_bytes(data)
    sample = images[0]
    assert sample.image is None
    assert 'wanted an image that can be read, but ' in sample.problems[-1]
    assert images[1].image is not None


def test_a_missing_file_among_others_is_named(root):
    images = toy_images(root=root)
    images.paths[4].unlink()
    again = toy_images(root=root)
    assert again[4].image is None
    assert 'FileNotFoundError' in again[4].problems[-1]


def test_another_size_than_annotated_is_named(root):
    content = content_of(root)
    content['images'][0].update(height=60, width=91)
    change(root, images=content['images'])
    sample = toy_images(root=root)[0]
    assert sample.image is not None
    assert sample.problems == [
        'wanted 60x91 pixels (height x width), as the annotations say, but '
        'the image has 64x96'
    ]
    assert sample.flags == ['other_size']


class TestRefused:

    def test_most_files_are_not_there(self, root):
        for path in sorted((root / 'images').iterdir())[:4]:
            path.unlink()
        with pytest.raises(
                ValueError,
                match='annotation file does not match the images: 4 of 6 '
                'image files are not there, the first is .*000011.png'):
            toy_images(root=root)

    def test_no_image_at_all(self, root):

        class Empty(type(toy_images().dataset)):

            def __len__(self):
                return 0

        dataset = Empty(**{
            k: v
            for k, v in toy_dataset(root).items() if k != 'type'
        })
        with pytest.raises(
                ValueError,
                match='test data set is empty: wanted '
                'at least one image of .*annotations.json'):
            NativeImages(dataset)

    def test_two_images_of_one_file(self, root):
        content = content_of(root)
        content['images'][1]['file_name'] = './000011.png'
        change(root, images=content['images'])
        with pytest.raises(ValueError, match="share the name '000011'"):
            toy_images(root=root)

    def test_a_wrapped_data_set(self):
        inner = dict(toy_dataset(toy_root()), _scope_='mmdet')
        wrapped = DATASETS.build(
            dict(type='ConcatDataset', datasets=[inner], _scope_='mmdet'))
        with pytest.raises(
                ValueError,
                match='derived from mmengine '
                'BaseDataset, but got ConcatDataset'):
            NativeImages(wrapped)

    @pytest.mark.parametrize(
        'pipeline, found',
        [(RESIZED[1:], 'Resize'),
         ([dict(type='LoadAnnotations')], 'LoadAnnotations'), ([], 'nothing')])
    def test_a_pipeline_that_loads_no_file(self, pipeline, found):
        with pytest.raises(
                ValueError,
                match='must begin with loading an '
                f'image file, but begins with {found}'):
            toy_images(pipeline)

    @pytest.mark.parametrize('name', ['a\0b.png', 'é' * 125 + '.png'])
    def test_a_name_that_results_cannot_have(self, root, name):
        content = content_of(root)
        content['images'][0]['file_name'] = name
        change(root, images=content['images'])
        with pytest.raises(ValueError, match='at most 240 bytes without null'):
            toy_images(root=root)


class Broken:

    def __call__(self, results):
        raise TypeError('wanted a number')


def test_a_transform_that_fails_is_not_called_an_unreadable_image():
    images = toy_images()
    images.dataset.pipeline.transforms.insert(2, Broken())
    sample = images[0]
    assert sample.image is None
    assert sample.problems == [
        'wanted an image that the test pipeline takes, but Broken raised '
        'TypeError: wanted a number'
    ]


def test_floats_that_are_whole_levels_are_the_image():
    pipeline = copy.deepcopy(RESIZED)
    pipeline[0]['to_float32'] = True
    assert torch.equal(toy_images(pipeline)[1].image, toy_images()[1].image)


def test_floats_between_levels_are_named():
    images = toy_images()
    own = images.dataset.pipeline.transforms[0]

    def halved(results):
        results = own(results)
        return dict(results, img=results['img'] / 2.)

    images.dataset.pipeline.transforms[0] = halved
    assert 'must be 8 bit with three channels' in images[0].problems[-1]


def test_subfolders_are_kept_in_names(root):
    content = content_of(root)
    (root / 'images/city.v1').mkdir()
    for image in content['images']:
        name = f'city.v1/{image["file_name"]}'
        (root / 'images' / image['file_name']).rename(root / 'images' / name)
        image['file_name'] = name
    change(root, images=content['images'])
    assert toy_images(root=root).names[0] == 'city.v1/000011'
