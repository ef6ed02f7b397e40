"""Attack a detector with rain, and score it before and after.

    mmadvrain attack configs/demo/advrain_street-scenes.py
    mmadvrain attack DETECTOR.py WEIGHTS.pth --images FOLDER
    mmadvrain attack DETECTOR.py WEIGHTS.pth --launcher ray

CONFIG is an attack config of this project, or any MMDetection detector
config, on which the default adversarial rain attack is then run.

Exit codes: 0 all images attacked; 3 finished, but some images failed and are
named in results.json under `failed`; 143 ended by SIGTERM, the same command
goes on; 1 an error; 2 wrong arguments.
"""
import argparse
import os

from mmadvrain.cli import quiet, run_tool, tool_parser
from mmadvrain.utils.restarts import ends_once

FAILED_IMAGES = 3


def parse_args() -> argparse.Namespace:
    from mmengine.config import DictAction
    parser = tool_parser(__doc__)
    parser.add_argument('config', help='attack config or detector config')
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help="weights, a file or URL; default: the config's `load_from`")
    parser.add_argument(
        '--images',
        help='folder of images without annotations, attacked in place of the '
        "config's data: what the detector sees there clean is the truth")
    parser.add_argument(
        '--work-dir',
        help='folder of the results; default: work_dirs/CONFIG_NAME')
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='replace the results of another run in the same folder')
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='unpickle a checkpoint that holds more than weights; it can run '
        'any code')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of the config, key=value; a list is '
        'key="[a,b]" or key=a,b, nested brackets need the quotes')
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi', 'ray'],
        default='none',
        help='job launcher; ray deals the images to the actors of a cluster')
    parser.add_argument(
        '--address',
        help='of a Ray cluster, such as auto; default: one of this machine')
    parser.add_argument(
        '--num-actors',
        type=int,
        help='of Ray; default: as many as the cluster has GPUs, or cores')
    parser.add_argument(
        '--actor-gpus',
        type=float,
        help='GPUs that an actor takes, where there are any, such as 0.5; '
        'default: 1')
    # torchrun may pass the underscored form
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def main() -> int:
    args = parse_args()
    with quiet():
        from mmadvrain.apis.attack import run_attack
        from mmadvrain.apis.ray_cluster import RayCluster
    asked = dict(
        address=args.address, num_actors=args.num_actors, gpus=args.actor_gpus)
    asked = {name: value for name, value in asked.items() if value is not None}
    metrics = run_attack(
        args.config,
        args.checkpoint,
        work_dir=args.work_dir,
        cfg_options=args.cfg_options,
        launcher=args.launcher,
        overwrite=args.overwrite,
        trust=args.trust_checkpoint,
        images=args.images,
        cluster=RayCluster(**asked) if asked else None)
    return FAILED_IMAGES if metrics['run/failed_images'] else 0


if __name__ == '__main__':
    run_tool(lambda: ends_once(main))
