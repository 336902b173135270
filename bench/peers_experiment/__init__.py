"""Experiments by other packages: each module answers the same question from the same file.

`from_file(path)` returns the differences of a conversion, a mean and a mean with a covariate, and the p-value of the
split; `alone()` prepares sufficient statistics and returns a function that does the statistics of one experiment, and
how many experiments that function does.
"""

COLUMNS = ["variant", "bought", "spent", "before"]
