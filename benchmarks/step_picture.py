"""Draw where the time of an attack step goes, as a flame graph.

    python -m benchmarks.step_picture CONFIG CHECKPOINT --out step.svg

Without CONFIG it is the demonstration. Widths are times by PyTorch's profiler,
which adds some microseconds to each operator and counts what other programs
take meanwhile, so the picture tells shares.
"""
import argparse
import copy
import html
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch.profiler import ProfilerActivity, profile, record_function

from .bench_case import BenchCase
from .benchmark import ROOT, demo_options

WIDTH, ROW, SMALLEST = 1000, 20, 0.004
COLOURS = ('#e8995e', '#e6b566', '#d97b62', '#ecc98b', '#d0895d')


class Frame:
    """A call, with what it calls in turn."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.time = 0.
        self.calls: dict[str, Frame] = {}

    def call(self, name: str) -> 'Frame':
        """The frame of a call, the same for calls of one name."""
        return self.calls.setdefault(name, Frame(name))


def _parts(case: BenchCase, attack: Any) -> Iterator[tuple[Any, str, str]]:
    """Methods that are frames of their own, and what they are called."""
    model = case.model
    yield attack.perturbation, 'perturb', 'render rain'
    yield attack.perturbation, 'descend', 'step of the rain'
    yield case.victim, 'encode', 'resize and normalise'
    yield model, 'extract_feat', 'backbone and neck'
    for one in attack.objectives:
        yield one, 'loss', f'objective: {one.name}'
    for name, methods in (('rpn_head', ('forward', 'predict_by_feat',
                                        'loss_by_feat')), ('roi_head',
                                                           ('loss', ))):
        part = getattr(model, name, None)
        for method in methods if part is not None else ():
            yield part, method, f'{name}.{method}'


def _named(call: Callable, name: str) -> Callable:

    def run(*args: Any, **kwargs: Any) -> Any:
        with record_function(f'# {name}'):
            return call(*args, **kwargs)

    return run


@contextmanager
def _frames(case: BenchCase, attack: Any) -> Iterator[None]:
    own = torch.autograd.grad

    def grad(outputs: Any, *args: Any, **kwargs: Any) -> Any:
        whole = isinstance(outputs, (tuple, list)) and len(outputs) > 1
        heads = isinstance(outputs, torch.Tensor) and not outputs.ndim
        name = 'backbone and neck' if whole else \
            'heads' if heads else 'rain'
        return _named(own, f'backwards: {name}')(outputs, *args, **kwargs)

    with ExitStack() as stack:
        stack.enter_context(patch.object(torch.autograd, 'grad', grad))
        for owner, method, name in _parts(case, attack):
            stack.enter_context(
                patch.object(owner, method,
                             _named(getattr(owner, method), name)))
        yield


def step_frames(case: BenchCase, steps: int = 4) -> Frame:
    """Profile some steps of the case's attack on its first image.

    Args:
        case: Detector, attack and an image.
        steps: How many are profiled. Defaults to 4.

    Returns:
        All of it, in milliseconds a step.
    """
    attack, sample = copy.copy(case.attack), case.samples[0]
    attack.steps, attack.keep = steps, 'last'

    def run() -> None:
        attack.run(case.victim, [sample.image], [sample.target], [sample.key])

    run()
    with _frames(case,
                 attack), profile(activities=[ProfilerActivity.CPU]) as found:
        with record_function('# a step'):
            run()
    root = Frame('a step')
    for event in found.events():
        path, above = [event.name], event.cpu_parent
        while above is not None:
            path.append(above.name)
            above = above.cpu_parent
        if path[-1] != '# a step':
            continue
        frame = root
        for name in path[-2::-1]:
            frame = frame.call(name.removeprefix('# '))
        frame.time += event.cpu_time_total / 1e3 / steps
    return root


def flame_graph(root: Frame, title: str) -> str:
    """An SVG of frames, callers below, as wide as their times.

    Args:
        root: The whole; frames of less than 0.4 % of it are left out.
        title: Of the picture.
    """
    shapes: list[str] = []
    smallest = SMALLEST * root.time
    depth = 0

    def draw(frame: Frame, left: float, level: int) -> None:
        nonlocal depth
        depth = max(depth, level)
        wide = frame.time / root.time * WIDTH
        share = 100 * frame.time / root.time
        name = html.escape(f'{frame.name} {share:.1f} %')
        fitting = name if 6.2 * len(name) < wide else html.escape(
            frame.name[:int(wide / 6.6)]) if wide > 20 else ''
        colour = COLOURS[sum(map(ord, frame.name)) % len(COLOURS)]
        shapes.append(f'<g transform="translate({left:.1f} {level * ROW})">'
                      f'<title>{name}</title><rect width="{wide:.1f}" '
                      f'height="{ROW - 1}" fill="{colour}"/>'
                      f'<text x="3" y="14">{fitting}</text></g>')
        for one in sorted(frame.calls.values(), key=lambda one: -one.time):
            if one.time >= smallest:
                draw(one, left, level + 1)
                left += one.time / root.time * WIDTH

    draw(root, 0., 0)
    high = (depth + 1) * ROW
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -24 {WIDTH} '
        f'{high + 24}" font-family="sans-serif" font-size="11">',
        f'<rect y="-24" width="{WIDTH}" height="{high + 24}" fill="#fff"/>',
        f'<text x="3" y="-8" font-size="13">{html.escape(title)}</text>',
        *shapes, '</svg>', ''
    ])


def main() -> None:
    """Read the command line, profile, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', nargs='?')
    parser.add_argument('checkpoint', nargs='?')
    parser.add_argument('--out', required=True, help='SVG file to write')
    args = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    config, checkpoint, options = args.config, args.checkpoint, {}
    if config is None:
        name = 'faster-rcnn_r18-slim_fpn_street-scenes'
        config = ROOT / 'configs/demo/advrain_street-scenes.py'
        checkpoint = str(ROOT / f'demo/weights/{name}.pth')
        options = demo_options(1)
    with tempfile.TemporaryDirectory() as folder:
        case = BenchCase(config, checkpoint, folder, 1, 'cpu', options)
        root = step_frames(case)
    title = f'One step of the default attack, {Path(config).stem}, one core'
    Path(args.out).write_text(flame_graph(root, title))


if __name__ == '__main__':
    main()
