"""The page of a run, and its tables beside it."""
import math
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mmadvrain
from mmadvrain.evaluation.report import attack_cells, metric_convention
from mmadvrain.typing import PathLike
from mmadvrain.utils.files import atomic_path
from mmadvrain.utils.progress import Progress

from .class_scores import class_scores, count_objects
from .curves import Curve, curve
from .damage import Damage, damage_of, sum_errors
from .environment import environment
from .flag_texts import flag_texts
from .gallery_data import STATES, gallery_entry
from .pictures import FOLDER, KINDS, picture_bytes, write_pictures
from .rain_words import load_rain, rain_words
from .run_folder import RunFolder, RunImage
from .run_tables import run_csv, run_markdown

MOST_IMAGES = 5000
SCORE_THR = 0.3


def write_run_page(work_dir: PathLike,
                   score_thr: float = SCORE_THR,
                   most_images: int = MOST_IMAGES) -> Path:
    """Write ``report.html`` of a finished run, ``.md`` and ``.csv`` beside it.

    The page needs no network and no other file but the small pictures in
    ``report/``, which take at most 480 MB for up to 5000 images.

    Args:
        work_dir: Folder of the run.
        score_thr: Least score of a detection that is drawn and counted among
            the errors. Defaults to 0.3.
        most_images: How many images the gallery shows, those with most
            damage. Defaults to 5000.

    Returns:
        The page.

    Raises:
        FileNotFoundError: If there is no finished run.
        ValueError: If ``score_thr`` is outside [0, 1].
    """
    if not 0 <= score_thr <= 1:
        raise ValueError(f'`score_thr` must be in [0, 1], but got {score_thr}')
    run = RunFolder.load(work_dir)
    damages = [damage_of(image, score_thr) for image in run.images]
    context = dict(
        _headline(run),
        run=run,
        title=_title(run),
        version=mmadvrain.__version__,
        score_thr=score_thr,
        classes=_classes(run),
        objects=count_objects(run),
        **_errors(run, damages),
        curves=_curves(run),
        flags=_flags(run),
        failed=run.results.failed,
        how=run.provenance,
        config=run.config_text(),
        sums=_sums(run),
        **_gallery(run, damages, most_images))
    page = run.root / 'report.html'
    text = environment().get_template('run.html.j2').render(context)
    write_text(page, text)
    write_text(page.with_suffix('.md'), run_markdown(context))
    write_text(page.with_suffix('.csv'), run_csv(run.images, damages))
    return page


def write_text(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def _title(run: RunFolder) -> str:
    config = run.provenance.get('config')
    return Path(config).stem if config else run.root.resolve().name


def _headline(run: RunFolder) -> dict:
    """The table of the run, and its first metric in a sentence."""
    views = run.results.views
    metrics = {
        f'{view}/{name}': value
        for view, scores in views.items()
        for name, value in scores.items() if value is not None
    }
    header, lines = attack_cells(metrics, magnitude=run.results.magnitude)
    names = [name for name in header[1:] if name in views.get('clean', {})]
    conventions = {name: metric_convention(name)[0] for name in names}
    first, sentence = (names or [''])[0], ''
    values = {
        v: s[first]
        for v, s in views.items() if s.get(first) is not None
    }
    if {'clean', 'adversarial'} <= values.keys():
        scale = metric_convention(first)[1]
        said = {v: f'{scale * x:.1f}' for v, x in values.items()}
        sentence = (f'{conventions[first]}: {said["clean"]} on clean images, '
                    f'{said["adversarial"]} on adversarial ones')
        if 'random' in said:
            rain = 'area' in run.results.magnitude.get('random', {})
            sentence += (f', {said["random"]} in as much random '
                         f'{"rain" if rain else "noise"}')
    return dict(
        header=header, lines=lines, conventions=conventions, sentence=sentence)


def _classes(run: RunFolder) -> dict[str, dict[str, float]]:
    return class_scores(run) if any(i.found for i in run.images) else {}


def _errors(run: RunFolder, damages: Sequence[Damage]) -> dict:
    views = [v for v in run.views if any(v in d.errors for d in damages)]
    errors = sum_errors(damages, views) if views else {}
    return dict(
        errors=errors,
        most_errors=max(
            (n for counts in errors.values() for n in counts.values()),
            default=0))


def _curves(run: RunFolder) -> list[Curve]:
    records = [i.record for i in run.images if not i.error]
    names = dict.fromkeys(n for r in records for n in r.get('losses', {}))
    found = [
        curve(name,
              [r['losses'][name] for r in records if name in r['losses']])
        for name in names
    ]
    if len(names) > 1:
        found.append(
            curve('weighted sum', [r['summed_losses'] for r in records]))
    return [one for one in found if one is not None]


def _flags(run: RunFolder) -> list[dict]:
    texts = flag_texts()
    return [
        dict(name=name, count=len(images), texts=texts.get(name, []))
        for name, images in sorted(
            run.results.flags.items(), key=lambda item: -len(item[1]))
    ]


def _sums(run: RunFolder) -> dict[str, str]:
    """Checksums of what decides the results."""
    sums = {
        "weights' file": run.provenance.get('sha256'),
        'weights': run.results.run.get('weights'),
        'annotations': run.results.run.get('annotations')
    }
    return {name: value for name, value in sums.items() if value}


def _order(damage: Damage) -> tuple[float, int]:
    """Most damage, and of the same the one with more objects."""
    amount = -math.inf if damage.amount is None else damage.amount
    return amount, damage.objects


def _gallery(run: RunFolder, damages: Sequence[Damage],
             most_images: int) -> dict:
    """Data of the images with most damage; writes their pictures."""
    attacked = [(image, damage) for image, damage in zip(run.images, damages)
                if not image.error]
    attacked.sort(key=lambda pair: _order(pair[1]), reverse=True)
    shown = attacked[:most_images]
    flags = list(run.results.flags)
    limit, store = picture_bytes(len(shown)), run.store
    for kind in KINDS:  # those of an earlier page, which may be more
        shutil.rmtree(run.root / FOLDER / kind, ignore_errors=True)

    def entry(pair: tuple[RunImage, Damage]) -> dict:
        image, damage = pair
        rain = load_rain(store.factors('adversarial', image.name))
        pictures = write_pictures(run.root / FOLDER, image.name, image.source,
                                  store.image('adversarial', image.name), rain,
                                  limit)
        words = rain_words(rain, image.record.get('adversarial', {}))
        return gallery_entry(run, image, damage, flags, pictures, words)

    entries = []
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool, \
            Progress('report', len(shown)) as progress:
        for one in pool.map(entry, shown):
            entries.append(one)
            progress.advance(1)
    return dict(
        gallery=dict(attacked=len(attacked), bytes=limit),
        data=dict(
            folder=FOLDER,
            classes=run.classes,
            flags=flags,
            states=STATES,
            images=entries))
