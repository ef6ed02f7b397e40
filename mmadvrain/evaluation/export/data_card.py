from mmadvrain.evaluation.report.attack_table import attack_table

from .exported_run import ExportedRun

_CARD = """---
pretty_name: '{title}'
license: other
task_categories:
- object-detection
tags:
- adversarial
- rain
- robustness
size_categories:
- {size}
---

# {title}

{count} images in {number} views each: {views}. `clean` is what was attacked,
`adversarial` is rain that was optimised against one detector by
mmadvrain, and views of `random` rain have
as much rain without an aim. Made from the 8-bit images that were scored.

## Columns

| column | what |
|---|---|
| {columns} | the image in each view |
| `objects` | {truth}: {objects} |
| `VIEW_detections` | what the detector saw on the view, with `score` |
| `flags` | what can make a number of the image lie |
| `rain` | measures of the adversarial rain |
| `name`, `height`, `width` | of the image |

## Scores of the attacked detector

{table}

{failed} of the images could not be attacked and are left out here; in these
scores clean images stand in for them.

## How it was made

```shell
{command}
```

Versions: {versions}.

## Limits

- The rain was made against one detector. What it does to another one says how
  it transfers, not how strong rain can be.
- Rights in the clean images, and so in all views, are those of their source.
  This card grants none: put the licence of your data in its head.
"""


def data_card(run: ExportedRun) -> str:
    """Data card of an exported run, in Markdown with a YAML head.

    Args:
        run: The run.
    """
    results, made = run.run.results, run.run.provenance
    metrics = {
        f'{view}/{name}': value
        for view, scores in results.views.items()
        for name, value in scores.items()
    }
    count = len(run.images)
    truth = 'what the detector saw on the clean image' if run.run.seen else \
        'annotations of the data set'
    return _CARD.format(
        title=f'Adversarial rain: {run.run.root.absolute().name}',
        size='n<1K' if count < 1000 else '1K<n<10K'
        if count < 10_000 else '10K<n<100K' if count < 100_000 else 'n>100K',
        count=count,
        number=len(run.views),
        views=', '.join(f'`{view}`' for view in run.views),
        columns=', '.join(f'`{view}`' for view in run.views),
        truth=truth,
        objects='`bbox` (x, y, width, height in pixels), `category`, and '
        'whether each `counts` in scores',
        table=attack_table(metrics, magnitude=results.magnitude),
        failed=len(results.failed),
        command=made.get('command', 'not known'),
        versions=', '.join(
            f'{name} {version}'
            for name, version in (made.get('versions') or {}).items())
        or 'not known')
