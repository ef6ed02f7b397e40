"""Feed damaged and absurd files to every reader, for as long as is wanted.

``python -m tests.fuzz --seconds 600`` prints how many inputs each reader of
``tests/test_fuzz.py`` got; the exit code is 1 where one did not give a result
or a clear error, and hypothesis shows the smallest such input.
"""
import argparse
import os
import sys
import time
import traceback

import hypothesis


def cases(examples):
    """The tests of damaged files, by name."""
    os.environ['MMADVRAIN_FUZZ_EXAMPLES'] = str(examples)
    from tests import test_fuzz
    return {
        name: test
        for name, test in vars(test_fuzz).items()
        if name.startswith('test_') and hasattr(test, 'hypothesis')
    }


def counted(test):
    """Count the inputs a test gets from now on."""
    count = [0]
    inner = test.hypothesis.inner_test

    def run(*args, **kwargs):
        count[0] += 1
        return inner(*args, **kwargs)

    test.hypothesis.inner_test = run
    return count


def fuzz(seconds, examples, seed):
    """Let the tests take turns; return the number of inputs and failures."""
    tests = cases(examples)
    counts = {name: counted(test) for name, test in tests.items()}
    failed = set()
    began = time.monotonic()
    turn = 0
    while turn == 0 or time.monotonic() - began < seconds:
        for name, test in tests.items():
            if name in failed:
                continue
            try:
                hypothesis.seed(seed + turn)(test)()
            except Exception:
                failed.add(name)
                traceback.print_exc()
            if turn and time.monotonic() - began >= seconds:
                break
        turn += 1
    for name, (count, ) in counts.items():
        print(f'{name}: {count} inputs'
              f'{", FAILED" if name in failed else ""}')
    total = sum(count for count, in counts.values())
    print(f'{total} inputs to {len(tests)} readers in '
          f'{time.monotonic() - began:.0f} s, seed {seed}: '
          f'{len(failed)} failed')
    return total, len(failed)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seconds', type=float, default=60.)
    parser.add_argument(
        '--examples', type=int, default=200, help='inputs a reader and turn')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    return int(bool(fuzz(args.seconds, args.examples, args.seed)[1]))


if __name__ == '__main__':
    sys.exit(main())
