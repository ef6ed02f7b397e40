"""COCO annotation file of the images of one weather of ACDC or BDD100K.

ACDC: ``gt_detection/rain/instancesonly_rain_val_gt_detection.json``, in COCO's
form already, whose images lie in ``rgb_anon/rain/val``; or labels in COCO's
panoptic form, of reference images in clear weather, in
``rgb_anon/rain/val_ref``.
BDD100K: a list of frames with ``attributes`` and ``labels``, as in
``det_20/det_val.json`` or ``bdd100k_labels_images_val.json``.

    mmadvrain weather2coco det_20/det_val.json rainy.json --weather rainy
"""
import argparse
import json
from pathlib import Path, PurePosixPath

from mmadvrain.cli import quiet, run_tool, tool_parser

RENAMED = dict(pedestrian='person', motor='motorcycle', bike='bicycle')
"""To what COCO calls them."""

with quiet():
    from mmadvrain.datasets.coco_format import check_coco
    from mmadvrain.utils.files import write_json


def parse_args() -> argparse.Namespace:
    parser = tool_parser(__doc__)
    parser.add_argument('labels', help='JSON file of the data set')
    parser.add_argument('out', help='COCO annotation file')
    parser.add_argument(
        '--weather',
        default='rain',
        help="ACDC: folder in an image's path, such as rain; BDD100K: its "
        'attribute, such as rainy or clear; all for any')
    parser.add_argument(
        '--time', help='BDD100K: its timeofday, such as daytime; default: any')
    return parser.parse_args()


def acdc_to_coco(content: dict, weather: str) -> dict:
    """Images and boxes of one weather of ACDC.

    The file of rain's training images was published with those of all four
    weathers, so the path of an image decides.

    Args:
        content: Labels in COCO's detection or panoptic form.
        weather: A folder in the path of its images, or ``'all'``.
    """
    images = [
        image for image in content['images'] if weather == 'all'
        or weather in PurePosixPath(image['file_name']).parts
    ]
    kept = {image['id'] for image in images}
    boxes = []
    for ann in content['annotations']:
        # panoptic: one entry for each image; stuff is no object
        for part in ann.get('segments_info', [ann]):
            if ann['image_id'] in kept:
                boxes.append(dict(part, image_id=ann['image_id']))
    things = {
        category['id']: category
        for category in content['categories'] if category.get('isthing', 1)
    }
    return _coco(images, [
        dict(
            image_id=box['image_id'],
            category_id=box['category_id'],
            bbox=box['bbox'],
            area=box.get('area', box['bbox'][2] * box['bbox'][3]),
            iscrowd=box.get('iscrowd', 0))
        for box in boxes if box['category_id'] in things
    ], {
        key: category['name']
        for key, category in things.items()
    })


def bdd_to_coco(
    frames: list[dict],
    weather: str,
    time: str | None = None,
    size_wh: tuple[int, int] = (1280, 720)) -> dict:
    """Images and boxes of one weather of BDD100K.

    Args:
        frames: Its labels. Lanes and areas, which have no box, are left out.
        weather: Attribute of a frame, or ``'all'``.
        time: Its ``timeofday``; None is any.
        size_wh: Of its images, which all are of one size.
    """
    frames = [
        frame for frame in frames
        if weather in ('all', frame['attributes']['weather']) and time in (
            None, frame['attributes']['timeofday'])
    ]
    labels = [(index, label) for index, frame in enumerate(frames, 1)
              for label in frame.get('labels') or () if label.get('box2d')]
    names = sorted({label['category'] for _, label in labels})
    category = {name: i for i, name in enumerate(names, 1)}
    images = [
        dict(
            id=index,
            file_name=frame['name'],
            width=size_wh[0],
            height=size_wh[1]) for index, frame in enumerate(frames, 1)
    ]
    boxes = []
    for index, label in labels:
        left, top, right, bottom = (
            label['box2d'][key] for key in ('x1', 'y1', 'x2', 'y2'))
        boxes.append(
            dict(
                image_id=index,
                category_id=category[label['category']],
                bbox=[left, top, right - left, bottom - top],
                area=(right - left) * (bottom - top),
                iscrowd=int((label.get('attributes') or {}).get('crowd', 0))))
    return _coco(images, boxes, {i: name for name, i in category.items()})


def _coco(images: list[dict], boxes: list[dict], names: dict[int,
                                                             str]) -> dict:
    return dict(
        images=images,
        annotations=[dict(box, id=i) for i, box in enumerate(boxes, 1)],
        categories=[
            dict(id=key, name=RENAMED.get(name, name))
            for key, name in sorted(names.items())
        ])


def main() -> int:
    args = parse_args()
    content = json.loads(Path(args.labels).read_text())
    try:
        if isinstance(content, list):
            coco = bdd_to_coco(content, args.weather, args.time)
        else:
            coco = acdc_to_coco(content, args.weather)
    except (AttributeError, KeyError, TypeError) as error:
        raise SystemExit(
            f'{args.labels} must be labels of ACDC (COCO form) or of BDD100K '
            f'(a list of frames), but cannot be read: {error!r}') from error
    if not coco['images']:
        raise SystemExit(f'{args.labels} has no images of weather '
                         f'{args.weather!r}')
    check_coco(coco, args.labels)
    write_json(args.out, coco)
    print(f'{args.out}: {len(coco["images"])} images, '
          f'{len(coco["annotations"])} boxes')
    return 0


if __name__ == '__main__':
    run_tool(main)
