"""python -m tinymaf.course.inventory [--check]"""

from .pages import main

if __name__ == "__main__":
    main()
