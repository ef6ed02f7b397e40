"""The generator of street scenes and the folders it writes."""
import hashlib
import json
import threading
from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
import pytest

from mmadvrain.datasets.coco_to_kitti import coco_to_kitti
from mmadvrain.datasets.kitti_format import read_kitti_file
from projects.street_scenes.street_scenes import scene, writer
from projects.street_scenes.street_scenes.camera import Camera
from projects.street_scenes.street_scenes.daylight import rgb
from projects.street_scenes.street_scenes.layout import (
    CATEGORIES,
    SIZE_HW,
    Plan,
    draw_plan,
)
from projects.street_scenes.street_scenes.ordering import far_to_near
from projects.street_scenes.street_scenes.people import cyclist, pedestrian
from projects.street_scenes.street_scenes.scene import (
    Scene,
    SceneObject,
    render_plan,
    render_scene,
)
from projects.street_scenes.street_scenes.solids import Thing, block, place
from projects.street_scenes.street_scenes.vehicles import car, van
from projects.street_scenes.street_scenes.writer import write_street_scenes

HEIGHT, WIDTH = SIZE_HW
MODELS = {
    'Car': lambda rng, yaw: car(rng),
    'Van': lambda rng, yaw: van(rng),
    'Pedestrian': pedestrian,
    'Cyclist': cyclist
}
# scene 0 of seed 1, whose picture was looked at
GOLDEN_CATEGORIES = ['Car', 'Car', 'Cyclist', 'Car', 'Van', 'Cyclist', 'Van']
GOLDEN_BOXES = [[125.33, 126.67, 152.17, 144.67],
                [95.0, 129.0, 139.33, 151.83], [134.5, 123.17, 165.0, 155.17],
                [33.83, 130.0, 109.5, 168.0], [211.67, 115.17, 263.0, 166.5],
                [1.17, 123.83, 43.0, 208.0], [221.0, 81.67, 394.67, 248.67]]


@lru_cache
def empty_street() -> Plan:
    camera = Camera(300.0, WIDTH / 2, 110.0, 1.6, 0.0, SIZE_HW)
    plan = draw_plan(np.random.default_rng(3))
    return replace(plan, camera=camera, buildings=[], things=[])


def plan_with(*things: Thing) -> Plan:
    """An empty street under a plain camera, with the given things."""
    return replace(empty_street(), things=list(things))


def cuboid(kind: str, x: float, z: float, size=(1.0, 2.0, 1.0)) -> Thing:
    wide, tall, deep = size
    faces = block((-wide / 2, 0, -deep / 2), (wide / 2, tall, deep / 2),
                  rgb(0.9, 0.1, 0.1))
    return place(faces, (wide, deep), (x, z), 0.0, kind)


def render(plan: Plan):
    return render_plan(plan, np.random.default_rng(0))


# ---------------------------------------------------------------- generator
def test_same_seed_same_bits_other_seed_other_scene():
    first, again = render_scene(5, 2), render_scene(5, 2)
    assert first.image.dtype == np.uint8
    assert first.image.shape == (HEIGHT, WIDTH, 3)
    np.testing.assert_array_equal(first.image, again.image)
    assert first.objects == again.objects
    for seed, index in ((6, 2), (5, 3)):
        other = render_scene(seed, index)
        assert (other.image != first.image).mean() > 0.5
        assert other.objects != first.objects


def test_scene_is_that_of_generator_version_1():
    """Another generator wants another version: the weights depend on it."""
    assert writer.GENERATOR_VERSION == 1
    found = [(o.category, *o.box) for o in render_scene(1, 0).objects]
    assert [row[0] for row in found] == GOLDEN_CATEGORIES
    np.testing.assert_allclose([row[1:] for row in found],
                               GOLDEN_BOXES,
                               atol=0.51)


