"""Make the report of a run of any size, and open it in a browser.

The run is synthetic: 20 scenes, and records, predictions and truth of their
own for each image. Prints seconds to write the page, bytes of it and of the
pictures beside it, and seconds until a headless Chromium has loaded it and
shows the first and the last page of its gallery.

    python -m benchmarks.report_bench --images 5000
"""
import argparse
import json
import tempfile
import time
from pathlib import Path

from mmadvrain.evaluation.page import write_run_page
from tests.browser import Browser, find_browser
from tests.toys.toy_run import write_toy_run


def report_cost(folder: Path, num_images: int) -> dict[str, float]:
    """Measure a report.

    Args:
        folder: Empty; gets the run.
        num_images: Of the run.

    Returns:
        Seconds and bytes by what they are of.
    """
    write_toy_run(folder, num_images, 80, (480, 640))
    began = time.time()
    page = write_run_page(folder)
    found = dict(
        write_s=time.time() - began,
        page_bytes=page.stat().st_size,
        pictures_bytes=sum(path.stat().st_size
                           for path in (folder / 'report').rglob('*.jpg')))
    browser = find_browser()
    if browser is not None:
        found.update(_opened(browser, page))
    return found


def _opened(browser: str, page: Path) -> dict[str, float]:
    with Browser(browser) as tab:
        found = dict(open_s=tab.open(page))
        shown = "document.querySelectorAll('#cards img').length"
        if not tab.run(shown) or tab.errors:
            raise RuntimeError(f'the page is broken: {tab.errors}')
        began = time.time()
        tab.run('show(1e9); new Promise(requestAnimationFrame)')
        found['last_page_s'] = time.time() - began
        began = time.time()
        tab.run("document.forms[0].elements.flag.value = '0'; filter();"
                'new Promise(requestAnimationFrame)')
        found['filter_s'] = time.time() - began
        found['memory_bytes'] = tab.run('performance.memory.usedJSHeapSize')
    return found


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--images', type=int, default=5000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(report_cost(Path(folder), args.images), indent=1))


if __name__ == '__main__':
    main()
