"""How a process of this program treats its memory."""

import subprocess
import sys

ENDING = """
import atexit, gc
from responder.process import collect_seldom
atexit.register(lambda: print(gc.get_freeze_count() > 1000))
collect_seldom()
"""


def test_at_its_end_a_process_of_this_program_looks_for_no_reference_cycles():
    ended = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True, check=True)
    assert ended.stdout == "True\n"
