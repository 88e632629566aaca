# %% [markdown]
# # Concept inventory
#
# Eighteen questions about flows, for you to answer **before** the first notebook and again **after** the last one. They
# take some twenty minutes; use no notes. If you do not know an answer, pick the one you find most likely.
#
# For now your answers are only noted. You see which ones are right at the end of the second sitting, because otherwise
# that would measure your memory. The answers stay on this machine. For a class, or without a computer, there is
# [a page to print](concept_inventory.md).
#
# Run the next cell. After the course, change `"before"` to `"after"` first.

# %%
from tinymaf_course.inventory import take

sitting = take("before")

# %% [markdown]
# When you have answered all of them, run this.

# %%
sitting.result()
