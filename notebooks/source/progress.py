# %% [markdown]
# # Your progress
#
# Run this cell, now and whenever you like. It counts the exercises that you have solved, the predictions that you have
# made and the quiz questions that you have answered rightly, on this machine. Nothing is sent anywhere.

# %%
from tinymaf_course import progress

progress()
