"""What ``tools/analysis_tools/benchmark.py`` measures, side by side."""
from .bench_case import BenchCase
from .job_bench import evaluation_cost, images_per_second, peer_speedup
from .render_bench import cost_curve, render_speedup
from .scale_bench import scaling_efficiency
from .step_bench import attack_overhead
from .timing import describe_machine, side_by_side

__all__ = [
    'BenchCase', 'attack_overhead', 'cost_curve', 'describe_machine',
    'evaluation_cost', 'images_per_second', 'peer_speedup', 'render_speedup',
    'scaling_efficiency', 'side_by_side'
]
