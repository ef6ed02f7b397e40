"""Finished runs in the forms of other tools."""
from .coco_views import write_coco
from .exported_run import ExportedRun
from .fiftyone_views import make_fiftyone
from .image_folder import write_image_folder

__all__ = ['ExportedRun', 'make_fiftyone', 'write_coco', 'write_image_folder']
