"""python -m tinymaf_course.inventory [--check]"""

from .pages import main

if __name__ == "__main__":
    main()
