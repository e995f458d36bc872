"""Countries by the names people write."""

from django_countries import countries

OTHER_COUNTRY_NAMES = {
    "usa": "US",
    "u.s.": "US",
    "united states of america": "US",
    "united states": "US",
    "uk": "GB",
    "united kingdom": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "south korea": "KR",
    "korea": "KR",
    "russia": "RU",
    "vietnam": "VN",
    "taiwan": "TW",
    "iran": "IR",
    "czech republic": "CZ",
    "holland": "NL",
    "the netherlands": "NL",
    "turkey": "TR",
    "hong kong": "HK",
}


def country_code(value: str) -> str | None:
    """The ISO code of a country named by its code or its English name; None if there is none."""
    if value.upper() in countries.countries:
        return value.upper()
    bare = " ".join(value.casefold().split())
    return OTHER_COUNTRY_NAMES.get(bare) or countries.by_name(value) or None
