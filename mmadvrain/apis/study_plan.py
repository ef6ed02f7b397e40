"""What a study is made of."""
import copy
from dataclasses import dataclass

from mmengine.config import Config, ConfigDict

from mmadvrain.store.attack_store import stored_views

SHARED = ('test_dataloader', 'test_evaluator')
"""Entries of a config that all models of a study share."""
MAIN = 'attacks'
"""Name of the sweep that the plan's ``attacks`` are."""


@dataclass(frozen=True)
class StudyModel:
    """A source or a victim.

    Attributes:
        name: Its name in tables.
        path: Its config file.
        config: Its config, with the data of the plan.
        checkpoint: File or URL of its weights.
    """
    name: str
    path: str
    config: Config
    checkpoint: str | None


@dataclass(frozen=True)
class Cell:
    """One attack, or one setting of a sweep.

    Attributes:
        sweep: Which sweep it is of.
        label: What tables call it.
        path: Config file of its attack; ``'inline'``, or ``''`` for the
            attack of the source's own config.
        loop: That attack, for ``test_cfg``; None is the source's own.
        options: Settings on top, as ``--cfg-options`` has them.
        views: Stored views that are rows of the tables; None is all.
        x: Where it stands in a plot.
        line: Which line of the plot it belongs to.
    """
    sweep: str
    label: str
    path: str
    loop: ConfigDict | None
    options: dict
    views: tuple[str, ...] | None = None
    x: float | None = None
    line: str = ''

    def shows(self, view: str) -> bool:
        """Whether a stored view is a row of the tables."""
        return self.views is None or view in self.views


@dataclass(frozen=True)
class StudyPlan:
    """Sources, what is done to each of them, and victims that see it.

    Attributes:
        title: What is compared.
        sources: Models under attack.
        victims: Models that are scored.
        cells: What is done to each source.
        settings: Settings of all attacks, entries of ``test_cfg``.
        metrics: Metrics to show, the main one first; empty for all.
        paper: Published numbers, in percent: ``table``; ``metric``, which
            they are compared with; and ``values``, by row and victim of clean
            images, by sweep, row and victim else.
        conventions: What a metric is, where its name does not say.
        work_dir: Folder of the results.
    """
    title: str
    sources: list[StudyModel]
    victims: list[StudyModel]
    cells: list[Cell]
    settings: dict
    metrics: list[str]
    paper: dict
    conventions: dict[str, str]
    work_dir: str

    @property
    def headline(self) -> str:
        """Title of the tables; where rows name no source, it does."""
        if len(self.sources) > 1:
            return self.title
        return f'{self.title}, white box {self.sources[0].name}'

    @property
    def files(self) -> list[str]:
        """Configs of all models and attacks, each once."""
        models = [model.path for model in (*self.sources, *self.victims)]
        attacks = [cell.path for cell in self.cells]
        return [
            path for path in dict.fromkeys(models + attacks)
            if path not in ('', 'inline')
        ]

    def attack_config(self, source: StudyModel, cell: Cell) -> Config:
        """Config of one run: what comes later wins.

        The attack of the cell or of the source, the settings of all attacks,
        the options of the cell.

        Args:
            source: The model under attack.
            cell: What is done to it.

        Returns:
            For :func:`run_attack`.

        Raises:
            ValueError: If the options change data that all victims share.
        """
        config = copy.deepcopy(source.config)
        if cell.loop is not None:
            victim = config.test_cfg.get('victim')
            config.test_cfg = copy.deepcopy(cell.loop)
            if victim is not None:
                config.test_cfg.setdefault('victim', victim)
        config.merge_from_dict(dict(test_cfg=copy.deepcopy(self.settings)))
        options = copy.deepcopy(cell.options)
        foreign = [k for k in options if k.partition('.')[0] in SHARED]
        if foreign:
            raise ValueError(
                f'the cell {cell.label!r} changes {foreign}, but all victims '
                'share the data of a plan: change it there')
        config.merge_from_dict(options)
        return config

    def views(self, source: StudyModel, cell: Cell) -> tuple[str, ...]:
        """Stored views of a cell that are rows, random ones first.

        Raises:
            ValueError: If the cell asks for others than there are.
        """
        loop = self.attack_config(source, cell).test_cfg
        known = stored_views(loop.get('random_views') or ())
        known = (*known[1:], known[0])
        if cell.views is not None and not (cell.views
                                           and set(cell.views) <= set(known)):
            raise ValueError(f'`views` of {cell.label} must be some of '
                             f'{list(known)}, but got {list(cell.views)}')
        return tuple(view for view in known if cell.shows(view))