def test_global_random_state_is_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    render_scene(0, 0)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize('seed, index', [(-1, 0), (0, -1)])
def test_negative_seed_or_index(seed, index):
    with pytest.raises(ValueError, match='at least 0, got'):
        render_scene(seed, index)


def test_boxes_lie_inside_the_image():
    for index in range(4):
        for item in render_scene(11, index).objects:
            x1, y1, x2, y2 = item.box
            assert 0 <= x1 < x2 <= WIDTH and 0 <= y1 < y2 <= HEIGHT
            assert item.category in CATEGORIES
            assert 0 <= item.truncation < 1 and 0 < item.visible <= 1
            cut = x1 == 0 or y1 == 0 or x2 == WIDTH or y2 == HEIGHT
            assert cut or item.truncation == 0


def test_camera_projects_as_a_pinhole():
    camera = Camera(300.0, 200.0, 100.0, 1.5, 0.5, SIZE_HW)
    found = camera.project(np.array([[2.5, 0.0, 10.0], [0.5, 1.5, 5.0]]))
    # 200 + 300 * (2.5 - 0.5) / 10, 100 + 300 * (1.5 - 0) / 10
    np.testing.assert_allclose(found, [[260.0, 145.0], [200.0, 100.0]])
    across, depth = camera.ground()
    row, column = 144 - camera.ground_row, 259
    np.testing.assert_allclose(depth[row], 300 * 1.5 / (144.5 - 100))
    np.testing.assert_allclose(
        across[row, column],
        0.5 + (259.5 - 200) * depth[row, 0] / 300,
        rtol=1e-5)


def test_box_of_a_cuboid_is_its_projection():
    item, = render(plan_with(cuboid('Car', 1.0, 10.5))).objects
    # the near face is at 10 m, from 0.5 m to 1.5 m right of the camera
    wanted = [
        208 + 300 * 0.5 / 11, 110 + 300 * (1.6 - 2.0) / 10,
        208 + 300 * 1.5 / 10, 110 + 300 * 1.6 / 10
    ]
    np.testing.assert_allclose(item.box, wanted, atol=0.6)
    assert (item.truncation, item.visible, item.occlusion) == (0, 1, 0)


@pytest.mark.parametrize('kind', CATEGORIES)
@pytest.mark.parametrize('yaw', [0.0, 0.7, np.pi / 2, np.pi])
def test_box_agrees_with_the_drawn_pixels(kind, yaw, monkeypatch):
    monkeypatch.setattr(scene, 'paint_shadows',
                        lambda camera, *_: np.ones(camera.size_hw))
    solids, size = MODELS[kind](np.random.default_rng(4), yaw)
    thing = place(solids, size, (0.4, 8.0), yaw, kind)
    drawn = render(plan_with(thing))
    empty = render(plan_with())
    change = np.abs(drawn.image.astype(int) - empty.image).max(axis=-1)
    rows, columns = np.nonzero(change > 14)
    item, = drawn.objects
    np.testing.assert_allclose(
        item.box,
        [columns.min(),
         rows.min(),
         columns.max() + 1,
         rows.max() + 1],
        atol=2.0)
    assert item.category == kind and not item.ignored


def test_far_objects_are_smaller_in_proportion():

    def height(z: float) -> float:
        item, = render(plan_with(cuboid('Van', 0.0, z, (1, 1.5, 0)))).objects
        return item.box[3] - item.box[1]

    np.testing.assert_allclose(height(5.0) / height(15.0), 3.0, rtol=0.03)


# ---------------------------------------------------------------- occlusion
def test_near_thing_hides_far_thing_whatever_the_order():
    near = cuboid('Car', 0.0, 6.0, (1.0, 1.0, 0.5))
    far = cuboid('Van', 0.0, 12.0, (1.0, 2.0, 0.5))
    seen = [render(plan_with(*order)) for order in ((near, far), (far, near))]
    np.testing.assert_array_equal(seen[0].image, seen[1].image)
    for view in seen:
        boxes = {item.category: item for item in view.objects}
        assert boxes['Car'].visible == 1
        assert 0 < boxes['Van'].visible < 0.85
        # the box is that of the whole object, hidden parts included
        alone, = render(plan_with(far)).objects
        assert boxes['Van'].box == alone.box and alone.visible == 1


