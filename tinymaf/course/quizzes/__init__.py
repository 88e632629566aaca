"""The quizzes, one file a notebook; each has ITEMS, a list of four `tinymaf.course.quiz.Item`."""
