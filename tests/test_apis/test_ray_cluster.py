"""Actors that are killed, machines that go, and what is refused."""
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmadvrain.apis.attack import run_attack
from mmadvrain.apis.ray_cluster import RayCluster
from tests import forked_runs
from tests.toys.made_once import toy_root, trained_weights
from tests.toys.toy_detector import toy_attack, toy_config

ROOT = Path(__file__).parents[2]

needs_ray = pytest.mark.skipif(
    not forked_runs.has_ray(), reason='Ray is not installed: pip install ray')


@pytest.fixture(scope='module')
def toys(tmp_path_factory):
    return forked_runs.Toys(
        tmp_path_factory.mktemp('ray'), weights=trained_weights())


def test_numbers_that_are_refused():
    with pytest.raises(ValueError, match='wanted one actor at least, got 0'):
        RayCluster(num_actors=0)
    for gpus in (0, -1, -.5, 1.5):
        with pytest.raises(ValueError, match=r'in \(0, 1\].* got'):
            RayCluster(gpus=gpus)


@pytest.mark.parametrize('resources, cluster, actors, each', [
    (dict(CPU=6.), RayCluster(), 6, dict(num_gpus=0, num_cpus=1)),
    (dict(CPU=6., GPU=2.), RayCluster(), 2, dict(num_gpus=1, num_cpus=0)),
    (dict(GPU=2.), RayCluster(gpus=.25), 8, dict(num_gpus=.25, num_cpus=0)),
    (dict(GPU=2.), RayCluster(gpus=2), 1, dict(num_gpus=2, num_cpus=0)),
    (dict(GPU=2.), RayCluster(num_actors=5), 5, dict(num_gpus=1, num_cpus=0)),
    (dict(), RayCluster(), 1, dict(num_gpus=0, num_cpus=1)),
])
def test_as_many_actors_as_there_is_room_for(resources, cluster, actors, each):
    assert cluster._actors(resources) == (actors, each)


def test_without_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, 'ray', None)
    with pytest.raises(ImportError, match='pip install ray'):
        run_attack(
            toy_config(toy_root(), attack=toy_attack()),
            str(trained_weights()),
            launcher='ray')


@needs_ray
def test_no_cluster_is_one_sentence(monkeypatch):
    ended = []
    monkeypatch.setattr('ray.shutdown', lambda: ended.append(True))

    def init(**options):
        assert options['address'] == '10.0.0.1:6379'
        raise Exception('The current node timed out')

    monkeypatch.setattr('ray.init', init)
    with pytest.raises(
            ConnectionError, match='no cluster for this .*: The current node'):
        with RayCluster(address='10.0.0.1:6379').joined():
            pytest.fail('there is none')
    assert ended


def test_a_cluster_for_another_launcher():
    with pytest.raises(ValueError, match='is for the launcher ray, .* none'):
        run_attack(
            toy_config(toy_root()),
            str(trained_weights()),
            cluster=RayCluster())


def attack(toys, place, **options):
    """Begin a run of one image a call; what a whole one leaves."""
    return toys.start(
        toys.root / place, launcher='ray', batch_size=1, **options)


def pids(place):
    """Processes that were actors of a run, by their log folders."""
    return {
        int(re.search(r'_(\d+)$', path.name)[1])
        for path in place.glob(f'2*_{os.uname().nodename}_*')
    }


def wait_for_a_record(place, process):
    """How many images are finished as soon as one is."""
    while not (done := forked_runs.finished(place)):
        assert forked_runs.is_alive(process), Path(f'{place}.log').read_text()
        time.sleep(0.005)
    return done


def end_in_the_same_bits(toys, place, process):
    code = forked_runs.wait(process)
    log = Path(f'{toys.root / place}.log')
    assert code == 0, log.read_text()[-3000:]
    expected = forked_runs.reference(toys)
    forked_runs.check(place, toys.root / place, expected, log)


@needs_ray
@pytest.mark.slow
def test_a_killed_actor_loses_nothing(toys):
    place = toys.root / 'actor'
    process = attack(toys, 'actor', cluster=RayCluster(num_actors=1))
    done = wait_for_a_record(place, process)
    first, = pids(place)
    os.kill(first, signal.SIGKILL)
    assert done < 6
    end_in_the_same_bits(toys, 'actor', process)
    assert len(pids(place)) == 2, 'it was started again'
    assert len(list((place / 'pictures').iterdir())) == 6
    shown = [p.name for p in place.rglob('vis_image/rain_*.png')]
    assert len(shown) == len(set(shown)) == 6, 'by the process that scores'


@needs_ray
@pytest.mark.slow
def test_a_killed_node_loses_nothing(toys):
    # a process that has used Ray cannot be forked for another run
    log = toys.root / 'nodes.log'
    process = forked_runs.start(lambda: kill_a_node(toys), log)
    assert forked_runs.wait(process) == 0, log.read_text()[-3000:]


def kill_a_node(toys):
    from ray.cluster_utils import Cluster
    small = dict(object_store_memory=80 * 2**20, include_dashboard=False)
    cluster = Cluster(
        initialize_head=True, head_node_args=dict(num_cpus=0, **small))
    try:
        nodes = [cluster.add_node(num_cpus=1, **small) for _ in range(2)]
        place = toys.root / 'node'
        config = toys.config(batch_size=1)
        config.dump(toys.root / 'toy.py')
        command = [
            sys.executable, ROOT / 'tools/attack.py', toys.root / 'toy.py',
            toys.weights, '--work-dir', place, '--launcher', 'ray',
            '--address', cluster.address
        ]
        with (toys.root / 'node.log').open('w') as log:
            process = subprocess.Popen(command, stdout=log, stderr=log).pid
        while len(pids(place)) < 2:  # each of the nodes has one
            assert forked_runs.is_alive(process)
            time.sleep(0.005)
        done = wait_for_a_record(place, process)
        cluster.remove_node(nodes[0], allow_graceful=False)
        assert done < 6
        end_in_the_same_bits(toys, 'node', process)
    finally:
        cluster.shutdown()


@needs_ray
@pytest.mark.slow
def test_what_goes_wrong_in_an_actor_is_one_sentence(toys, tmp_path):
    (tmp_path / 'run/adversarial/000011.png').mkdir(parents=True)
    process = toys.start(tmp_path / 'run', launcher='ray')
    assert forked_runs.wait(process) == 1
    said = (tmp_path / 'run.log').read_text()
    assert re.search(
        'RuntimeError: an actor ended by IsADirectoryError: .*000011.png',
        said), said[-3000:]


@needs_ray
@pytest.mark.slow
def test_sigterm_ends_the_actors_and_the_run_goes_on(toys):
    place = toys.root / 'term'
    process = attack(toys, 'term', cluster=RayCluster(num_actors=1))
    done = wait_for_a_record(place, process)
    os.kill(process, signal.SIGTERM)
    assert forked_runs.wait(process) == 143
    assert done < 6
    actor, = pids(place)
    for _ in range(1000):  # Ray ends it in a process of its own
        if not Path(f'/proc/{actor}').exists():
            break
        time.sleep(0.02)
    else:
        pytest.fail('the actor outlives the run')
    end_in_the_same_bits(toys, 'term', toys.start(place))
    results = json.loads((place / 'results.json').read_text())
    assert results['num_images'] == 6
