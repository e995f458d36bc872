"""The invented organizations, places and people of the study of four regions."""

from typing import Final

# Region: the countries that default to it. The towns are invented; no such organization exists.
REGIONS: Final = {
    "North": ("GB", "IE"),
    "West": ("CA", "US"),
    "East": ("DE",),
    "South": ("AT", "CH"),
}
SECTORS: Final = (
    "Shops and repairs",
    "Travel and stays",
    "Care and health",
    "Energy and networks",
)
REGION_OF: Final = {country: name for name, countries in REGIONS.items() for country in countries}

# Organizations as (name, sector, sites), sites as (country, place).
ORGANIZATIONS: Final[tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]] = (
    (
        "Tovelund Home and Garden",
        "Shops and repairs",
        (("GB", "Harrowmere"), ("CA", "Saint Orrin"), ("DE", "Elmsreuth")),
    ),
    ("Brackmire Cycles", "Shops and repairs", (("IE", "Ballyfenton"), ("US", "Cedar Notch"))),
    (
        "Sonnhauser Küchenhof",
        "Shops and repairs",
        (("DE", "Wiesenrode"), ("AT", "Krähenbach"), ("CH", "Obermatten")),
    ),
    (
        "Pellaro Lodgings",
        "Travel and stays",
        (("GB", "Wick Sands"), ("CH", "Val Pernina"), ("US", "Marrow Lake")),
    ),
    ("Windhager Bahnreisen", "Travel and stays", (("DE", "Thalmünde"), ("AT", "Föhrensee"))),
    ("Calder Quay Ferries", "Travel and stays", (("IE", "Dunmorrow"), ("CA", "Port Tamsin"))),
    (
        "Mellbrook Clinics",
        "Care and health",
        (("GB", "Astley Fold"), ("US", "Quincy Hollow"), ("DE", "Lindenquell")),
    ),
    ("Therapiehaus Lindwasser", "Care and health", (("DE", "Birkenau am Ried"), ("CH", "Seewies"))),
    (
        "Orrinvale Pharmacies",
        "Care and health",
        (("IE", "Kilcarrow"), ("CA", "Maple Fen"), ("AT", "Zirlau")),
    ),
    ("Quellerauer Stadtwerk", "Energy and networks", (("DE", "Quellerau"), ("AT", "Moosgraben"))),
    (
        "Northlamp Broadband",
        "Energy and networks",
        (("GB", "Stonecross"), ("US", "Prairie Gate"), ("DE", "Hohenfurth")),
    ),
    ("Fernhollow Energy", "Energy and networks", (("GB", "Fernhollow"), ("CH", "Rotenegg"))),
)

# Interviewers as (name, region); the first has the interviewer's login.
INTERVIEWERS: Final = (
    ("Orla Fenwick", "North"),
    ("Hamish Dorrell", "North"),
    ("Jesse Tamblyn", "West"),
    ("Frauke Dornhelm", "East"),
    ("Silke Warnau", "East"),
    ("Beat Zurgilgen", "South"),
    ("Magda Rissbacher", "South"),
)

JOB_ROLES: Final = {
    "Shops and repairs": ("sales adviser", "workshop mechanic", "service desk"),
    "Travel and stays": ("front desk", "conductor", "booking agent"),
    "Care and health": ("receptionist", "nurse", "pharmacist", "therapist"),
    "Energy and networks": ("hotline", "field technician", "billing clerk"),
}
CONTACTS: Final = ("face to face", "by telephone", "by chat and e-mail", "at their place")

# What a language is spoken in where; elsewhere it is English.
GERMAN_SPEAKING: Final = frozenset({"DE", "AT", "CH"})
MONEY: Final = {
    "GB": ("pounds", "Pfund"),
    "IE": ("euros", "Euro"),
    "CA": ("dollars", "Dollar"),
    "US": ("dollars", "Dollar"),
    "DE": ("euros", "Euro"),
    "AT": ("euros", "Euro"),
    "CH": ("francs", "Franken"),
}
