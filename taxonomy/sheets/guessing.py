"""What a foreign column or value probably means: exact names first, then known synonyms."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from taxonomy.sheets.fields import CLOSED, FIELDS, IN_PARTS, LEVELS, NOT_STATED, SPELLINGS

LONG_TEXT: Final = 40

SYNONYMS: Final[Mapping[str, str]] = {
    "incident_id": (
        "id, incident, incident no, incident number, incident nr, case id, case number, record id,"
        "story id, comment id, complaint id, vorfall, vorfall id, numero incident, id incident"
    ),
    "interview": "interview id, interview no, interview number, entretien, gesprach",
    "respondent": (
        "respondent id, respondent code, participant, participant id, interviewee, repondant,"
        "befragte, befragter, teilnehmer, teilnehmer id, customer id, client id"
    ),
    "relation": "relationship, relation to organization, beziehung",
    "job_role": (
        "job, job title, occupation, position, role, fonction, poste, metier, beruf, stelle"
    ),
    "interviewer": "interviewed by, enqueteur, intervieweur, befrager",
    "organization": (
        "organisation, company, company name, firm, business, employer, bank, hospital, trust,"
        "airline, agency, hotel, restaurant, brand, entreprise, societe, banque, organisme,"
        "unternehmen, firma, arbeitgeber"
    ),
    "place": (
        "site, store, shop, branch, location, city, town, outlet, magasin, agence, succursale,"
        "ville, lieu, filiale, ort, stadt, standort, geschaft"
    ),
    "country": "country code, pays, land",
    "region": "area, state, province, district, gebiet, bundesland, bezirk",
    "sector": "industry, secteur, branche, sektor",
    "date": "incident date, date of incident, happened on, date incident, datum, vorfallsdatum",
    "told_as": "told from, raconte comme, erzahlt als",
    "viewpoint": "perspective, point of view, point de vue, perspektive, sichtweise, blickwinkel",
    "asked_for": "question type, demande, gefragt nach",
    "valence": "sentiment, polarity, tone, stimmung, valenz, tonalite, polarite",
    "headline": "title, subject, heading, titre, titel, uberschrift, betreff",
    "situation": "context, background, what happened, contexte, ausgangslage",
    "action": "what the provider did, behaviour, behavior, comportement, verhalten, handlung",
    "result": "outcome, what resulted, resultat, ergebnis, folge",
    "people": "who was involved, persons, personnes, personen, beteiligte",
    "reaction": "how the customer reacted, customer reaction, reaktion",
    "narrative": (
        "text, comment, comments, story, verbatim, feedback, review, description, complaint,"
        "answer, response, incident text, incident description, consumer complaint narrative,"
        "recit, commentaire, commentaires, texte, temoignage, histoire, erzahlung, kommentar,"
        "kommentare, geschichte, schilderung, bericht, beschwerde"
    ),
    "language": "lang, language code, langue, sprache",
    "translation": "translated, translated text, english translation, traduction, ubersetzung",
    "category_1": (
        "category, theme, topic, code, codes, label, labels, class, categorie, kategorie, thema"
    ),
    "category_2": "subcategory, sub category, subtheme, sub theme, sous categorie, unterkategorie",
    "coder": "coded by, rater, annotator, codeur, kodierer, codierer",
}
NUMBERED: Final = (
    "category, theme, topic, code, label, level, niveau, stufe, ebene, categorie, kategorie"
)

VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "relation": {
        "employee": "staff, worker, personnel, colleague, employe, mitarbeiter, angestellter",
        "customer": "client, patient, guest, passenger, user, kunde, kundin",
    },
    "told_as": {
        "own": "own service, self, myself, me, i, ich, moi",
        "colleague": "a colleague's service, coworker, co-worker, kollege, collegue",
        "provider": "employee, staff, service provider, mitarbeiter, employe",
        "customer": "received as a customer, received, client, patient, guest, kunde",
        "bystander": "seen as a bystander, witness, observer, zeuge, temoin",
    },
    "viewpoint": {
        "customer": (
            "client, consumer, patient, carer, guest, passenger, user, received, kunde, kundin,"
            "customer (patient/carer)"
        ),
        "provider": "employee, staff, worker, service provider, mitarbeiter, employe, personnel",
    },
    "asked_for": {
        "good": "what was good?, what went well?, good service, best, positive, bon, gut",
        "poor": (
            "what could we do better?, what could be improved?, poor service, bad, worst, negative,"
            "mauvais, schlecht"
        ),
        "either": "any, both, beides, les deux",
    },
    "valence": {
        "positive": "pos, good, positif, positiv, gut, +, +1",
        "negative": "neg, bad, poor, negatif, negativ, schlecht, -, -1",
        "mixed": "both, ambivalent, mixte, gemischt",
        "neutral": "neu, neutre, 0",
    },
}
NOTHING_STATED: Final = frozenset({"not stated", "unknown", "unspecified", "inconnu", "unbekannt"})


def _plain(text: str) -> str:
    """Lower case without accents; whatever is no letter or digit becomes one space."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return re.sub(r"[^\w]+|_+", " ", letters).strip()


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",")]


