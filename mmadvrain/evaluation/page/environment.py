"""The templates of the pages, and what they need to know."""
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def environment() -> Environment:
    """Templates of this package; what is not markup is escaped."""
    found = Environment(
        loader=PackageLoader('mmadvrain.evaluation.page'),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined)
    found.policies['json.dumps_kwargs'] = dict(separators=(',', ':'))
    return found
