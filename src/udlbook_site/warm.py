"""What a kernel needs at its start, imported once and forked many times.

Nothing of the project itself may be imported here, or a page would find it loaded although its
key does not count it. Nothing here may start a thread: a fork copies only the thread that forks.
"""

import contextlib
import importlib

for name in (
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "matplotlib.font_manager",
    "matplotlib.pyplot",
    "numpy",
    "torch",
):
    # A book may do without one of these; its pages then import what they need themselves.
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
