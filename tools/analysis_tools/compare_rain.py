"""Compare how real and simulated rain rank detectors.

Each STUDY is the ``study.json`` of ``tools/study.py`` over the same victims:
one of clear images, one of the same places in real rain (both by their row of
clean images), and one of simulated rain on clear images.

    mmadvrain compare_rain clear/study.json rain/study.json sim/study.json
"""
import argparse
import json
from pathlib import Path

from scipy.stats import kendalltau, spearmanr
from tabulate import tabulate

from mmadvrain.cli import run_tool, tool_parser
from mmadvrain.utils.files import write_json


def parse_args() -> argparse.Namespace:
    parser = tool_parser(__doc__)
    for name in ('clear', 'rain', 'simulated'):
        parser.add_argument(name, metavar=name.upper(), help='study.json')
    parser.add_argument(
        '--row', required=True, help='of SIMULATED, such as "random (25)"')
    parser.add_argument('--metric', default='coco/bbox_mAP_50')
    parser.add_argument('--out', help='JSON file; default: only a table')
    return parser.parse_args()


def scores_of(path: str, row: str, metric: str) -> dict[str, float]:
    """Value by victim of one row of a study."""
    try:
        content = json.loads(Path(path).read_text())
        rows = content['rows'] if isinstance(content, dict) else content
        found = {
            entry['victim']: entry['value']
            for entry in rows if entry['row'] == row
            and entry['metric'] == metric and entry['value'] is not None
        }
    except (KeyError, TypeError, ValueError) as error:
        raise SystemExit(f'{path} must be the study.json of a study, but '
                         f'cannot be read: {error!r}') from error
    if not found:
        raise SystemExit(f'{path} has no row {row!r} of metric {metric!r}')
    return found


def compare(clear: dict[str, float], rain: dict[str, float],
            dry: dict[str, float], simulated: dict[str, float]) -> dict:
    """Drops of each detector, and how alike they rank.

    Args:
        clear: Score by detector on real images in clear weather.
        rain: In real rain.
        dry: On the images on which rain is simulated.
        simulated: In simulated rain.
    """
    victims = sorted({*clear} & {*rain} & {*dry} & {*simulated})
    if len(victims) < 3:
        raise SystemExit('a rank correlation wants three detectors that all '
                         f'studies have scored, but got {victims}')
    real = [clear[name] - rain[name] for name in victims]
    made = [dry[name] - simulated[name] for name in victims]
    spearman, kendall = spearmanr(real, made), kendalltau(real, made)
    return dict(
        drops=[
            dict(detector=name, real=a, simulated=b)
            for name, a, b in zip(victims, real, made)
        ],
        spearman=float(spearman.statistic),
        spearman_p=float(spearman.pvalue),
        kendall=float(kendall.statistic),
        kendall_p=float(kendall.pvalue))


def main() -> int:
    args = parse_args()
    clear, rain, dry = (
        scores_of(path, 'clean', args.metric)
        for path in (args.clear, args.rain, args.simulated))
    simulated = scores_of(args.simulated, args.row, args.metric)
    found = compare(clear, rain, dry, simulated)
    print(
        tabulate(
            found['drops'], headers='keys', tablefmt='github', floatfmt='.4f'))
    print('Spearman {spearman:.3f} (p {spearman_p:.2g}), Kendall '
          '{kendall:.3f} (p {kendall_p:.2g})'.format(**found))
    if args.out:
        write_json(args.out, found)
    return 0


if __name__ == '__main__':
    run_tool(main)
