"""What a student's process sees of the grader: a `check` that asks, and no answers."""
