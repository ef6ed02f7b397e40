"""Tables of a run as files."""
import csv
import io
from collections.abc import Sequence

from mmadvrain.evaluation.functional.detection_errors import KINDS
from mmadvrain.evaluation.report import markdown_table

from .damage import Damage
from .run_folder import RunFolder, RunImage


def run_markdown(context: dict) -> str:
    """The tables of the page as Markdown.

    Args:
        context: What the template is given.
    """
    run: RunFolder = context['run']
    parts = [
        f'# {context["title"]}', context['sentence'],
        markdown_table(context['header'], context['lines'])
    ]
    if context['classes']:
        parts += [
            '## AP of each class', 'COCO AP of boxes, IoU 0.50:0.95, percent',
            markdown_table(['class', 'objects', *run.views], [[
                name,
                str(context['objects'][name]),
                *(f'{100 * scores[v]:.1f}' if v in scores else ''
                  for v in run.views)
            ] for name, scores in context['classes'].items()])
        ]
    if context['errors']:
        views = list(next(iter(context['errors'].values())))
        parts += [
            '## Kinds of error',
            f'Detections of score {context["score_thr"]} or more',
            markdown_table(['kind', *views],
                           [[kind, *(str(count[v]) for v in views)]
                            for kind, count in context['errors'].items()])
        ]
    if context['flags']:
        parts += [
            '## Flags',
            markdown_table(['flag', 'images'],
                           [[f['name'], str(f['count'])]
                            for f in context['flags']])
        ]
    if context['failed']:
        parts += [
            '## Failed images',
            markdown_table(['image', 'why'],
                           [[name, ' '.join(why.split())]
                            for name, why in context['failed'].items()],
                           left=2)
        ]
    return '\n\n'.join(part for part in parts if part) + '\n'


def run_csv(images: Sequence[RunImage], damages: Sequence[Damage]) -> str:
    """A line for each image, unrounded.

    Args:
        images: Of the run, failed ones included.
        damages: Done to them.
    """
    rows = [_row(image, damage) for image, damage in zip(images, damages)]
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, lineterminator='\n')
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(image: RunImage, damage: Damage) -> dict:
    row = dict(
        image=image.name,
        damage=damage.amount,
        objects=damage.objects,
        flags=' '.join(image.record.get('flags', [])),
        error=image.error)
    for view in damage.errors:
        counts = damage.counts(view)
        row[f'{view}/f1'] = damage.f1(view)
        row.update({f'{view}/{kind}': counts[kind] for kind in KINDS})
    for view, guess in image.guesses.items():
        row.update({f'{view}/{name}': value for name, value in guess.items()})
    measures = image.record.get('adversarial', {})
    return dict(row, **measures)
