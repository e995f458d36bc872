"""What a newcomer to the invented study practises on, and why each answer is right."""

from typing import Final

from reports.demo.four_regions.judging import OUTCOME

SCHEME: Final = OUTCOME
NAME: Final = "First ten"
OF_EACH: Final = 2  # moments for each category, the oldest that somebody else coded
EXPLANATIONS: Final = {
    "O1": "It says that they went, or will not come back. Anger alone would be Dissatisfied.",
    "O2": "They were left worse off and stayed. Look for a word about leaving, and find none.",
    "O3": "They got what they came for, and nothing in the words goes beyond that.",
    "O4": "More than they came for: the teller says how surprised or touched they were.",
    "O5": "What counts is what they did afterwards: they came back for it, or sent others.",
}
