"""What the tests hand out: functions that another process finds by name."""

import os
import signal
import time
from pathlib import Path

from responder.errors import ConfigError


def times(factor, chunk):
    return [factor * number for number in chunk]


def page_faults(_shared, _chunk):
    """Count the pages that are mapped while arrays of 1 MB come and go, after the first of them."""
    import resource

    import numpy as np

    for step in range(101):
        if step == 1:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        np.zeros(2**17).fill(step)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def process_and_number(_shared, chunk):
    time.sleep(0.05)
    return os.getpid(), chunk


def killed_once(folder, chunk):
    """Write down that the chunk was tried; the third one kills its own process the first time."""
    tried = Path(folder) / str(chunk)
    first = not tried.exists()
    with tried.open("a") as file:
        file.write("x")
    if chunk == 2 and first:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return chunk * chunk


def always_killed(_shared, _chunk):
    os.kill(os.getpid(), signal.SIGKILL)


def refused(_shared, chunk):
    raise ConfigError("no_model", where="models", name=f"ridg{chunk}")


def slow(_shared, chunk):
    time.sleep(60)
    return chunk


def scheduler_killed_at_four(scheduler, chunk):
    if chunk == 4:
        os.kill(scheduler, signal.SIGKILL)
    time.sleep(0.05)
    return chunk
