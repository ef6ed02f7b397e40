"""The package names what it wants when the stack under it does not fit."""
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

import mmadvrain
from mmadvrain import compatibility


@pytest.fixture
def stack(monkeypatch, tmp_path):
    """Pretend that exactly the given distributions are installed."""

    def pretend(**versions):
        known = {key.replace('_', '-'): v for key, v in versions.items()}
        owners = {
            distribution: name
            for name, releases in compatibility.SUPPORTED.items()
            for distribution in releases
        }
        origins = {owners[key]: tmp_path / owners[key] for key in known}

        def version(distribution):
            if distribution not in known:
                raise metadata.PackageNotFoundError(distribution)
            return known[distribution]

        def find_spec(name):
            if name not in origins:
                return None
            return SimpleNamespace(origin=str(origins[name] / '__init__.py'))

        monkeypatch.setattr(compatibility.metadata, 'version', version)
        monkeypatch.setattr(
            compatibility.metadata, 'distribution', lambda name:
            SimpleNamespace(locate_file=lambda path: tmp_path / path))
        monkeypatch.setattr(compatibility, 'find_spec', find_spec)
        for name in compatibility.SUPPORTED:
            monkeypatch.delitem(sys.modules, name, raising=False)

    return pretend


def test_version():
    assert mmadvrain.__version__ == '.'.join(map(str, mmadvrain.version_info))
    assert Version(mmadvrain.__version__) >= Version('0.1.0')


@pytest.mark.parametrize('versions', [
    dict(mmcv='2.1.0', mmengine='0.10.7', mmdet='3.3.0'),
    dict(mmcv='2.0.1', mmengine='0.10.1', mmdet='3.1.0'),
    dict(mmcv='2.2.0', mmengine='0.11.0rc0', mmdet='3.3.0'),
    dict(
        onedl_mmcv='2.3.6',
        onedl_mmengine='0.10.12',
        onedl_mmdetection='3.5.1'),
])
def test_both_families_pass(stack, versions):
    stack(**versions)
    compatibility.check_stack()


@pytest.mark.parametrize('name', ['mmcv', 'mmengine', 'mmdet'])
def test_missing_package(stack, name):
    versions = dict(mmcv='2.1.0', mmengine='0.10.7', mmdet='3.3.0')
    del versions[name]
    stack(**versions)
    with pytest.raises(
            ImportError,
            match=rf'needs {name}>=.* or onedl-{name}.*no module '
            rf'named {name} was found.*make setup'):
        compatibility.check_stack()


@pytest.mark.parametrize('versions,match', [
    (dict(mmcv='1.7.2'), r'needs mmcv>=2.0.1,<2.3, but found mmcv==1.7.2'),
    (dict(mmcv='2.3.0'), r'needs mmcv>=2.0.1,<2.3, but found mmcv==2.3.0'),
    (dict(onedl_mmcv='2.4.0'), r'needs onedl-mmcv>=2.3,<2.4, but found'),
    (dict(mmcv='odd'), r'found mmcv==odd'),
])
def test_wrong_release(stack, versions, match):
    stack(**versions)
    with pytest.raises(ImportError, match=match):
        compatibility.check_package('mmcv')


def test_old_detector(stack):
    stack(mmdet='2.28.2')
    with pytest.raises(
            ImportError,
            match='needs mmdet>=3.1,<4, but found '
            'mmdet==2.28.2. Run `make setup`'):
        compatibility.check_package('mmdet')


def test_families_over_each_other(stack):
    stack(mmdet='3.3.0', onedl_mmdetection='3.5.1')
    with pytest.raises(
            ImportError,
            match='mmdet==3.3.0 and onedl-mmdetection==3.5.1 are installed '
            'together.*new environment.*STACK=openmmlab'):
        compatibility.check_package('mmdet')


@pytest.mark.parametrize('version,fits', [('2.1.0', True), ('2.3.6', True),
                                          ('1.7.0', False)])
def test_source_tree_is_asked_itself(stack, monkeypatch, version, fits):
    """A tree on the path hides the distribution, so that one counts."""
    stack(mmcv='1.0.0' if fits else '2.1.0')
    monkeypatch.setattr(
        compatibility, 'find_spec',
        lambda name: SimpleNamespace(origin=f'/elsewhere/{name}/__init__.py'))
    monkeypatch.setattr(compatibility, 'import_module',
                        lambda name: SimpleNamespace(__version__=version))
    if fits:
        compatibility.check_package('mmcv')
    else:
        with pytest.raises(
                ImportError, match='found mmcv==1.7.0 in /elsewhere/mmcv'):
            compatibility.check_package('mmcv')


def test_module_is_named_by_its_package():
    """Every specifier can be read, and no name is claimed twice."""
    seen = set()
    for releases in compatibility.SUPPORTED.values():
        for distribution, specifier in releases.items():
            assert distribution not in seen
            assert str(SpecifierSet(specifier))
            seen.add(distribution)


def test_import_is_light():
    """The import checks versions and loads none of the packages."""
    code = ('import sys, mmadvrain; heavy = {"torch", "numpy", "mmcv", '
            '"mmengine", "mmdet", "cv2"}; print(sorted(heavy & '
            'set(sys.modules)))')
    done = subprocess.run([sys.executable, '-c', code],
                          capture_output=True,
                          text=True,
                          check=True)
    assert done.stdout.strip() == '[]'


def test_import_says_what_is_missing(tmp_path):
    """Without any of the stack the import ends in one clear sentence."""
    code = ('import importlib.util, sys\n'
            'from importlib import metadata\n'
            'find, version = importlib.util.find_spec, metadata.version\n'
            'importlib.util.find_spec = lambda n: None if n == "mmengine" '
            'else find(n)\n'
            'def missing(name):\n'
            '    if "mmengine" in name:\n'
            '        raise metadata.PackageNotFoundError(name)\n'
            '    return version(name)\n'
            'metadata.version = missing\n'
            'import mmadvrain\n')
    done = subprocess.run([sys.executable, '-c', code],
                          capture_output=True,
                          text=True,
                          check=False)
    assert done.returncode == 1
    assert 'ImportError: mmadvrain needs mmengine>=' in done.stderr
    assert 'no module named mmengine was found' in done.stderr
