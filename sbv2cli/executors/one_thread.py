"""Imported first in a process that is one of several: libraries make no threads in it.

They ask the environment when they are loaded, so nothing else is imported here.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
