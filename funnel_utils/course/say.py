"""`say(key, ...)`: a sentence of the lesson with numbers that were computed in the cell beside it.

A lesson never types a number that the data could change, and its code cells hold no words of any one language. So the
words are in the catalogue and the numbers are passed in.
"""

from __future__ import annotations

from funnel_utils.text import t


def say(key: str, /, **values: object) -> None:
    """Print the text under `key` with `values` filled in.

    Parameters
    ----------
    key : str
        A key of the catalogue, such as `"lesson01.say.example"`.
    **values
        What the text has in braces.

    Examples
    --------
    >>> say("lesson01.say.example", entered=4000, bought=280, rate=0.07)
    280 of 4,000 bought: a conversion of 7.0%, seven in a hundred.
    """
    print(t(key, **values))
