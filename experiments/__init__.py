"""The MAF and MADE papers' tables, row by row: what was trained, on what, and what it scored on
data it never saw.

    python -m experiments list                      the rows
    python -m experiments run wine dna              those that are not done yet, of these datasets
    python -m experiments run --quick               every row, small and short: is the code alive?
    python -m experiments table                     the table from the results so far

The data's folder is TINYMAF_DATA or `--data`. Reading order: grid.py (the rows, and what was
published), models.py, run.py (one row), results.py (a file of JSON lines), pool.py (many rows at
once, here or on a Dask cluster), table.py.
"""
