"""Counts of spiders in two forests, from the package iNEXT (Hsieh, Ma and Chao 2016)."""

GIRDLED = [46, 22, 17, 15, 15, 9, 8, 6, 6, 4, *[2] * 4, *[1] * 12]
LOGGED = [
    *(88, 22, 16, 15, 13, 10, 8, 8, 7, 7, 7, 5, 4, 4, 4, 3, 3, 3, 3),
    *([2] * 4 + [1] * 14),
]
