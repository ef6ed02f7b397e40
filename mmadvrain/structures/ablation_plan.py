"""What an ablation runs."""
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from mmengine.config import Config

from mmadvrain.typing import PathLike


@dataclass(frozen=True)
class Victim:
    """A model by its config.

    Attributes:
        config: Path of an attack config.
        checkpoint: Its weights; None takes the config's.
    """
    config: str
    checkpoint: str | None = None

    @property
    def name(self) -> str:
        """Name in tables: that of the config, without the attack's."""
        stem = Path(self.config).stem
        return '_'.join(stem.split('_')[1:]) or stem


@dataclass(frozen=True)
class Cell:
    """One setting of an attack.

    Attributes:
        label: What tables call it.
        options: Settings to override, as ``--cfg-options``.
        x: Where it stands in a plot.
        line: Which line of the plot it belongs to.
    """
    label: str
    options: dict
    x: float | None = None
    line: str = ''


@dataclass
class AblationPlan:
    """Sweeps of an attack's settings.

    Attributes:
        source: The model that is attacked.
        sweeps: Cells by sweep.
        transfer: Further models that score what was stored, each with a name
            of its own.
        measures: Matched random rain beside that of equal area, see
            :func:`mmadvrain.apis.match_random.match_random`.
    """
    source: Victim
    sweeps: dict[str, list[Cell]]
    transfer: list[Victim] = field(default_factory=list)
    measures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not any(self.sweeps.values()):
            raise ValueError('an ablation wants at least one cell, got none')
        names = [victim.name for victim in (self.source, *self.transfer)]
        if len(set(names)) < len(names):
            raise ValueError('victims are told apart by the names of their '
                             f'configs, but got {names}')
        for name, cells in self.sweeps.items():
            labels = [cell.label for cell in cells]
            twice = sorted({x for x in labels if labels.count(x) > 1})
            if twice:
                raise ValueError(f'cells of the sweep {name!r} must have '
                                 f'different labels, but got twice {twice}')

    def cells(self) -> Iterator[tuple[str, Cell]]:
        """Every cell with the name of its sweep."""
        for name, cells in self.sweeps.items():
            for cell in cells:
                yield name, cell


def sweep_cells(entries: Sequence[Mapping],
                root: PathLike = '.') -> list[Cell]:
    """Cells from the entries of a config file.

    Args:
        entries: Each with ``label`` and ``options``, and where it is to be
            plotted ``x`` and ``line``. ``attack`` names a config file of
            ``configs/_base_/attacks`` whose attack takes the place of the
            config's own, before the options.
        root: Folder that ``attack`` is relative to. Defaults to '.'.

    Raises:
        ValueError: If an entry has other keys, or lacks these.
        FileNotFoundError: If there is no such attack.
    """
    cells = []
    for entry in entries:
        if not {'label', 'options'
                } <= set(entry) <= {'label', 'options', 'x', 'line', 'attack'}:
            raise ValueError(
                'a cell wants `label` and `options`, and may have `x`, `line`'
                f' and `attack`, but got {sorted(entry)}')
        options = dict(entry['options'])
        if 'attack' in entry:
            loop = Config.fromfile(Path(root) / entry['attack']).attack_loop
            options = {'test_cfg': dict(loop.to_dict(), _delete_=True)}
            options.update(entry['options'])
        cells.append(
            Cell(
                str(entry['label']), options, entry.get('x'),
                str(entry.get('line', ''))))
    return cells


def grid_cells(grid: Mapping[str, Sequence]) -> list[Cell]:
    """Cells of a full grid of options.

    Args:
        grid: Values of each option. The first option is the axis of the plot
            where its values are numbers; each choice of the others is a line.

    Raises:
        ValueError: If an option has no values.
    """
    for key, values in grid.items():
        if isinstance(values, str) or not isinstance(values, Sequence) \
                or not values:
            raise ValueError(
                f'wanted a list of values for {key}, got {values!r}')
    short = {key: key.rpartition('.')[2] for key in grid}
    cells = []
    for values in product(*grid.values()):
        options = dict(zip(grid, values))
        parts = [f'{short[key]}={value}' for key, value in options.items()]
        first = values[0]
        is_number = isinstance(first,
                               (int, float)) and not isinstance(first, bool)
        cells.append(
            Cell(', '.join(parts), options, first if is_number else None,
                 ', '.join(parts[1:])))
    return cells
