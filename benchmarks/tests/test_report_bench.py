"""The cost of a report is that of its files."""
from benchmarks.report_bench import report_cost


def test_sizes_are_of_the_files(tmp_path):
    cost = report_cost(tmp_path, 3)
    assert cost['page_bytes'] == (tmp_path / 'report.html').stat().st_size
    pictures = list((tmp_path / 'report').rglob('*.jpg'))
    assert len(pictures) == 6  # one of the images failed
    assert cost['pictures_bytes'] == sum(p.stat().st_size for p in pictures)
    assert cost['write_s'] > 0
