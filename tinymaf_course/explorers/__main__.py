"""Train the models of recorded/ anew: `python -m tinymaf_course.explorers`. See _recorded.py."""

import importlib

from ._recorded import write

EXPLORERS = ("couplings", "depth", "film_strip", "equal_parameters")


def main():
    for name in EXPLORERS:
        write(name, importlib.import_module(f"tinymaf_course.explorers.{name}").train_all())
        print(name)


if __name__ == "__main__":
    main()
