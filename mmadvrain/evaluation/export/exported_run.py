import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from mmadvrain.evaluation.page.run_folder import RunFolder, RunImage
from mmadvrain.typing import PathLike, SizeHW


@dataclass
class ExportedImage:
    """One image of a run, in all its views.

    Attributes:
        image: What is known of it.
        files: Its files by view.
        size_hw: Height and width in pixels.
    """
    image: RunImage
    files: dict[str, Path]
    size_hw: SizeHW

    @property
    def measures(self) -> dict[str, float]:
        """How much rain the attack left, as its record says."""
        return {
            name: value
            for name, value in self.image.record['adversarial'].items()
            if value is not None
        }

    @property
    def flags(self) -> list[str]:
        """Flags that the image raised."""
        return list(self.image.record.get('flags', []))


@dataclass
class ExportedRun:
    """What a finished run against a detector hands to other tools.

    Attributes:
        run: The run.
        images: Those that were attacked; the others have no views.
    """
    run: RunFolder
    images: list[ExportedImage]

    @property
    def views(self) -> list[str]:
        """Clean first, adversarial last."""
        return self.run.views

    @classmethod
    def load(cls, work_dir: PathLike) -> 'ExportedRun':
        """Read a finished run.

        Args:
            work_dir: Its folder.

        Raises:
            FileNotFoundError: If the run has not ended, or an image is not
                there any more.
            ValueError: If it attacked no detector, or no image.
        """
        run = RunFolder.load(work_dir)
        attacked = [image for image in run.images if image.error is None]
        if not attacked:
            raise ValueError(f'not one image of {run.root} was attacked: '
                             'there is nothing to export')
        if any(image.truth is None for image in attacked):
            raise ValueError('wanted a run against a detector, but that in '
                             f'{run.root} attacked a classifier')
        return cls(run, [_exported(run, image) for image in attacked])

    def bring(self, folder: Path) -> dict[str, dict[str, str]]:
        """Put the images of all views into a folder.

        Args:
            folder: Gets ``VIEW/NAME.SUFFIX``; files are linked where the file
                system can, and copied elsewhere.

        Returns:
            Paths below the folder by view, by name of the image.
        """
        brought: dict[str, dict[str, str]] = {}
        for one in self.images:
            name = one.image.name
            brought[name] = {}
            for view, source in one.files.items():
                path = f'{view}/{name}{source.suffix.lower()}'
                _bring(source, folder / path)
                brought[name][view] = path
        return brought


def _exported(run: RunFolder, image: RunImage) -> ExportedImage:
    files = {
        view:
        image.source if view == 'clean' else run.store.image(view, image.name)
        for view in run.views
    }
    for view, path in files.items():
        if not path.is_file():
            raise FileNotFoundError(
                f'wanted the {view} image of {image.name} at {path}, but it '
                'is not there any more')
    with Image.open(files['adversarial']) as stored:
        width, height = stored.size
    return ExportedImage(image, files, (height, width))


def _bring(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)
