"""The pages of docs/_reference: what configs name and what code imports."""
import importlib
import inspect
from pathlib import Path

KINDS = dict(
    LOOPS='Loops',
    HOOKS='Hooks',
    TASK_UTILS='Perturbations, objectives, rules, attacks, victims',
    DATASETS='Data sets',
    TRANSFORMS='Transforms',
    METRICS='Metrics',
    MODELS='Models')
# what a user calls or inherits, by facade, in the order of the stages
FACADES = ('apis', 'attacks', 'attacks.objectives', 'perturbations', 'victims',
           'rain', 'rain.physics', 'engine', 'evaluation', 'evaluation.page',
           'evaluation.export', 'datasets', 'models', 'store', 'structures')


def write_reference(folder: Path) -> None:
    """Write the pages.

    Args:
        folder: Where; made if it is not there.
    """
    folder.mkdir(exist_ok=True)
    _write(folder / 'registered.md', registered())
    _write(folder / 'api.md', api())


def registered() -> str:
    """What configs can name, by registry, each with its arguments."""
    from mmadvrain import registry
    lines = [
        '# What configs can name', '',
        'Written in a config as `type=\'mmadvrain.NAME\'`; the arguments are '
        'the entries beside it.'
    ]
    for name, title in KINDS.items():
        kinds = getattr(registry, name)
        kinds.import_from_location()
        lines += [
            '', f'## {title}', '', '| type | arguments | what |',
            '|---|---|---|'
        ]
        for kind_name, kind in sorted(kinds.module_dict.items()):
            if kind.__module__.startswith('mmadvrain.'):
                lines.append(f'| `{kind_name}` | {_arguments(kind)} | '
                             f'{_summary(kind)} |')
    return '\n'.join(lines)


def _arguments(kind: type) -> str:
    found = [
        name if value.default is value.empty else f'{name}={value.default!r}'
        for name, value in inspect.signature(kind).parameters.items()
        if value.kind not in (value.VAR_POSITIONAL, value.VAR_KEYWORD)
    ]
    return ', '.join(f'`{text}`'.replace('|', '\\|') for text in found)


def _summary(kind: type) -> str:
    return (inspect.getdoc(kind)
            or '').split('\n\n')[0].replace('\n', ' ').replace('|', '\\|')


def api() -> str:
    """What code can import, by facade."""
    lines = ['# API reference']
    for name in FACADES:
        module = importlib.import_module(f'mmadvrain.{name}')
        lines += [
            '', f'## mmadvrain.{name}', '', '```{eval-rst}',
            f'.. automodule:: mmadvrain.{name}', '   :no-members:'
        ]
        for public in getattr(module, '__all__', _own(module)):
            thing = getattr(module, public)
            if inspect.isclass(thing):
                lines += ['', f'.. autoclass:: mmadvrain.{name}.{public}']
            elif callable(thing):
                lines += ['', f'.. autofunction:: mmadvrain.{name}.{public}']
        lines.append('```')
    return '\n'.join(lines)


def _own(module: object) -> list[str]:
    return [
        name for name, thing in vars(module).items()
        if not name.startswith('_') and getattr(thing, '__module__', '') ==
        getattr(module, '__name__', None)
    ]


def _write(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text() != text + '\n':
        path.write_text(text + '\n')
