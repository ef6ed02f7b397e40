"""What ``results.json`` of a run holds."""
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from mmadvrain.typing import PathLike, Scores
from mmadvrain.utils.files import write_json

RESULTS_FILE = 'results.json'


@dataclass
class RunResults:
    """Results of an attack run; ``docs/results.md`` explains each entry.

    Attributes:
        views: Unrounded metrics by view: ``clean``, ``random``,
            ``adversarial`` and ``adversarial_float``.
        magnitude: Mean over the images of each measure of the perturbation, by
            stored view. None where no image has a finite value.
        num_images: Number of images of the test data, failed ones included.
        seconds_per_image: Mean seconds that an attack took. None where no
            image was attacked.
        flags: Images by the flags that they raised.
        failed: What was wrong, by the images that could not be attacked.
        problems: What was odd about images that were attacked all the same.
        seconds: Of the whole run, scores included; of a resumed run of its
            last part.
        gpu_memory_bytes: Most that tensors ever took on a GPU. None on a CPU.
        run: What decides the results: attack, victim, model, data, weights.
    """
    views: dict[str, Scores]
    magnitude: dict[str, dict[str, float | None]]
    num_images: int
    seconds_per_image: float | None
    flags: dict[str, list[str]]
    failed: dict[str, str]
    problems: dict[str, list[str]]
    seconds: float = 0.
    gpu_memory_bytes: int | None = None
    run: dict = field(default_factory=dict)

    def save(self, folder: PathLike) -> None:
        """Write the results into the folder of a run.

        Args:
            folder: Gets :data:`RESULTS_FILE`.
        """
        write_json(Path(folder) / RESULTS_FILE, asdict(self))

    @classmethod
    def load(cls, folder: PathLike) -> 'RunResults':
        """Read the results of a run.

        Args:
            folder: Of the run.

        Raises:
            FileNotFoundError: If there are none: the run has not ended.
            ValueError: If the file holds something else.
        """
        path = Path(folder) / RESULTS_FILE
        if not path.is_file():
            raise FileNotFoundError(f'no results of a run at {path}: it has '
                                    'not ended, or was no attack')
        try:
            content = json.loads(path.read_text())
            names = {entry.name for entry in fields(cls)}
            if not isinstance(content, dict) or set(content) != names:
                got = sorted(content) if isinstance(content, dict) else \
                    type(content).__name__
                raise ValueError(f'wanted {sorted(names)}, but got {got}')
            return cls(**content)
        except (RecursionError, ValueError) as error:
            raise ValueError(f'{path} does not hold the results of a run: '
                             f'{error}') from error
