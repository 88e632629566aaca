"""Grading students' notebooks: a process with walls for each, and a judge that stands outside.

__main__, report    the command, the table and the CSV
feedback, students  a page for each student, and whose notebook a file is
grade, reading      the grade of one file
run, watch          one run of its cells, and an eye on the process
sandbox             the walls: bubblewrap, a container, or none
copy_for_students   the course without answers, which is what the process sees of it
instead             what stands there in the place of modules that know answers
outside, inside     the two sides of the border: who judges, and who answers
peer, tape, wire    what crosses it: calls, derivatives, plain values
"""
