"""Let one rain of a rate in mm/h fall through all frames of a video.

The rain is three-dimensional and the camera moves through it: drops are
consistent between frames, see docs/physics.md for rate, wind and exposure.
With --attack drops and wind are those in which a detector loses most of what
it sees on the clean frames; OUT_random and OUT.json come beside.

    mmadvrain video_rain VIDEO OUT --rate 25 --wind 3
    mmadvrain video_rain VIDEO OUT --attack DETECTOR.py WEIGHTS.pth --steps 10
"""
import argparse

from mmadvrain.cli import quiet, run_tool, tool_parser


def parse_args() -> argparse.Namespace:
    from mmadvrain.rain import CAMERAS
    parser = tool_parser(__doc__)
    parser.add_argument('video')
    parser.add_argument('out', help='video file, or folder')
    parser.add_argument('--rate', type=float, default=25., help='in mm/h')
    parser.add_argument(
        '--wind', type=float, default=0., help='to the right, in m/s')
    parser.add_argument('--camera', choices=sorted(CAMERAS), default='coco')
    parser.add_argument(
        '--speed', type=float, default=0., help='of the camera, ahead, in m/s')
    parser.add_argument(
        '--exposure', type=float, help="in seconds; default: the camera's")
    parser.add_argument(
        '--veil',
        action='store_true',
        help='veil what is far, over flat ground')
    parser.add_argument(
        '--fog', type=float, help='visibility in m; default: no fog')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--codec', help="FFmpeg's name; default: H.264")
    parser.add_argument(
        '--attack',
        nargs='+',
        metavar=('CONFIG', 'CHECKPOINT'),
        help='attack a detector: its config, or a name of the zoo, and its '
        "weights; default: the config's `load_from`")
    parser.add_argument(
        '--steps', type=int, default=10, help='of the attack; default: 10')
    parser.add_argument(
        '--every',
        type=int,
        default=1,
        help='the attack looks at every n-th frame; default: 1')
    parser.add_argument(
        '--min-score',
        type=float,
        default=0.3,
        help='least score of a detection that counts; default: 0.3')
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='unpickle a checkpoint that holds more than weights; it can run '
        'any code')
    args = parser.parse_args()
    if args.attack and len(args.attack) > 2:
        parser.error('--attack takes a config and at most one checkpoint, got '
                     f'{args.attack}')
    return args


def main() -> int:
    args = parse_args()
    with quiet():
        from mmadvrain.apis.attack_video import attack_video_file, tell_video
        from mmadvrain.apis.rain_video import rain_video_file
        from mmadvrain.rain import ParticleRain
    rain = ParticleRain(
        args.rate,
        dict(preset=args.camera, speed_m_s=args.speed),
        wind_m_s=(args.wind, 0.),
        exposure_s=args.exposure,
        veil='ground' if args.veil else None,
        fog_visibility_m=args.fog)
    if not args.attack:
        target = rain_video_file(rain, args.video, args.out, args.seed,
                                 args.codec)
        print(f'rain of {args.rate:g} mm/h in {target}')
        return 0
    found = attack_video_file(
        args.attack[0],
        args.video,
        args.out,
        args.attack[1] if len(args.attack) > 1 else None,
        rain=rain,
        steps=args.steps,
        every=args.every,
        seed=args.seed,
        min_score=args.min_score,
        codec=args.codec,
        trust=args.trust_checkpoint)
    print(tell_video(found))
    return 0


if __name__ == '__main__':
    run_tool(main)
