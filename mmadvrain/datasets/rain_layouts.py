"""How published deraining sets name rainy images and their clean partners."""
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class RainLayout:
    r"""Where the images of a set are, and which belong together.

    Names are paths relative to their folder, with ``/`` and without suffix.

    Attributes:
        rainy_dir: Folder of the rainy images.
        clean_dir: Folder of the clean images.
        rainy_name: Regular expression that the whole name of a rainy image
            matches; other files are left alone.
        clean_name: Template that makes the name of the clean image out of that
            match.
        clean_known: Regular expression of all clean names; a clean image
            without rainy ones is reported. Empty where clean images without
            rain are normal.
        rainy_per_clean: Rainy images of each clean one.
        rainy_side: ``'left'`` or ``'right'`` where one file holds both images
            side by side.
        paired_by_list: Whether a text file lists the pairs.
    """

    rainy_dir: str = ''
    clean_dir: str = ''
    rainy_name: str = '(.+)'
    clean_name: str = r'\1'
    clean_known: str = '.+'
    rainy_per_clean: int | None = None
    rainy_side: str | None = None
    paired_by_list: bool = False


LAYOUTS: dict[str, RainLayout] = dict(
    folders=RainLayout('rainy', 'clean'),
    # rain-001.png beside norain-001.png; in the test sets in rainy/
    rain100_old=RainLayout(
        rainy_name=r'(.*/)?rain-(\d+)',
        clean_name=r'norain-\2',
        clean_known=r'norain-\d+'),
    # rain/norain-001.png, rain/rain-001.png or rain/X2/norain-1x2.png
    # for norain/norain-001.png, norain/norain-1.png
    rain100_new=RainLayout(
        'rain',
        'norain',
        rainy_name=r'(?:X2/)?(?:no)?rain-(\d+)(?:x2)?',
        clean_name=r'norain-\1'),
    # the clean half is the left one
    rain800=RainLayout(rainy_side='right'),
    # Rain_{Heavy,Medium,Light}/train2018new/0.jpg, the left half is rainy
    rain1200=RainLayout(rainy_side='left'),
    # 1_1.jpg to 1_14.jpg for 1.jpg
    rain1400=RainLayout(
        'rainy_image',
        'ground_truth',
        rainy_name=r'(\d+)_\d+',
        rainy_per_clean=14),
    # real_world.txt: "/real_world/x/y.png /real_world/gt/x.png"
    spa_data=RainLayout(paired_by_list=True),
    # aachen/aachen_000004_000019_leftImg8bit_rain_alpha_..._pattern_1.png
    # for aachen/aachen_000004_000019_leftImg8bit.png
    rain_cityscapes=RainLayout(
        'leftImg8bit_rain',
        'leftImg8bit',
        rainy_name=r'(.+_leftImg8bit)_rain_.+',
        clean_known=''))


def match_pairs(rainy: Iterable[str], clean: Iterable[str],
                layout: RainLayout) -> tuple[list[tuple[str, str]], list[str]]:
    """Find the clean partner of each rainy image.

    Args:
        rainy: Files in the rainy folder, relative to it.
        clean: Files in the clean folder, relative to it.
        layout: How they are named.

    Returns:
        Pairs of (rainy, clean) files, in the order of ``rainy``; and one
        sentence for each image that lacks partners, or has two.
    """
    known: dict[str, str] = {}
    complaints = []
    for file in clean:
        other = known.setdefault(_name(file), file)
        if other != file and layout.clean_known and re.fullmatch(
                layout.clean_known, _name(file)):
            complaints.append(f'clean image {file} has the name of {other}')
    pairs = []
    counts = dict.fromkeys(known, 0)
    for file in rainy:
        match = re.fullmatch(layout.rainy_name, _name(file))
        if match is None:
            continue
        wanted = match.expand(layout.clean_name)
        if wanted in known:
            pairs.append((file, known[wanted]))
            counts[wanted] += 1
        else:
            complaints.append(f'rainy image {file} has no clean {wanted}.*')
    least = layout.rainy_per_clean or 1
    for name, count in counts.items():
        if count < least and layout.clean_known and re.fullmatch(
                layout.clean_known, name):
            complaints.append(
                f'clean image {known[name]} has {count} rainy images instead '
                f'of {layout.rainy_per_clean or "one or more"}')
    return pairs, complaints


def _name(file: str) -> str:
    """Cut the suffix off."""
    return file.rpartition('.')[0]