@pytest.mark.parametrize('shift, occlusion, ignored', [(1.0, 0, False),
                                                       (0.7, 1, False),
                                                       (0.35, 2, False),
                                                       (0.1, 2, True)])
def test_occlusion_levels(shift, occlusion, ignored):
    """A screen of the same size at half the distance hides 1 - shift."""
    far = cuboid('Car', 0.0, 12.0, (2.0, 2.0, 0.01))
    screen = cuboid(None, shift, 6.0, (1.0, 3.0, 0.01))
    found = [o for o in render(plan_with(far, screen)).objects]
    item, = found
    np.testing.assert_allclose(item.visible, shift, atol=0.03)
    assert (item.occlusion, item.ignored) == (occlusion, ignored)


def test_hidden_object_is_not_listed():
    far = cuboid('Car', 0.0, 12.0, (1.0, 1.0, 0.1))
    screen = cuboid(None, 0.0, 6.0, (3.0, 3.0, 0.1))
    assert render(plan_with(far, screen)).objects == []


def test_truncation_is_the_share_of_the_box_outside():
    # 1 m wide at 10 m, its middle on the left edge of the picture
    x = -WIDTH / 2 * 10 / 300
    item, = render(plan_with(cuboid('Van', x, 10.0, (1, 1, 0)))).objects
    np.testing.assert_allclose(item.truncation, 0.5, atol=0.03)
    assert item.box[0] == 0


@pytest.mark.parametrize('size, ignored', [((0.9, 0.9, 0), False),
                                           ((0.9, 0.6, 0), True),
                                           ((0.25, 0.9, 0), True)])
def test_tiny_objects_are_ignored(size, ignored):
    item, = render(plan_with(cuboid('Car', 0.0, 15.0, size))).objects
    assert item.ignored is ignored  # 20 px a metre: 18, 12 and 5 px


def test_painting_order_agrees_with_rays():
    """On every ray from the camera, what is met first is painted last."""
    rng = np.random.default_rng(0)
    eye = np.zeros(2)
    for _ in range(12):
        shapes = _disjoint_rectangles(rng, 12)
        rank = np.argsort(far_to_near(shapes, eye))
        for angle in np.linspace(-1.2, 1.2, 60):
            ray = np.array([np.sin(angle), np.cos(angle)])
            met = sorted((hit, i) for i, shape in enumerate(shapes)
                         if (hit := _first_hit(shape, ray)) is not None)
            ranks = [rank[i] for _, i in met]
            assert ranks == sorted(ranks, reverse=True)


def _disjoint_rectangles(rng, count):
    shapes = []
    while len(shapes) < count:
        shape = cv2.boxPoints(
            ((rng.uniform(-8, 8), rng.uniform(3, 30)), (rng.uniform(0.3, 2.5),
                                                        rng.uniform(0.3, 6)),
             rng.uniform(0, 90))).astype(np.float64)
        if shape[:, 1].min() > 0.5 and all(
                cv2.rotatedRectangleIntersection(
                    cv2.minAreaRect(shape.astype(np.float32)),
                    cv2.minAreaRect(other.astype(np.float32)))[0] == 0
                for other in shapes):
            shapes.append(shape)
    return shapes


def _first_hit(shape, ray):
    """Distance to the first edge met by a ray from the origin, or None."""
    hits = []
    for a, b in zip(shape, np.roll(shape, -1, axis=0)):
        system = np.stack([ray, a - b], axis=1)
        if abs(np.linalg.det(system)) > 1e-9:
            distance, share = np.linalg.solve(system, a)
            if distance > 0 and 0 <= share <= 1:
                hits.append(distance)
    return min(hits, default=None)


