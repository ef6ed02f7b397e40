"""Sphinx reads this. `make docs` builds docs/_build/html."""
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from reference import write_reference  # noqa: E402

from mmadvrain.version import __version__  # noqa: E402

project = 'mmadvrain'
copyright = 'the mmadvrain authors, Apache License 2.0'
release = version = __version__
extensions = [
    'myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon',
    'sphinx.ext.viewcode', 'sphinx_copybutton', 'sphinx-mathjax-offline'
]
myst_enable_extensions = ['dollarmath', 'colon_fence', 'attrs_block']
myst_heading_anchors = 3
napoleon_use_ivar = True
autodoc_member_order = 'bysource'
autodoc_typehints = 'description'
autodoc_default_options = dict(members=True)
exclude_patterns = ['_build']
suppress_warnings = ['autodoc.import_cycle', 'myst.header']
html_theme = 'furo'
html_title = f'mmadvrain {__version__}'

write_reference(HERE / '_reference')


def name_files(app: object, page: str, source: list[str]) -> None:
    """Name files that are beside the documentation, and not in it."""
    source[0] = re.sub(r'\[([^]]+)\]\(\.\./([^)]+)\)', r'\1 (`\2`)', source[0])


def setup(app: object) -> None:
    app.connect('source-read', name_files)
