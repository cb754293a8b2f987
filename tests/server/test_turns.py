"""Turns: never more at once than allowed, never more of one client's than allowed, and nobody waits for the greedy."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levitor_core.errors import InputError
from ui.server.turns import FairQueue


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 3), st.integers(0, 8), st.integers(1, 5))
def test_limits_hold_whoever_asks_and_everybody_admitted_is_served(clients, at_once, waiting, per_client):
    queue, running, most, served, refused = FairQueue(at_once, waiting, per_client), [], [], [], []

    async def one(client):
        try:
            async with queue.turn(client):
                running.append(client)
                most.append((len(running), max(map(running.count, running))))
                await asyncio.sleep(0)
                running.remove(client)
                served.append(client)
        except InputError:
            refused.append(client)

    async def everyone():
        await asyncio.gather(*map(one, clients))

    asyncio.run(everyone())
    assert sorted(served + refused) == sorted(clients) and queue.busy == (0, 0)
    assert all(total <= at_once and own <= per_client for total, own in most)
    assert len(served) >= min(len(clients), at_once + waiting, *(per_client for _ in clients))


def test_who_asks_rarely_comes_before_who_asked_often():
    order = []

    async def one(queue, client):
        async with queue.turn(client):
            order.append(client)
            await asyncio.sleep(0.001)

    async def everyone():
        queue = FairQueue(1, 20, 20)
        await asyncio.gather(*(one(queue, client) for client in "aaaaaaaab"))

    asyncio.run(everyone())
    assert order.index("b") == 1


def test_who_gives_up_waiting_leaves_the_place_and_is_told_how_many_come_before():
    told = []

    def wait(ahead):
        told.append(ahead)
        raise KeyError

    async def everyone():
        queue = FairQueue(1, 1, 9)
        async with queue.turn("a"):
            with pytest.raises(KeyError):
                async with queue.turn("b", wait):
                    pytest.fail("the turn has not come")
            assert queue.busy == (1, 0)
            waiting = asyncio.create_task(queue.turn("c").__aenter__())
            await asyncio.sleep(0)
            with pytest.raises(InputError, match="waiting here"):
                async with queue.turn("d"):
                    pass
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        assert queue.busy == (0, 0)

    asyncio.run(everyone())
    assert told == [1]