def test_order_of_nothing():
    assert far_to_near([], np.zeros(2)) == []


# ------------------------------------------------------------------ folders
@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp('scenes')
    assert write_street_scenes(root, 'val', 3, 1)
    return root


def digest(root):
    return {
        path.relative_to(root).as_posix():
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob('*')) if path.is_file()
    }


def test_folder_holds_what_was_rendered(folder):
    coco = json.loads((folder / 'annotations/val.json').read_text())
    assert [c['name'] for c in coco['categories']] == list(CATEGORIES)
    assert len(coco['images']) == 3
    for image in coco['images']:
        scene_ = render_scene(1, image['id'])
        stored = cv2.imread(str(folder / 'images/val' / image['file_name']))
        np.testing.assert_array_equal(stored[..., ::-1], scene_.image)
        assert stored.shape[:2] == (image['height'], image['width'])
        found = [
            a for a in coco['annotations'] if a['image_id'] == image['id']
        ]
        assert len(found) == len(scene_.objects) > 0
        for ann, item in zip(found, scene_.objects):
            x, y, wide, tall = ann['bbox']
            np.testing.assert_allclose([x, y, x + wide, y + tall],
                                       item.box,
                                       atol=1e-6)
            np.testing.assert_allclose(ann['area'], wide * tall, atol=1e-3)
            assert CATEGORIES[ann['category_id'] - 1] == item.category
            assert ann['iscrowd'] == item.ignored


def test_coco_and_kitti_forms_agree(folder):
    coco = json.loads((folder / 'annotations/val.json').read_text())
    labels = coco_to_kitti(coco)
    assert sorted(labels) == ['000000', '000001', '000002']
    for image in coco['images']:
        stem = image['file_name'][:-4]
        stored = read_kitti_file(folder / 'label_2/val' / f'{stem}.txt')
        for key, value in labels[stem].items():
            np.testing.assert_array_equal(stored[key], value, err_msg=key)
        anns = [a for a in coco['annotations'] if a['image_id'] == image['id']]
        for line, ann in enumerate(anns):
            x, y, wide, tall = ann['bbox']
            np.testing.assert_allclose(
                stored['bbox'][line], [x, y, x + wide, y + tall], atol=1e-6)
            name = CATEGORIES[ann['category_id'] - 1]
            assert stored['name'][line] == ('DontCare'
                                            if ann['iscrowd'] else name)


def test_kitti_lines_use_the_marks_for_unknown(folder):
    lines = (folder / 'label_2/val/000000.txt').read_text().splitlines()
    assert lines
    for line in lines:
        fields = line.split()
        assert len(fields) == 15
        assert fields[3] == '-10'
        assert fields[8:] == ['-1'] * 3 + ['-1000'] * 3 + ['-10']
        if fields[0] == 'DontCare':
            assert fields[1:3] == ['-1', '-1']
        else:
            assert fields[2] in ('0', '1', '2')
            assert 0 <= float(fields[1]) <= 1


def test_finished_split_is_kept(folder):
    before = {p: p.stat().st_mtime_ns for p in folder.rglob('*.png')}
    assert not write_street_scenes(folder, 'val', 3, 1)
    assert before == {p: p.stat().st_mtime_ns for p in folder.rglob('*.png')}


@pytest.fixture
def quick(monkeypatch):
    """Count scenes, and make small ones."""
    rendered = []

    def small_scene(seed, index):
        rendered.append((seed, index))
        rng = np.random.default_rng((seed, index))
        image = rng.integers(0, 256, (8, 8, 3), np.uint8)
        corner = round(float(rng.uniform(0, 4)), 2)
        box = (corner, corner, 8.0, 7.0)
        return Scene(image, [SceneObject('Car', box, 0.1, 1.0, False)])

    monkeypatch.setattr(writer, 'render_scene', small_scene)
    return rendered


