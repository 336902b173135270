"""One module for each engine that is measured: `answer(folder, window)` gives the units at each of `STEPS`.

The generated log has rows without a user, as real ones do; they can do no step, and each peer leaves them out.
A peer's module runs in the peer's own environment, so nothing here may import `funnel_utils` but `ours`.
"""

STEPS = ("visit", "view_product", "add_to_cart", "purchase")
