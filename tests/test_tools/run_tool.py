"""Runs a tool as a user does, or its ``main`` in this process."""
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_tool(path, *args):
    """Run a script in a process of its own."""
    env = dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1')
    return subprocess.run(
        [sys.executable,
         str(ROOT / 'tools' / path), *map(str, args)],
        capture_output=True,
        text=True,
        env=env,
        check=False)


def load_tool(path):
    """Import a script as a module; it finds its neighbours, as in a run."""
    path = ROOT / 'tools' / path
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    return module
