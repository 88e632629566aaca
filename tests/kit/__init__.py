"""What the tests share: pytest plugins (browser, notebooks, order), a JupyterLab to test in, eyes
for what a page shows.
"""
