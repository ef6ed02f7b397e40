"""SIGTERM ends a block as an exception."""
import os
import signal
import threading

import pytest

from mmadvrain.utils.termination import Terminated, ends_at_sigterm


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
