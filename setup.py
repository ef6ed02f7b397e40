#!/usr/bin/env python
"""Installation of mmadvrain, with the files that ``mim`` looks for."""
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).resolve().parent
MIM_FILES = ('tools', 'configs', 'docs/flags.md')
COPYING = ('sdist', 'bdist_wheel')
LINKING = ('develop', 'editable_wheel')


def read_version() -> str:
    """Read the version without importing the package.

    Returns:
        Such as ``'0.1.0'``.
    """
    text = (ROOT / 'mmadvrain' / 'version.py').read_text(encoding='utf-8')
    match = re.search(r"^__version__ = '([^']+)'$", text, re.MULTILINE)
    if match is None:
        raise ValueError("A line __version__ = '...' is wanted in "
                         'mmadvrain/version.py, but there is none')
    return match.group(1)


def read_requirements(name: str) -> Iterator[str]:
    """Read a requirements file and those that it includes.

    Args:
        name: Path relative to the root of the repository.

    Yields:
        One requirement.
    """
    for line in (ROOT / name).read_text(encoding='utf-8').splitlines():
        line = line.partition('#')[0].strip()
        if line.startswith('-r '):
            yield from read_requirements(line[3:].strip())
        elif line:
            yield line


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, if it is there.

    Args:
        path: What to remove; a link goes, its target stays.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def add_mim_extension(copy: bool) -> None:
    """Put tools and configs where ``mim`` finds them.

    Args:
        copy: Copy them, for a package that leaves the repository; otherwise
            link them, so that an editable installation sees every change.
    """
    folder = ROOT / 'mmadvrain' / '.mim'
    folder.mkdir(exist_ok=True)
    for name in MIM_FILES:
        source, target = ROOT / name, folder / Path(name).name
        if not source.exists():
            continue
        remove(target)
        if not copy:
            target.symlink_to(os.path.relpath(source, folder))
        elif source.is_dir():
            shutil.copytree(
                source, target, ignore=shutil.ignore_patterns('__pycache__'))
        else:
            shutil.copyfile(source, target)


def main() -> None:
    """Install; afterwards the repository holds links, never copies."""
    copying = any(command in sys.argv for command in COPYING)
    linking = any(command in sys.argv for command in LINKING)
    if copying or linking:
        add_mim_extension(copying)
    try:
        setup(
            name='mmadvrain',
            version=read_version(),
            description='Adversarial rain for MMDetection',
            long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
            long_description_content_type='text/markdown',
            author='mmadvrain authors',
            keywords='adversarial attack, rain, object detection, deraining',
            # '.' is the default, but named it lets an editable installation
            # put the repository on the path instead of import hooks
            package_dir={'': '.'} if linking else {},
            packages=find_packages(include=('mmadvrain', 'mmadvrain.*')),
            include_package_data=True,
            python_requires='>=3.10',
            classifiers=[
                'Development Status :: 3 - Alpha',
                'Operating System :: POSIX',
                'Programming Language :: Python :: 3',
                'Programming Language :: Python :: 3.10',
                'Programming Language :: Python :: 3.11',
                'Programming Language :: Python :: 3.12',
                'Topic :: Scientific/Engineering :: Artificial Intelligence',
            ],
            license='Apache-2.0',
            install_requires=list(
                read_requirements('requirements/runtime.txt')),
            extras_require={
                'optional':
                list(read_requirements('requirements/optional.txt')),
                'tests': list(read_requirements('requirements/tests.txt')),
            },
            entry_points=dict(
                console_scripts=['mmadvrain = mmadvrain.cli:main']),
            zip_safe=False)
    finally:
        if copying:
            add_mim_extension(copy=False)


if __name__ == '__main__':
    main()
