"""`python start.py lab`: as `python -m tinymaf_course lab`, and Ctrl-C stops it from the first
moment, without a traceback."""

import os
import signal
import sys


def main():
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))  # until the server listens to it
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.path[0] = home

    from tinymaf_course.__main__ import main as course  # takes a while: only now

    return course()


if __name__ == "__main__":
    sys.exit(main())
