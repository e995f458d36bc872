"""Reads Dockerfile, docker-compose.yml and the page for operators, as their programs would."""

import json
import re
import shlex

import yaml
from django.conf import settings

ROOT = settings.BASE_DIR
PAGE = ROOT / "docs" / "operations.md"
PARTS = ("web", "worker", "beat")


def compose():
    """Return docker-compose.yml with its anchors resolved."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def service(name):
    return compose()["services"][name]


def dockerfile():
    """Return the instructions of the Dockerfile as pairs of word and rest."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]


def instructions(word):
    return [rest for found, rest in dockerfile() if found == word]


def image_environment():
    """Return the variables that the image sets, without the path to its programs."""
    pairs = [pair.split("=", 1) for line in instructions("ENV") for pair in shlex.split(line)]
    return {name: value for name, value in pairs if name != "PATH"}


def image_command():
    return json.loads(instructions("CMD")[-1])


def settings_on_page(number):
    """Return one of the page's settings files: 0 is .env, 1 is /etc/candid.env."""
    blocks = re.findall(r"^```ini\n(.*?)^```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    return dict(line.split("=", 1) for line in blocks[number].splitlines())


def interpolated(text, variables):
    """Put in variables as compose does; KeyError for one that must be given and is not."""

    def value(match):
        name, default = match["name"], match["default"]
        return variables.get(name, default) if default is not None else variables[name]

    pattern = r"\$\{(?P<name>[A-Z_]+)(?::-(?P<default>[^}]*)|:\?[^}]*)\}"
    return re.sub(pattern, value, str(text))


def environment_of(name):
    """Return all variables of a container, with the .env of the page."""
    given = settings_on_page(0)
    told = {key: interpolated(text, given) for key, text in service(name)["environment"].items()}
    return image_environment() | told


def units_on_page():
    """Return what the page's systemd units start, by part."""
    found = re.findall(r'^unit (\w+) "(.*)"$', PAGE.read_text(), flags=re.MULTILINE)
    return {part: ["python", *command.split()] for part, command in found}
