"""Every kind of work that is asked for is one that somebody does, and the other way round."""

import ast
from pathlib import Path

import pytest

from incidents import jobs

ROOT = Path(__file__).resolve().parents[2]
APPS = ("incidents", "taxonomy", "reports")


def constants_of(tree):
    """Return the texts that a module gives a name to."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def name_of(function):
    return getattr(function, "attr", getattr(function, "id", ""))


def askers_in(tree):
    """Return where each function of a module that asks for work takes its kind."""
    askers = {"request_job": None}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and "request_job(" in ast.unparse(node):
            names = [argument.arg for argument in node.args.args + node.args.kwonlyargs]
            askers |= {node.name: names.index("kind")} if "kind" in names else {}
    return askers


def asked_for_in(source, constants, elsewhere=()):
    """Return the kinds that a module asks for; a name stands for the constant behind it.

    `elsewhere` are the askers of other modules that it may call.
    """
    tree = ast.parse(source)
    own = askers_in(tree)
    askers = dict(elsewhere) | own
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    kinds = set()
    for call in calls:
        if name_of(call.func) in askers:
            given = [word.value for word in call.keywords if word.arg == "kind"]
            kind = given[0] if given else call.args[askers[name_of(call.func)]]
            if not (name_of(kind) == "kind" and len(own) > 1):  # handed through
                kinds.add(
                    kind.value if isinstance(kind, ast.Constant) else constants[name_of(kind)]
                )
    return kinds


@pytest.fixture(scope="module")
def asked_for():
    sources = [path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py")]
    constants, askers = {}, {}
    for source in sources:
        tree = ast.parse(source)
        constants |= constants_of(tree)
        askers |= {name: at for name, at in askers_in(tree).items() if not name.startswith("_")}
    return set().union(*(asked_for_in(source, constants, askers) for source in sources))


def test_every_kind_asked_for_is_registered(asked_for):
    assert asked_for - jobs.kinds() == set()


def test_every_kind_registered_is_asked_for(asked_for):
    assert jobs.kinds() - asked_for == set()


@pytest.mark.parametrize(
    "source",
    [
        'jobs.request_job(kind="a.b", study=None)',
        "request_job(study=None, kind=NAMED)",
        'def ask(study, kind):\n    request_job(kind=kind, study=study)\n\nask(None, "a.b")',
    ],
)
def test_a_kind_is_found_however_it_is_written(source):
    assert asked_for_in(source, {"NAMED": "a.b"}) == {"a.b"}


def test_a_kind_handed_to_another_module_is_found():
    askers = askers_in(ast.parse("def ask(study, *, kind):\n    request_job(kind=kind)"))
    assert asked_for_in('ask(None, kind="a.b")', {}, askers) == {"a.b"}
