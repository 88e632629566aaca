"""Grading students' notebooks: what is stripped, what is forbidden, and the process in which a notebook runs."""
