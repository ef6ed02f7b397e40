"""Version of the package, read by ``setup.py`` and by the import."""

__version__ = '0.1.0'
short_version = __version__
version_info = tuple(int(part) for part in __version__.split('.'))

__all__ = ['__version__', 'short_version', 'version_info']
