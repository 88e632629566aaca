"""`python start.py lab`: as `python -m tinymaf_course lab`, and Ctrl-C stops it from the first
moment, without a traceback."""

import os
import signal
import sys

signal.signal(signal.SIGINT, lambda *_: os._exit(130))  # until the server listens to it
sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from tinymaf_course.__main__ import main  # noqa: E402

sys.exit(main())
