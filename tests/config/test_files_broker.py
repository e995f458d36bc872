import json
import os
import uuid

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

from config import environment
from config.files_broker import Transport


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "messages"


@pytest.fixture
def queue(tmp_path, folder):
    options = environment.broker_options("filesystem://", folder=tmp_path, timeout=1)
    with Connection("filesystem://", transport_options=options) as connection:
        assert isinstance(connection.transport, Transport)
        yield connection.SimpleQueue(f"bell-{uuid.uuid4()}")  # bindings outlive a connection


def seen_in(folder):
    return [path for path in folder.iterdir() if path.suffix == ".msg"]


def test_messages_arrive_in_their_order(queue):
    for number in range(3):
        queue.put({"job": number})

    assert [queue.get(timeout=1).payload for _ in range(3)] == [{"job": n} for n in range(3)]


def test_a_message_is_whole_when_it_is_first_seen(queue, folder, monkeypatch):
    written = []

    def look(source, target):
        assert seen_in(folder) == []
        written.append(json.loads(source.read_text()))
        rename(source, target)

    rename = os.replace
    monkeypatch.setattr(os, "replace", look)
    queue.put({"job": 1})

    assert len(written) == len(seen_in(folder)) == 1


def test_a_message_that_could_not_be_written_is_never_seen(queue, folder, monkeypatch):
    def fail(_source, _target):
        raise OSError

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(ChannelError):
        queue.put({"job": 1})

    assert seen_in(folder) == []
