"""What chapter 13 reads: the MAF paper's table (paper.py), and the records of our own trainings
(results.py, table.py).

The trainings themselves are run by `python -m experiments` in a checkout. It writes both files
here.
"""
