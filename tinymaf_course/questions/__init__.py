"""The quizzes, one file a notebook; each has ITEMS, a list of four `tinymaf_course.quiz.Item`."""
