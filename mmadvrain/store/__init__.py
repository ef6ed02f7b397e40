"""What a run leaves on disk."""
from .attack_store import AttackStore
from .coco_export import write_view_annotations
from .result_writer import FinishedImage, ResultWriter
from .run_signature import run_signature
from .subfolders import in_subfolders

__all__ = [
    'AttackStore', 'FinishedImage', 'ResultWriter', 'in_subfolders',
    'run_signature', 'write_view_annotations'
]
