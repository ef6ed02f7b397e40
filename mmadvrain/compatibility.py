"""Which releases of the OpenMMLab stack the package runs on.

The stack comes in two families that share their import names: OpenMMLab's own
distributions (``mmcv``, ``mmengine``, ``mmdet``) and the continuation by OneDL
(``onedl-mmcv``, ``onedl-mmengine``, ``onedl-mmdetection``). Installed in one
environment they overwrite each other's files.
"""
import sys
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

# import name -> distribution -> releases
SUPPORTED: dict[str, dict[str, str]] = {
    'mmengine': {
        'mmengine': '>=0.10,<1',
        'mmengine-lite': '>=0.10,<1',
        'onedl-mmengine': '>=0.10.8,<0.11',
    },
    'mmcv': {
        'mmcv': '>=2.0.1,<2.3',
        'mmcv-lite': '>=2.0.1,<2.3',
        'onedl-mmcv': '>=2.3,<2.4',
    },
    'mmdet': {
        'mmdet': '>=3.1,<4',
        'onedl-mmdetection': '>=3.5,<3.6',
    },
}

_ADVICE = ('Run `make setup` in a checkout of mmadvrain, or install the '
           'releases that requirements/mminstall.txt lists.')


def installed_distributions(name: str) -> dict[str, str]:
    """Find the distributions that own an import name of the stack.

    Args:
        name: Import name, a key of :data:`SUPPORTED`.

    Returns:
        Version by distribution, empty where none is known.
    """
    found = {}
    for distribution in SUPPORTED[name]:
        try:
            found[distribution] = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return found


def _owns(distribution: str, name: str, origin: str) -> bool:
    """Whether the module that would be imported belongs to the distribution.

    Args:
        distribution: Name of an installed distribution.
        name: Import name.
        origin: File that ``import name`` would run.

    Returns:
        False for a source tree that hides the installed files.
    """
    located = metadata.distribution(distribution).locate_file(
        f'{name}/__init__.py')
    return Path(str(located)).resolve() == Path(origin).resolve()


def _imported_version(name: str) -> str:
    """Read the version from the module itself, for a source tree.

    Args:
        name: Import name.

    Returns:
        The module's ``__version__``.
    """
    return str(getattr(import_module(name), '__version__', 'unknown'))


def _is_in(version: str, specifier: str) -> bool:
    try:
        return SpecifierSet(specifier).contains(
            Version(version), prereleases=True)
    except InvalidVersion:
        return False


def _wanted(name: str, only: str | None = None) -> str:
    return ' or '.join(
        f'{distribution}{specifier}'
        for distribution, specifier in SUPPORTED[name].items()
        if only in (None, distribution) and not distribution.endswith('-lite'))


def check_package(name: str) -> None:
    """Check one package of the stack by its import name.

    Args:
        name: Import name, a key of :data:`SUPPORTED`.

    Raises:
        ImportError: If the package is missing, comes from two distributions
            at once, or has a release outside the supported range. The message
            says what is wanted, what was found and what to do.
    """
    found = installed_distributions(name)
    if len(found) > 1:
        listed = ' and '.join(f'{key}=={found[key]}' for key in found)
        raise ImportError(
            f'{listed} are installed together, but both provide '
            f'`import {name}` and have overwritten each other\'s files. Make '
            'a new environment with one of the two families: `make setup` '
            'for OneDL, `make setup STACK=openmmlab` for OpenMMLab.')

    module = sys.modules.get(name)
    spec = getattr(module, '__spec__', None) or find_spec(name)
    if spec is None or spec.origin is None:
        raise ImportError(f'mmadvrain needs {_wanted(name)}, but no module '
                          f'named {name} was found. {_ADVICE}')

    distribution = next(iter(found), None)
    if distribution is not None and _owns(distribution, name, spec.origin):
        version = found[distribution]
        accepted = [SUPPORTED[name][distribution]]
        wanted = _wanted(name, distribution) or _wanted(name)
        label = f'{distribution}=={version}'
    else:
        version = _imported_version(name)
        accepted = list(SUPPORTED[name].values())
        wanted = _wanted(name)
        label = f'{name}=={version} in {Path(spec.origin).parent}'
    if not any(_is_in(version, specifier) for specifier in accepted):
        raise ImportError(
            f'mmadvrain needs {wanted}, but found {label}. {_ADVICE}')


def check_stack() -> None:
    """Check mmengine, mmcv and mmdet without importing them.

    Raises:
        ImportError: See :func:`check_package`.
    """
    for name in SUPPORTED:
        check_package(name)
