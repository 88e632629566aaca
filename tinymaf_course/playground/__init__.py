"""The playground: draw points, choose a flow, watch it learn, compare, take the results home.

    from tinymaf_course.playground import playground
    playground()

Reading order: data.py (points, toys, files: table.py), models.py (what can be trained), run.py
(training in slices), score.py (who is better), picture.py (what is seen), exports.py (what is taken
home), easel.py and easel/*.js (drawing in the browser), controls.py (the buttons), app.py (what
they do), screen.py (when it is drawn), opening.py (how it opens below a cell).
"""

from .app import Playground
from .opening import playground

__all__ = ["Playground", "playground"]
