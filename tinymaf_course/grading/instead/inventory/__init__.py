"""The concept inventory is not graded."""


def take(*arguments, **named):
    print("The inventory is not graded.")
