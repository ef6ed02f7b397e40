"""What :mod:`benchmarks.gpu_check` measures, one function a section."""
import gc
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mmadvrain.engine.runner.batches import BatchSize

from .bench_case import BenchCase
from .gpu_case import R50_TFLOP, GpuCase
from .timing import synchronise

Row = dict[str, Any]
ROOT = Path(__file__).parents[1]
DEMO = dict(
    r18='faster-rcnn_r18-slim_fpn_street-scenes',
    csp='faster-rcnn_csp-tiny_fpn_street-scenes')


def demo(device: str, quick: bool) -> Iterator[Row]:
    """The two demonstration detectors under 20 steps, as on the CPU."""
    count, steps = (2, 3) if quick else (8, 20)
    for name, stem in DEMO.items():
        known: dict[str, list] = {}
        for where, half in ((('cpu', None), (device, None),
                             (device, 'bfloat16'), (device, 'float16'))):
            if where == 'cpu' and half:
                continue
            case = BenchCase(
                ROOT / f'configs/demo/{stem}.py',
                str(ROOT / f'demo/weights/{stem}.pth'),
                '/tmp/gpu_check',
                count,
                where,
                cfg_options={
                    'test_cfg.attack.steps': steps,
                    'test_cfg.victim.autocast': half,
                    'test_cfg.victim.type': 'mmadvrain.DetectorVictim'
                } if half else {'test_cfg.attack.steps': steps})
            some = case.samples[:2] if where == 'cpu' else case.samples
            results, seconds = _timed(
                lambda c=case, s=some: c.attack.run(
                    c.victim, [x.clean
                               for x in s], [x.target
                                             for x in s], [x.key for x in s]),
                where)
            sums = [min(r.summed_losses) for r in results]
            row = dict(
                detector=name,
                device=where,
                precision=half or 'float32',
                seconds_per_image=seconds / len(some),
                best_objective=sum(sums[:2]) / 2)
            scores = [
                p.pred_instances.scores.sum().item()
                for p in case.victim.predict([r.image for r in results[:2]],
                                             [s.target for s in some[:2]])
            ]
            if where == 'cpu':
                known = dict(
                    images=[r.image for r in results],
                    first=[r.summed_losses[0] for r in results],
                    scores=scores)
            elif known:
                row['pixels apart from CPU, mean'] = max(
                    float((r.image.cpu() - image).abs().mean())
                    for r, image in zip(results, known['images']))
                row['first loss apart'] = max(
                    abs(a - r.summed_losses[0]) / abs(a)
                    for a, r in zip(known['first'], results))
                row['scores apart from CPU'] = max(
                    abs(a - b) for a, b in zip(scores, known['scores']))
            yield row


def _timed(call: Callable[[], Any], device: str) -> tuple[Any, float]:
    """Result and wall seconds of a second call."""
    if device != 'cpu':
        call()
    synchronise(device)
    began = time.perf_counter()
    result = call()
    synchronise(device)
    return result, time.perf_counter() - began


def _speed(case: GpuCase, count: int) -> Row:
    """Time and memory of a batch, and what it makes of COCO minival."""
    if case.device != 'cpu':
        torch.cuda.reset_peak_memory_stats()
    _, seconds = _timed(lambda: case.run(count), case.device)
    # `keep='best'` spends a forward pass on the last step
    each = seconds / count / case.steps
    row = {
        'batch':
        count,
        'ms a step and image':
        1e3 * each,
        'TFLOP/s':
        R50_TFLOP * case.size_hw[0] * case.size_hw[1] / each / (800 * 1333),
        'minutes for minival at S=20':
        each * 20 * 5000 / 60
    }
    if case.device != 'cpu':
        row['GiB'] = torch.cuda.max_memory_allocated() / 2**30
    return row


def _free() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def speed(device: str, quick: bool) -> Iterator[Row]:
    """R-50-FPN by precision and batch size."""
    size = (160, 224) if quick else (800, 1333)
    for half in (None, 'bfloat16', 'float16'):
        case = GpuCase(device, size, 2 if quick else 5, autocast=half)
        for count in (1, 2) if quick else (1, 4, 8, 16):
            yield dict(_speed(case, count), precision=half or 'float32 (TF32)')
        del case
        _free()


def one_objective(device: str, quick: bool) -> Iterator[Row]:
    """The detector-loss attack alone, beside the default."""
    size = (160, 224) if quick else (800, 1333)
    for attack in ('advrain', 'advrain_margin'):
        case = GpuCase(
            device, size, 2 if quick else 5, attack, autocast='bfloat16')
        yield dict(_speed(case, 1 if quick else 8), attack=attack)


def processes(device: str, quick: bool) -> Iterator[Row]:
    """Several processes on one GPU, which one leaves idle most of the time."""
    import torch.multiprocessing as several
    context = several.get_context('spawn')
    seconds = 3. if quick else 8.
    for count in (1, 2) if quick else (1, 3, 6, 10):
        barrier, results = context.Barrier(count), context.Queue()
        running = [
            context.Process(
                target=_worker,
                args=(device, quick, seconds, barrier, results))
            for _ in range(count)
        ]
        for process in running:
            process.start()
        rates = [results.get(timeout=120) for _ in running]
        for process in running:
            process.join()
        each = 1 / sum(rates)
        yield {
            'processes': count,
            'ms a step and image': 1e3 * each,
            'minutes for minival at S=20': each * 20 * 5000 / 60
        }


