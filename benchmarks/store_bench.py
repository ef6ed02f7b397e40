"""Records of many images: one file a process beside one file an image.

Both ways store the same small records, batch by batch in turns, each safe on
the disk when its batch is done, and are then read again as a run that goes on
does. With ``--unsafe`` a file an image does not wait for the disk. Counted are
calls of the file system that a slow one makes slow: opening, renaming, making
and listing, and waiting for the disk. ``--delay-ms`` says how long each of
them takes on it, and is added up, not waited for.

    python -m benchmarks.store_bench --records 100000 --out store.json
"""
import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.timing import describe_machine
from mmadvrain.store.manifest import Manifest
from mmadvrain.utils.files import write_json

_CALLS = ('open', 'os.rename', 'os.mkdir', 'os.listdir', 'os.scandir',
          'os.remove', 'os.chmod')
_counts = dict(calls=0)


def _audit(event: str, arguments: tuple) -> None:
    if event in _CALLS:
        _counts['calls'] += 1


class _Cost:
    """Seconds, and calls that go to a file system's server."""

    def __init__(self) -> None:
        self.seconds = 0.
        self.calls = 0

    @contextmanager
    def added(self) -> Iterator[None]:
        """Add what a block takes."""
        own, began, before = os.fsync, time.perf_counter(), _counts['calls']

        def fsync(handle: int) -> None:
            _counts['calls'] += 1
            own(handle)

        os.fsync = fsync
        try:
            yield
        finally:
            os.fsync = own
        self.seconds += time.perf_counter() - began
        self.calls += _counts['calls'] - before

    def told(self, num: int, delay_s: float) -> dict[str, float]:
        """As the result has it."""
        return dict(
            seconds=self.seconds,
            calls_per_record=self.calls / num,
            seconds_if_slow=self.seconds + self.calls * delay_s)


def record_of(index: int) -> dict:
    """A record as small as they come: no detections, two steps."""
    return dict(
        key=index,
        seconds=1.5,
        flags=[],
        problems=[],
        best_step=2,
        losses=dict(detector_loss=[.5, .25]),
        summed_losses=[.5, .25],
        adversarial=dict(area=.1, l2=.2, brightness=.3, psnr=25.),
        random=dict(area=.1, l2=.2, brightness=.3, psnr=25.),
        sha256={f'file{i}': f'{index:064x}'
                for i in range(5)})


def _sync(path: Path) -> None:
    with path.open('rb') as file:
        os.fsync(file.fileno())


def store_cost(folder: Path,
               num_records: int,
               batch_size: int,
               delay_s: float,
               unsafe: bool = False) -> dict[str, object]:
    """Measure both ways.

    Args:
        folder: Empty, on the file system to measure.
        num_records: How many.
        batch_size: Records of one batch.
        delay_s: Of a call on the slow file system that is reckoned with.
        unsafe: Whether a file an image does not wait for the disk. Defaults to
            False.

    Returns:
        Seconds, calls and seconds with the delay of each way, to ``write``
        and to ``resume``, and how many times as fast a file a process is.
    """
    files, lines = folder / 'files', folder / 'lines'
    manifest = Manifest(lines)
    costs = {
        (way, what): _Cost()
        for way in ('file_an_image', 'file_a_process')
        for what in ('write', 'resume')
    }
    for start in range(0, num_records, batch_size):
        batch = [(f'{i % 256:02x}/{i:08d}', record_of(i))
                 for i in range(start, min(start + batch_size, num_records))]
        with costs['file_an_image', 'write'].added():
            for name, record in batch:
                write_json(files / f'{name}.json', record)
                if not unsafe:
                    _sync(files / f'{name}.json')
        with costs['file_a_process', 'write'].added():
            manifest.append(batch)
    names = [f'{i % 256:02x}/{i:08d}' for i in range(num_records)]

    def read_file(name: str) -> dict:
        return json.loads((files / f'{name}.json').read_text())

    again, scan = Manifest(lines), _Cost()
    with costs['file_a_process', 'resume'].added():
        with scan.added():
            again.get(names[0])
        _check(names, again.get)
    with costs['file_an_image', 'resume'].added():
        _check(names, read_file)
    found: dict[str, object] = dict(
        records=num_records,
        batch_size=batch_size,
        delay_s=delay_s,
        unsafe=unsafe,
        scan_seconds=scan.seconds,
        bytes=sum(p.stat().st_size for p in lines.iterdir()))
    for what in ('write', 'resume'):
        old, new = (
            costs[way, what].told(num_records, delay_s)
            for way in ('file_an_image', 'file_a_process'))
        found[what] = dict(
            file_an_image=old,
            file_a_process=new,
            ratio=old['seconds'] / new['seconds'],
            ratio_if_slow=old['seconds_if_slow'] / new['seconds_if_slow'])
    return found


def _check(names: list[str], read: Callable[[str], dict | None]) -> None:
    for index, name in enumerate(names):
        record = read(name)
        if record is None or record['key'] != index:
            raise RuntimeError(f'the record of {name} is {record}')


def main() -> None:
    """Read the command line, measure, write."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--records', type=int, default=100_000)
    parser.add_argument('--batch-size', type=int, default=8)
    parser.add_argument(
        '--delay-ms',
        type=float,
        default=2.,
        help='of a call on the slow file system; default: 2')
    parser.add_argument(
        '--unsafe',
        action='store_true',
        help='a file an image does not wait for the disk')
    parser.add_argument('--folder', help='on the file system to measure')
    parser.add_argument('--out', required=True, help='JSON file to write')
    args = parser.parse_args()
    sys.addaudithook(_audit)
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        found = store_cost(
            Path(folder), args.records, args.batch_size, args.delay_ms / 1e3,
            args.unsafe)
    write_json(args.out, dict(machine=describe_machine('cpu'), **found))


if __name__ == '__main__':
    main()
