"""The Croissant file of an exported folder, which machines read."""
import json
from pathlib import Path
from typing import Any

from mmadvrain.utils.digest import digest_file
from mmadvrain.utils.files import write_json

from .exported_run import ExportedRun

_FORMATS = dict(
    bmp='image/bmp',
    jpeg='image/jpeg',
    jpg='image/jpeg',
    png='image/png',
    tif='image/tiff',
    tiff='image/tiff',
    webp='image/webp')


def write_croissant(run: ExportedRun, folder: Path) -> Path:
    """Describe a folder of :func:`write_image_folder`.

    Args:
        run: The run.
        folder: With ``metadata.jsonl`` and the images.

    Returns:
        ``croissant.json``.

    Raises:
        ImportError: If mlcroissant is not installed.
    """
    try:
        import mlcroissant
    except ImportError as error:
        raise ImportError('wanted mlcroissant for it: pip install '
                          'mlcroissant') from error
    rows = mlcroissant.FileObject(
        id='metadata.jsonl',
        name='metadata.jsonl',
        content_url='metadata.jsonl',
        encoding_formats=['application/jsonlines'],
        sha256=digest_file(folder / 'metadata.jsonl'))
    metadata = mlcroissant.Metadata(
        name=f'adversarial-rain-{run.run.root.absolute().name}',
        description=f'{len(run.images)} images in the views '
        f'{", ".join(run.views)}: clean, random rain, and rain optimised '
        'against a detector.',
        distribution=[rows, *_file_sets(mlcroissant, run)],
        record_sets=[_records(mlcroissant, run)])
    path = folder / 'croissant.json'
    write_json(path, json.loads(json.dumps(metadata.to_json(), default=str)))
    return path


def _file_sets(library: Any, run: ExportedRun) -> list[Any]:
    sets = []
    for view in run.views:
        suffixes = sorted({
            one.files[view].suffix.lower().removeprefix('.')
            for one in run.images
        })
        sets.append(
            library.FileSet(
                id=view,
                name=view,
                description=f'Images of the view {view}.',
                includes=[f'{view}/**/*.{suffix}' for suffix in suffixes],
                encoding_formats=sorted({_FORMATS[s]
                                         for s in suffixes})))
    return sets


def _records(library: Any, run: ExportedRun) -> Any:
    kinds = dict(
        name=library.DataType.TEXT,
        height=library.DataType.INTEGER,
        width=library.DataType.INTEGER,
        **{f'{view}_file_name': library.DataType.TEXT
           for view in run.views})
    return library.RecordSet(
        id='images',
        name='images',
        key='images/name',
        fields=[
            library.Field(
                id=f'images/{column}',
                name=column,
                data_types=kind,
                source=library.Source(
                    file_object='metadata.jsonl',
                    extract=library.Extract(column=column)))
            for column, kind in kinds.items()
        ])
