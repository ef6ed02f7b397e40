"""SIGTERM ends a block as an exception."""
import multiprocessing
import os
import signal
import threading
import time

import pytest

from mmadvrain.utils.termination import (
    Terminated,
    end_with_parent,
    ends_at_sigterm,
)


def test_the_block_ends_and_the_handler_is_put_back():
    before = signal.getsignal(signal.SIGTERM)
    cleaned = []
    with pytest.raises(Terminated) as caught, ends_at_sigterm():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            cleaned.append('not reached')
        finally:
            cleaned.append('cleaned')
    assert caught.value.code == 143
    assert cleaned == ['cleaned']
    assert signal.getsignal(signal.SIGTERM) is before


def test_another_thread_is_left_alone():
    ran = []

    def work():
        with ends_at_sigterm():
            ran.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ran == [True]


def test_a_process_ends_with_the_one_that_started_it():
    context = multiprocessing.get_context('fork')
    reader, writer = context.Pipe(duplex=False)

    def child():
        end_with_parent()
        writer.send(os.getpid())
        time.sleep(60)

    def parent():
        context.Process(target=child).start()
        time.sleep(60)

    process = context.Process(target=parent)
    process.start()
    writer.close()
    orphan = reader.recv()
    os.kill(orphan, 0)  # it runs
    process.kill()
    process.join()
    # the pipe's last writer is gone with it
    assert reader.poll(20)
    with pytest.raises(EOFError):
        reader.recv()


def test_the_main_process_has_nobody_to_follow():
    before = threading.active_count()
    end_with_parent()
    assert threading.active_count() == before