def spoil_manifest(root):
    path = root / 'manifests/demo.json'
    content = json.loads(path.read_text())
    assert content['version'] == writer.GENERATOR_VERSION
    path.write_text(json.dumps(dict(content, version=0)))


def half_written(root):
    path = root / 'manifests/demo.json'
    content = json.loads(path.read_text())
    path.write_text(json.dumps(dict(content, complete=False)))


@pytest.mark.parametrize(
    'spoil', [
        spoil_manifest, half_written, lambda root:
        (root / 'manifests/demo.json').write_text('{'), lambda root:
        (root / 'images/demo/000001.png').unlink(), lambda root:
        (root / 'label_2/demo/000000.txt').unlink(), lambda root:
        (root / 'annotations/demo.json').unlink(), lambda root:
        (root / 'images/demo/000009.png').touch()
    ],
    ids=['version', 'half', 'no json', 'image', 'label', 'boxes', 'extra'])
def test_stale_split_is_made_again(spoil, tmp_path, quick):
    write_street_scenes(tmp_path, 'demo', 2, 7)
    before = digest(tmp_path)
    spoil(tmp_path)
    assert digest(tmp_path) != before
    assert write_street_scenes(tmp_path, 'demo', 2, 7)
    assert digest(tmp_path) == before
    assert len(quick) == 4


def test_other_seed_or_number_makes_the_split_again(tmp_path, quick):
    assert write_street_scenes(tmp_path, 'demo', 2, 7)
    assert write_street_scenes(tmp_path, 'demo', 1, 7)
    assert [p.name
            for p in (tmp_path / 'images/demo').iterdir()] == ['000000.png']
    assert write_street_scenes(tmp_path, 'demo', 1, 8)
    assert quick == [(7, 0), (7, 1), (7, 0), (8, 0)]


def test_interrupted_writing_leaves_the_old_split(tmp_path, quick,
                                                  monkeypatch):
    write_street_scenes(tmp_path, 'demo', 1, 7)
    before = digest(tmp_path)

    def fails(seed, index):
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(writer, 'render_scene', fails)
        with pytest.raises(KeyboardInterrupt):
            write_street_scenes(tmp_path, 'demo', 2, 7)
    assert digest(tmp_path) == before
    assert not write_street_scenes(tmp_path, 'demo', 1, 7)


def test_interrupted_move_is_noticed(tmp_path, quick, monkeypatch):
    write_street_scenes(tmp_path, 'demo', 1, 7)

    def fails(self, target):
        raise OSError('full')

    with monkeypatch.context() as context:
        context.setattr(writer.Path, 'replace', fails)
        with pytest.raises(OSError, match='full'):
            write_street_scenes(tmp_path, 'demo', 2, 7)
    assert write_street_scenes(tmp_path, 'demo', 2, 7)
    assert not write_street_scenes(tmp_path, 'demo', 2, 7)


def test_files_of_others_are_not_touched(tmp_path):
    own = tmp_path / 'images/val/holiday.png'
    own.parent.mkdir(parents=True)
    own.write_bytes(b'mine')
    with pytest.raises(FileExistsError, match='without a manifest'):
        write_street_scenes(tmp_path, 'val', 1, 0)
    assert own.read_bytes() == b'mine'


def test_several_at_once_write_once(tmp_path, quick):
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(
            write_street_scenes(tmp_path, 'demo', 2, 7))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False, False, True]
    assert len(quick) == 2


@pytest.mark.parametrize('arguments, message', [
    (('a/b', 1, 0), 'split must be a name'),
    (('', 1, 0), 'split must be a name'),
    (('val', 0, 0), 'num_images must be an integer of at least 1, got 0'),
    (('val', 1, -1), 'seed must be an integer of at least 0, got -1'),
    (('val', 1.5, 0), 'num_images must be an integer'),
    (('val', 1, True), 'seed must be an integer'),
])
def test_unusable_arguments(arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        write_street_scenes(tmp_path, *arguments)
    assert not list(tmp_path.iterdir())
