# %% [markdown]
# # Concept inventory
#
# Sixteen questions about flows, for you to answer **before** the first notebook and again **after** the last one. Some
# twenty minutes, no notes. If you do not know, take what you find most likely.
#
# Your answers are only noted. What is right is told at the end of the second sitting: else it would measure your
# memory. They stay on this machine. Is there a class, or no computer? The same questions are
# [a page to print](instructor/concept_inventory.md).
#
# Run the next cell. After the course, change `"before"` to `"after"` first.

# %%
from tinymaf_course.inventory import take

sitting = take("before")

# %% [markdown]
# All answered? Then run this.

# %%
sitting.result()
