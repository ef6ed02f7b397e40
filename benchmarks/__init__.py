"""What is measured side by side; each script runs on its own."""
from .bench_case import BenchCase
from .drop_bench import physical_rain
from .job_bench import evaluation_cost, images_per_second, peer_speedup
from .loading_bench import loading_cost, loading_table, process_memory
from .render_bench import cost_curve, render_speedup
from .scale_bench import scaling_efficiency
from .step_bench import attack_overhead
from .timing import describe_machine, side_by_side

__all__ = [
    'BenchCase', 'attack_overhead', 'cost_curve', 'describe_machine',
    'evaluation_cost', 'images_per_second', 'loading_cost', 'loading_table',
    'peer_speedup', 'physical_rain', 'process_memory', 'render_speedup',
    'scaling_efficiency', 'side_by_side'
]
