"""How many times as often, in words: roughly, as people say it."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NEARLY: Final = 1.4  # below it two shares are alike
TIMES: Final[dict[float, Promise]] = {
    1.5: gettext_lazy("one and a half times"),
    2: gettext_lazy("twice"),
    2.5: gettext_lazy("two and a half times"),
    3: gettext_lazy("three times"),
    4: gettext_lazy("four times"),
    5: gettext_lazy("five times"),
    6: gettext_lazy("six times"),
    7: gettext_lazy("seven times"),
    8: gettext_lazy("eight times"),
    9: gettext_lazy("nine times"),
    10: gettext_lazy("ten times"),
}
MOST: Final = 10.5


def times_in_words(times: float) -> str:
    """“about three times”, the nearest half up to two and a half, then whole; "" for nearly alike.

    `times` is of exact shares, not of rounded ones.
    """
    if times < NEARLY:
        return ""
    if times >= MOST:
        return _("more than ten times")
    nearest = min(TIMES, key=lambda known: (abs(known - times), -known))
    return _("about %(times)s") % {"times": TIMES[nearest]}
