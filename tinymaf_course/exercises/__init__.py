"""The exercises, one file each: `made-masks` is made_masks.py. What a file holds is said in ..exercise."""
