"""A scheme of three rounds; coding a moment, sorting it again, and where moments count."""

import uuid

from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.splitting import resort
from taxonomy.models import Category
from taxonomy.queries.tables import answer
from taxonomy.tabulation.specification import Specification
from tests.factories import IncidentFactory

TREE = {
    "rounds": [
        {"position": n, "name": name} for n, name in enumerate(("Fine", "Middle", "Top"), 1)
    ],
    "categories": [
        {"round": 3, "code": "T", "name": "Top one"},
        {"round": 2, "code": "M", "name": "Listening", "parent": "T"},
        {"round": 2, "code": "N", "name": "Solving", "parent": "T"},
        {"round": 1, "code": "a", "name": "Looks up", "parent": "M"},
        {"round": 1, "code": "b", "name": "Asks back", "parent": "M"},
        {"round": 1, "code": "c", "name": "Repairs", "parent": "N"},
        {"round": 1, "code": "d", "name": "Hums"},
    ],
}


def coded(scheme, coder, name):
    IncidentFactory(study=scheme.study)
    assignment = take_next_assignment(coder=coder, scheme=scheme)
    category = Category.objects.get(scheme=scheme, name=name, exists=True)
    return code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=category)


def put(by, moment, into, out_of):
    """Sort a moment out of a split category again, both by their names."""
    category, part = (Category.objects.get(name=name, exists=True) for name in (out_of, into))
    return resort(moment=moment, category=category, into=part, by=by, uid=uuid.uuid4())


def counted(scheme):
    """The moments of every category of the finest round."""
    table = answer(scheme, Specification(1), from_facts=True).table
    return {row.node.name: row.cells[0].count for row in table.rows}
