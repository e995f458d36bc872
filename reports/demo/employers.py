"""The invented employers, their towns and the interviewers of the demo study."""

from typing import Final

REGIONS: Final = ("Asia", "Canada", "Europe", "United States")
SECTORS: Final = ("Manufacturing", "High-tech", "Service", "Government", "Energy", "Healthcare")
PART_OF_WORLD: Final = {
    "Asia": "Europe and Asia",
    "Canada": "United States and Canada",
    "Europe": "Europe and Asia",
    "United States": "United States and Canada",
}

# Region: employers as (name, sector, country, towns), every name invented.
EMPLOYERS: Final[dict[str, tuple[tuple[str, str, str, tuple[str, ...]], ...]]] = {
    "United States": (
        ("Tallgrass Hinge & Fitting", "Manufacturing", "US", ("Dubuque", "Peoria")),
        ("Quillback Paperworks", "Manufacturing", "US", ("Green Bay",)),
        ("Ember Hollow Ceramics", "Manufacturing", "US", ("Zanesville",)),
        ("Cobblestone Bakery Machines", "Manufacturing", "US", ("Dayton", "Tulsa")),
        ("Sandhill Fastener Works", "Manufacturing", "US", ("Rockford",)),
        ("Larkmoor Printers and Terminals", "High-tech", "US", ("Boise", "San Jose")),
        ("Wickersham Data Vaults", "High-tech", "US", ("Austin", "Raleigh")),
        ("Bluefin Ledger Software", "High-tech", "US", ("Provo",)),
        ("Osprey Hill Networks", "High-tech", "US", ("Nashua", "Denver")),
        ("Lantern Quay Hotels", "Service", "US", ("Savannah", "San Diego", "Baltimore")),
        ("Merriweather Vale Bank", "Service", "US", ("Richmond", "Knoxville", "Toledo")),
        ("Fiddler's Ferry Air Travel", "Service", "US", ("Tampa", "Phoenix")),
        ("Oakenshield Lane Insurance Mutual", "Service", "US", ("Des Moines", "Hartford")),
        ("Pennywhistle Movers", "Service", "US", ("Fresno", "Omaha")),
        ("Harlow County Permit Office", "Government", "US", ("Harlow Falls",)),
        ("Sycamore Basin Pension Board", "Government", "US", ("Columbus",)),
        ("Alder Forks License Bureau", "Government", "US", ("Spokane", "Yakima")),
        ("Marlpit Township Services", "Government", "US", ("Trenton",)),
        ("Prairie Lamp Electric Cooperative", "Energy", "US", ("Wichita", "Salina")),
        ("Copper Kettle Gas Company", "Energy", "US", ("Akron", "Erie")),
        ("Windrow Fuel Delivery", "Energy", "US", ("Fargo",)),
        ("Saltmarsh Light and Heat", "Energy", "US", ("Portland",)),
        ("Juniper Gate Hospital", "Healthcare", "US", ("Albuquerque",)),
        ("Holloway Creek Clinics", "Healthcare", "US", ("Chattanooga", "Mobile")),
        ("Plumtree Hollow Hearing Centers", "Healthcare", "US", ("Tacoma", "Eugene")),
        ("Sorrel Meadow Nursing Homes", "Healthcare", "US", ("Rochester", "Syracuse")),
    ),
    "Canada": (
        ("Caribou Bend Pumps and Seals", "Manufacturing", "CA", ("Hamilton",)),
        ("Frostline Terminals", "High-tech", "CA", ("Kanata", "Burnaby")),
        ("Loonsong Credit and Savings", "Service", "CA", ("Winnipeg", "Regina")),
        ("Birchbark District Registry", "Government", "CA", ("Moncton",)),
        ("Northern Kiln Power", "Energy", "CA", ("Sudbury", "Red Deer")),
        ("Hudson Elm General Hospital", "Healthcare", "CA", ("Kingston",)),
    ),
    "Europe": (
        ("Thistledown Varnishes", "Manufacturing", "GB", ("Sheffield", "Hull")),
        ("Ackerhain Beschlagwerke", "Manufacturing", "DE", ("Bielefeld",)),
        ("Moulin-Perrault Cartonnages", "Manufacturing", "FR", ("Saint-Étienne",)),
        ("Colleverde Macchine da Forno", "Manufacturing", "IT", ("Bergamo",)),
        ("Kestrel Row Computers", "High-tech", "GB", ("Reading",)),
        ("Polderlicht Systemen", "High-tech", "NL", ("Eindhoven",)),
        ("Skogsvik Mätteknik", "High-tech", "SE", ("Linköping",)),
        ("Ballyrowan Software Support", "High-tech", "IE", ("Limerick",)),
        ("Hotels Clairfontaine-Bassigny", "Service", "FR", ("Lyon", "Nice")),
        ("Tiergrund Reisedienst", "Service", "DE", ("Hannover", "Mainz")),
        ("Casa Valdemora Seguros", "Service", "ES", ("Zaragoza",)),
        ("Burgerzaken Westerdrecht", "Government", "NL", ("Westerdrecht",)),
        ("Ardenmoor Borough Services", "Government", "GB", ("Ardenmoor",)),
        ("Sjöhamra Kommunservice", "Government", "SE", ("Sjöhamra",)),
        ("Rhonegrund Gaswerke", "Energy", "CH", ("Sion",)),
        ("Électricité du Val-Morteau-le-Haut", "Energy", "BE", ("Namur",)),
        ("Clinica Santa Lidia dei Colli", "Healthcare", "IT", ("Perugia",)),
        ("Lindenau-Grund Kliniken", "Healthcare", "DE", ("Erfurt", "Kassel")),
    ),
    "Asia": (
        ("Hoshikawa Seal Works", "Manufacturing", "JP", ("Hamamatsu",)),
        ("Bukit Merbau Packaging", "Manufacturing", "MY", ("Ipoh",)),
        ("Telok Emas Micro Devices", "High-tech", "SG", ("Singapore",)),
        ("Nandivana Systems Support", "High-tech", "IN", ("Pune", "Mysore")),
        ("Harbour Crane Hotels", "Service", "HK", ("Hong Kong",)),
        ("Aozora Midori Couriers", "Service", "JP", ("Sendai", "Okayama")),
        ("Sampaguita Crest Savings Bank", "Service", "PH", ("Cebu",)),
        ("Chao Suan District Office", "Government", "TH", ("Chiang Mai",)),
        ("Kijang Emas Gas Supply", "Energy", "MY", ("Johor Bahru",)),
        ("Jade Willow Hospital", "Healthcare", "HK", ("Kowloon",)),
    ),
}

INTERVIEWERS: Final[dict[str, tuple[str, ...]]] = {
    "United States": (
        "Dorothy Vance",
        "Marcus Ellery",
        "Ines Caldwell",
        "Walter Prudhomme",
        "Gail Novotny",
    ),
    "Canada": ("Luc Desrosiers", "Heather Macrae"),
    "Europe": ("Annika Thorell", "Piers Langmuir", "Renate Kolbe"),
    "Asia": ("Mei Ling Chua", "Haruko Tadano"),
}

JOB_ROLES: Final[dict[str, tuple[str, ...]]] = {
    "Manufacturing": ("order desk clerk", "parts specialist", "service technician"),
    "High-tech": ("help desk technician", "support engineer", "returns coordinator"),
    "Service": ("front desk clerk", "branch clerk", "reservations agent", "claims handler"),
    "Government": ("counter clerk", "permit clerk", "registration clerk"),
    "Energy": ("service engineer", "billing clerk", "fault dispatcher"),
    "Healthcare": ("ward clerk", "admissions clerk", "nurse", "receptionist"),
}
CONTACTS: Final = ("face to face", "by telephone", "by telephone and in writing", "at their place")
