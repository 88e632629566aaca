# %% [markdown]
# # Playground
#
# Draw points, choose a flow, press *Train* and watch the density form. Keep a model as A, train another, and compare.

# %%
from tinymaf_course.playground import playground

playground()

# %% [markdown]
# Everything works by keyboard too: <kbd>Tab</kbd> goes to the sheet, arrows move the brush, <kbd>Space</kbd> sprays.
# What you have made, the picture, samples or the model, you can take home.
