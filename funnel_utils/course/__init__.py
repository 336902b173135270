"""What a lesson needs beside the metrics: `check` for the exercises, `quiz` for the questions, `say` for its numbers.

All three read their words from the catalogue (`funnel_utils.text`), and `check` its answers from the data, so that a
lesson's code cells are the same in every language and stay right when the data change. `plain` is how its tables show
numbers.
"""

from funnel_utils.course.check import Outcome, check
from funnel_utils.course.quiz import Quiz, quiz
from funnel_utils.course.say import say
from funnel_utils.course.tables import plain

__all__ = ["Outcome", "Quiz", "check", "plain", "quiz", "say"]
