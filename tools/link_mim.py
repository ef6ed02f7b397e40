"""Let ``mim`` find the tools and configs of an editable installation.

``mim run mmadvrain attack`` looks beside the installed metadata, where an
editable installation has no package folder. This links ``tools`` and
``configs`` there and enters the links in the list of installed files, so that
``pip uninstall`` removes them.
"""
import shutil
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINKED = ('tools', 'configs')


def main() -> None:
    """Make the links, or do nothing where the package is no editable one."""
    distribution = metadata.distribution('mmadvrain')
    package = Path(str(distribution.locate_file('mmadvrain')))
    if (package / '__init__.py').exists():
        return
    folder = package / '.mim'
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    record = next(
        Path(str(distribution.locate_file(file)))
        for file in distribution.files or [] if file.name == 'RECORD')
    entries = [f'mmadvrain/.mim/{name},,' for name in LINKED]
    lines = record.read_text(encoding='utf-8').splitlines()
    lines += [entry for entry in entries if entry not in lines]
    record.write_text('\n'.join(lines) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
