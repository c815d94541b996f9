"""Files that wait to be fetched."""

import asyncio

from edge.serve import file_store as module
from edge.serve.file_store import FileStore


def test_the_oldest_goes_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(module, "_MOST", 2)

    async def run() -> None:
        store = FileStore(1000)
        keys = [await store.put("a.txt", data) for data in (b"1", b"2", b"3")]
        found = [store.find(key) for key in keys]
        assert found[0] is None and [file.path.read_bytes() for file in found[1:]] == [b"2", b"3"]
        assert sorted(found[1].path.parent.iterdir()) == sorted(file.path for file in found[1:])

    asyncio.run(run())


def test_the_directory_goes_with_the_store():
    async def run():
        store = FileStore(1000)
        return store, store.find(await store.put("a.txt", b"1")).path

    store, path = asyncio.run(run())
    assert path.exists()
    del store
    assert not path.parent.exists()
