"""What a kernel needs at its start, imported once and forked many times.

Torch is not here: it takes longer than all the rest, and the fork server loads it before this
module when a page of the run needs it.

Nothing of the project itself may be imported here, or a page would find it loaded although its
key does not count it. Nothing here may start a thread: a fork copies only the thread that forks.
"""

import contextlib
import gc
import importlib

from jupyter_client.localinterfaces import localhost

for name in (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "matplotlib.backends.backend_svg",
    "matplotlib.font_manager",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "numpy",
    "psutil",
    "tornado.platform.asyncio",
):
    # A book may do without one of these; its pages then import what they need themselves.
    with contextlib.suppress(ImportError):
        importlib.import_module(name)

localhost()  # jupyter_client asks all network interfaces, once a process
gc.freeze()  # a collection in a fork then leaves these objects' pages shared