def _columns() -> Iterator[tuple[str, str]]:
    for field, listed in SYNONYMS.items():
        yield from ((_plain(name), field) for name in _names(listed))
    for at, level in enumerate(LEVELS, start=1):
        yield from ((f"{word} {at}", level) for word in _names(NUMBERED))


def _exact() -> dict[str, str]:
    return {_plain(name): name for name in FIELDS} | {
        _plain(theirs): ours for theirs, ours in SPELLINGS.items()
    }


EXACT: Final = _exact()
KNOWN: Final[Mapping[str, str]] = dict(_columns())
VALUE_OF: Final[Mapping[str, Mapping[str, str]]] = {
    field: {ours: ours for ours in CLOSED[field]}
    | {name: ours for ours, listed in values.items() for name in _names(listed)}
    for field, values in VALUES.items()
}


def guess_columns(
    headers: Sequence[str], sample_rows: Iterable[Sequence[str]] = ()
) -> dict[str, str]:
    """Return {header: field} for the columns that can be recognised, in the file's order.

    An exact field name wins over a synonym, the left column over the right. No two columns get one
    field, except numbered parts of a narrative ("Comment 1", "Comment 2"). Where nothing is called
    a text, the one unrecognised column whose cells are much like sentences becomes the narrative.
    """
    guessed: dict[str, str] = {}
    for names in (EXACT, KNOWN):
        for header in headers:
            field = names.get(_plain(header))
            if field and header not in guessed and field not in guessed.values():
                guessed[header] = field
    if "narrative" not in guessed.values():
        guessed |= _narrative_parts(headers, guessed) or _wordiest(headers, sample_rows, guessed)
    return {header: guessed[header] for header in headers if header in guessed}


def _narrative_parts(headers: Sequence[str], guessed: Mapping[str, str]) -> dict[str, str]:
    parts = {}
    for header in headers:
        stem = re.sub(r"( part)? \d+$", "", _plain(header))
        field = EXACT.get(stem) or KNOWN.get(stem)
        if header not in guessed and field in IN_PARTS:
            parts[header] = field
    return parts


def _wordiest(
    headers: Sequence[str], rows: Iterable[Sequence[str]], guessed: Mapping[str, str]
) -> dict[str, str]:
    sample = [row for row in rows if len(row) >= len(headers)]
    if set(guessed.values()) & {"situation", "headline"} or not sample:
        return {}
    lengths = {
        header: sum(len(row[at]) for row in sample if " " in row[at].strip()) / len(sample)
        for at, header in enumerate(headers)
        if header not in guessed
    }
    header = max(lengths, key=lambda name: lengths[name], default=None)
    return {header: "narrative"} if header and lengths[header] >= LONG_TEXT else {}


def guess_value(field: str, value: str) -> str | None:
    """Return our value of a closed field for theirs, or None when it needs a person to say.

    A blank is *not stated*.
    """
    theirs = " ".join(value.split()).casefold()
    if not theirs or theirs.replace("_", " ") in NOTHING_STATED:
        return NOT_STATED
    known = VALUE_OF[field]
    return known.get(theirs) or known.get(theirs.replace(" ", "_"))
