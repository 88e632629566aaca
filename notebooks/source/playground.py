# %% [markdown]
# # Playground
#
# Draw points, choose a flow, press *Train* and watch the density form. Keep a model as A and train another to see
# which of them gives points that neither has seen the higher density, then take the picture, samples or the model home.
#
# Everything works by keyboard too: <kbd>Tab</kbd> goes to the sheet, arrows move the brush, <kbd>Space</kbd> sprays.

# %%
from tinymaf_course.playground import playground

playground()
