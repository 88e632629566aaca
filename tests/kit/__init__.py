"""What the tests share: pytest plugins (browser, notebooks, order), a JupyterLab to test in, eyes
for what a page shows; small things of which many tests make use.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # the checkout
ARTEFACTS = ROOT / ".artefacts"  # what a run leaves to be looked at: pictures of pages