def _worker(device: str, quick: bool, seconds: float, barrier: Any,
            results: Any) -> None:
    """Steps of an image a second while all others run too."""
    torch.set_num_threads(1)
    size = (160, 224) if quick else (800, 1333)
    case = GpuCase(device, size, 5, autocast='bfloat16')
    case.run(2)
    barrier.wait()
    synchronise(device)
    began, images = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        case.run(2)
        images += 2
    synchronise(device)
    results.put(images * case.steps / (time.perf_counter() - began))


def compiled(device: str, quick: bool) -> Iterator[Row]:
    """Backbone and neck compiled."""
    size, half = ((160, 224) if quick else (800, 1333)), 'bfloat16'
    for mode in ('default', 'max-autotune-no-cudagraphs')[:1]:
        case = GpuCase(device, size, 2 if quick else 5, autocast=half)
        for part in (case.model.backbone, case.model.neck):
            part.forward = torch.compile(part.forward, mode=mode)
        began = time.perf_counter()
        case.run(1 if quick else 8)
        waited = time.perf_counter() - began
        yield dict(
            _speed(case, 1 if quick else 8),
            mode=mode,
            seconds_to_compile=waited)


def graphs(device: str, quick: bool) -> Iterator[Row]:
    """The backbone as a CUDA graph."""
    if device == 'cpu':
        raise RuntimeError('CUDA graphs want a GPU')
    for count in (1, 8):
        case = GpuCase(device, (800, 1344), 5, autocast='bfloat16')
        case.model.requires_grad_(False)
        example = torch.randn(
            count, 3, 800, 1344, device=device, requires_grad=True)
        with torch.autocast('cuda', torch.bfloat16, cache_enabled=False):
            graphed = torch.cuda.make_graphed_callables(
                _Tuple(case.model.backbone), (example, ))
        case.model.backbone.forward = graphed
        yield _speed(case, count)
        del case, graphed
        _free()


class _Tuple(nn.Module):
    """Backbone whose outputs are a tuple, called past its own hooks."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.call = backbone.forward

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(self.call(images))


def automatic(device: str, quick: bool) -> Iterator[Row]:
    """What ``batch_size='auto'`` finds."""
    size = (160, 224) if quick else (800, 1333)
    case = GpuCase(device, size, 2, autocast='bfloat16')
    chosen = BatchSize('auto', torch.device(device))
    while chosen.grows and chosen.now < 64:
        case.run(chosen.now)
        chosen.note(chosen.now, 0)
    yield dict(batch=chosen.now)


def waits(device: str, quick: bool) -> Iterator[Row]:
    """Where a step waits for the host."""
    if device == 'cpu':
        raise RuntimeError('a CPU waits for nothing')
    case = GpuCase(device, steps=3, autocast='bfloat16')
    longer = GpuCase(device, steps=5, autocast='bfloat16')
    found = []
    for each in (case, longer):
        each.run(2)
        torch.cuda.set_sync_debug_mode('warn')
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter('always')
            each.run(2)
        torch.cuda.set_sync_debug_mode('default')
        found.append(
            Counter(f'{"/".join(Path(w.filename).parts[-3:])}:{w.lineno}'
                    for w in said if 'synchroniz' in str(w.message)))
    steps = longer.steps - case.steps
    per_step = {
        place: (count - found[0].get(place, 0)) / steps
        for place, count in found[1].items()
    }
    yield dict(place='all', a_step=sum(per_step.values()))
    for place, count in sorted(per_step.items(), key=lambda x: -x[1]):
        if count:
            yield dict(place=place, a_step=count)


def profile(device: str, quick: bool) -> Iterator[Row]:
    """Time on the device against time on the clock, and the top kernels."""
    from torch.profiler import ProfilerActivity
    size = (160, 224) if quick else (800, 1333)
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * (
        device != 'cpu')
    for count in (1, ) if quick else (1, 8):
        case = GpuCase(device, size, 3, autocast='bfloat16')
        case.run(count)
        synchronise(device)
        _, clock = _timed(lambda c=case, n=count: c.run(n), device)
        with torch.profiler.profile(activities=activities) as seen:
            case.run(count)
            synchronise(device)
        key = 'self_cpu_time_total' if device == 'cpu' else \
            'self_device_time_total'
        events = sorted((e for e in seen.key_averages() if device == 'cpu'
                         or e.device_type == torch.autograd.DeviceType.CUDA),
                        key=lambda e: -getattr(e, key))
        total = sum(getattr(event, key) for event in events) / 1e6
        yield dict(
            batch=count,
            name='all',
            busy_s=total,
            clock_s=clock,
            share=total / clock)
        for event in events[:14]:
            yield dict(
                batch=count,
                name=event.key[:70],
                busy_s=getattr(event, key) / 1e6,
                share=getattr(event, key) / 1e6 / total,
                calls=event.count)


SECTIONS: dict[str, Callable[[str, bool], Iterator[Row]]] = dict(
    speed=speed,
    demo=demo,
    waits=waits,
    profile=profile,
    one_objective=one_objective,
    graphs=graphs,
    automatic=automatic,
    processes=processes,
    compiled=compiled)
