"""Writes splits of street scenes to a folder, whole or not at all."""
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from filelock import FileLock
from tqdm import tqdm

from mmadvrain.datasets.kitti_format import write_kitti_file
from mmadvrain.utils.files import write_json, write_png

from .annotations import coco_annotations, kitti_fields
from .layout import SIZE_HW
from .scene import SceneObject, render_scene

GENERATOR_VERSION = 1


def write_street_scenes(root: str | Path, split: str, num_images: int,
                        seed: int) -> bool:
    """Make sure that a split of street scenes is in a folder.

    Below ``root`` it consists of ``images/{split}/*.png``,
    ``label_2/{split}/*.txt`` (KITTI), ``annotations/{split}.json`` (COCO) and
    ``manifests/{split}.json``. The manifest is written last and says by which
    version of the generator, seed and number of images the split was made;
    if it says something else, or files are missing, the split is made again.
    Several processes may call this at once: one writes, the others wait.

    Args:
        root: Folder of the data set.
        split: Name of the split.
        num_images: Number of images, at least 1.
        seed: Seed of the scenes, at least 0.

    Returns:
        True if the split was made, False if it was there already.

    Raises:
        ValueError: If the name, number or seed is not usable.
        FileExistsError: If files are in the way that this function did not
            write.
    """
    _check_arguments(split, num_images, seed)
    root = Path(root)
    wanted = dict(
        generator='mmadvrain.street_scenes',
        version=GENERATOR_VERSION,
        split=split,
        num_images=num_images,
        seed=seed,
        size_hw=list(SIZE_HW),
        complete=True)
    if _is_complete(root, wanted):
        return False
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / f'.{split}.lock'):
        if _is_complete(root, wanted):
            return False
        _refuse_foreign(root, split)
        with tempfile.TemporaryDirectory(prefix=f'.{split}-', dir=root) as tmp:
            _write_files(Path(tmp), split, num_images, seed)
            _move_in(Path(tmp), root, wanted)
    return True


def _check_arguments(split: str, num_images: int, seed: int) -> None:
    if not isinstance(split, str) or not split.replace('-', '').replace(
            '_', '').isalnum():
        raise ValueError('split must be a name of letters, digits, "-" and '
                         f'"_", got {split!r}')
    for name, value, least in (('num_images', num_images, 1), ('seed', seed,
                                                               0)):
        if not isinstance(value, int) or isinstance(value,
                                                    bool) or value < least:
            raise ValueError(
                f'{name} must be an integer of at least {least}, got '
                f'{value!r}')


def _targets(root: Path, split: str) -> list[Path]:
    return [
        root / 'images' / split, root / 'label_2' / split,
        root / 'annotations' / f'{split}.json'
    ]


def _manifest(root: Path, split: str) -> Path:
    return root / 'manifests' / f'{split}.json'


def _is_complete(root: Path, wanted: dict[str, Any]) -> bool:
    """Tell whether the manifest and the files are those of a split."""
    split, count = wanted['split'], wanted['num_images']
    try:
        found = json.loads(_manifest(root, split).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    images, labels, annotations = _targets(root, split)
    names = {f'{index:06d}' for index in range(count)}
    return bool(found == wanted and annotations.is_file()
                and names == {path.stem
                              for path in images.glob('*.png')}
                and names == {path.stem
                              for path in labels.glob('*.txt')})


def _refuse_foreign(root: Path, split: str) -> None:
    """Raise if a split without manifest is there: it is somebody else's."""
    if _manifest(root, split).exists():
        return
    present = [str(path) for path in _targets(root, split) if path.exists()]
    if present:
        raise FileExistsError(
            f'the split {split!r} of the street scenes belongs below {root}, '
            f'but {", ".join(present)} is there without a manifest, so it was '
            'not made by this generator; name another data_root')


def _write_files(folder: Path, split: str, num_images: int, seed: int) -> None:
    images, labels, annotations = _targets(folder, split)
    for path in (images, labels, annotations.parent):
        path.mkdir(parents=True)
    scenes: list[list[SceneObject]] = []
    for index in tqdm(
            range(num_images), desc=f'street scenes: {split}', unit='img'):
        scene = render_scene(seed, index)
        write_png(images / f'{index:06d}.png', scene.image[..., ::-1])
        lines = [kitti_fields(item) for item in scene.objects]
        columns = {
            key: [line[key] for line in lines]
            for key in ('name', 'truncated', 'occluded', 'alpha', 'bbox',
                        'dimensions', 'location', 'rotation_y')
        }
        write_kitti_file(labels / f'{index:06d}.txt', columns)
        scenes.append(scene.objects)
    names = [f'{index:06d}.png' for index in range(num_images)]
    write_json(annotations, coco_annotations(scenes, names, SIZE_HW))


def _move_in(folder: Path, root: Path, wanted: dict[str, Any]) -> None:
    """Put finished files in place; until the end the manifest says so."""
    split = wanted['split']
    write_json(_manifest(root, split), dict(wanted, complete=False))
    for new, old in zip(_targets(folder, split), _targets(root, split)):
        if old.is_dir():
            shutil.rmtree(old)
        old.parent.mkdir(parents=True, exist_ok=True)
        new.replace(old)
    write_json(_manifest(root, split), wanted)
