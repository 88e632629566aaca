"""The tables of the MAF and MADE papers, row by row.

Each row says what was trained, on what, and what it scored on data it never saw.

    python -m experiments list                      the rows
    python -m experiments run wine dna              those that are not done yet, of these datasets
    python -m experiments run --quick               every row, small and short: is the code alive?
    python -m experiments table                     the table from the results so far

The data's folder is TINYMAF_DATA or `--data`.

Read the files in this order: grid.py has the rows and what was published; models.py has the models;
run.py does one row; results.py keeps a file of JSON lines; pool.py does many rows at once, here or
on a Dask cluster; table.py makes the table.
"""
