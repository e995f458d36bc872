"""The grid of incidents: bare, turned, filtered, searched."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.db.models import Count

from incidents.choices import RoleName
from incidents.models import Incident, Organization, Region, Sector
from scripts.bench.measuring import Line, alone
from scripts.bench.subject import Subject, page
from taxonomy.models import Category
from taxonomy.queries.trees import tree_of

MOST_MS = 80


def ask(subject: Subject) -> Iterator[Line]:
    """Every filter by itself and some together, then words from common to absent."""
    analyst = subject.client(RoleName.ANALYST)
    url = subject.address("reports:incident_list")
    for name, asked in [*_filters(subject), *_words(subject)]:
        query = urlencode({key: str(value) for key, value in asked.items()})
        yield alone(f"grid, {name}", page(analyst, f"{url}?{query}"), most=MOST_MS, rounds=5)


def _filters(subject: Subject) -> Iterator[tuple[str, dict[str, object]]]:
    study, scheme = subject.study, subject.scheme
    region = Region.objects.get(study=study, name="Europe").uid
    sector = Sector.objects.filter(study=study, not_stated=False).latest("pk").uid
    organization = Organization.objects.filter(study=study, not_stated=False).latest("pk").uid
    rows = Incident.objects.filter(study=study).order_by("pk")
    middle = rows[rows.count() // 2].uid
    categories = Category.objects.filter(scheme=scheme, exists=True)
    tree = tree_of(scheme)
    by_use = _by_use(subject)
    finest = categories.get(pk=by_use[0]).uid, categories.get(pk=by_use[-1]).uid
    coarsest = categories.get(pk=tree.rows(max(tree.rounds))[0].key).uid
    yield "nothing asked", {}
    yield "from the middle on", {"after": middle}
    yield "back from the middle", {"before": middle}
    yield "a region", {"region": region}
    yield "a sector", {"sector": sector}
    yield "a small organization", {"organization": organization}
    yield "a viewpoint", {"viewpoint": "customer"}
    yield "a rare valence", {"valence": "neutral"}
    yield "a common category", {"category": finest[0]}
    yield "a rare category", {"category": finest[1]}
    yield "a strategy and a valence", {"category": coarsest, "valence": "negative"}
    yield (
        "a region and three months",
        {
            "region": region,
            "since": "2020-03-01",
            "until": "2020-05-31",
        },
    )


def _by_use(subject: Subject) -> list[int]:
    """The categories that moments are settled in, from the commonest to the rarest."""
    rows = subject.scheme.settlements.filter(category__isnull=False).values_list("category")
    counted = rows.annotate(number=Count("pk")).order_by("-number")
    return [key for key, _number in counted]


def _words(subject: Subject) -> Iterator[tuple[str, dict[str, object]]]:
    """Words of the texts as they are spread: in every fifth, in few, in hardly any, in none."""
    newest = Incident.objects.filter(study=subject.study).latest("pk")
    folded = newest.version.folded if newest.version else ""
    name = folded.split(" was there too.")[0].split()[-1]
    yield "a word of many incidents", {"q": "customer"}
    yield "a word of some", {"q": "birthday"}
    yield "a name of few", {"q": name}
    yield "two words", {"q": "customer birthday"}
    yield "a part of a word", {"q": "irthda"}
    yield "a word of none", {"q": "xylophone"}
    yield "a word and a region", {"q": "birthday", "region": _europe(subject)}


def _europe(subject: Subject) -> object:
    return Region.objects.get(study=subject.study, name="Europe").uid
