# test_webhook_retry.py - an endpoint that fails: what is tried again, when, and what is given up
# SPDX-License-Identifier: MIT
import asyncio
import re
import time

import pytest

from atrium import Backend, until_async
from atrium.backend import line


def first_times(*answers, then=200):
    """These to the first requests, one each, whatever they are."""
    left = list(answers)
    return lambda hook: left.pop(0) if left else then


async def say(server, room, count=1):
    client = await server.connect(nickname="Ann", room=room)
    for n in range(1, count + 1):
        await client.ask("message", n=n, text="what was said")
    return client


async def test_a_failure_is_tried_again_as_it_was(hooked, room):
    backend = await Backend.open(answer=first_times(500, 500, 500))
    server = hooked(backend, events="message")
    await say(server, room, 2)
    await backend.count(5)
    hooks = backend.hooks
    assert [hook.said["n"] for hook in hooks] == [1, 1, 1, 1, 2]
    assert len({hook.id for hook in hooks[:4]}) == 1 and len({hook.body for hook in hooks[:4]}) == 1
    assert backend.unsigned == 0
    await line(server, f"not_delivered endpoint=shop id={hooks[0].id} .*tries=2 status=500")
    await line(server, "delivered_again endpoint=shop")


async def test_a_room_that_fails_is_not_in_the_way_of_others(hooked, room):
    backend = await Backend.open()
    backend.answer = lambda hook: 500 if hook.room == f"{room}-bad" and not healed else 200
    healed = False
    server = hooked(backend, events="message")
    bad = await say(server, f"{room}-bad", 2)
    await say(server, f"{room}-good", 5)
    await backend.until(lambda: len(backend.of(f"{room}-good")) == 5)
    await backend.until(lambda: len(backend.of(f"{room}-bad")) >= 3)
    assert {hook.said["n"] for hook in backend.of(f"{room}-bad")} == {1}
    healed = True
    await bad.ask("message", n=3)
    await backend.until(lambda: backend.hooks[-1].said.get("n") == 3)
    firsts = list(dict.fromkeys(hook.said["n"] for hook in backend.of(f"{room}-bad")))
    assert firsts == [1, 2, 3]


async def test_no_answer_is_a_failure(hooked, room):
    """It is closed without one; it does not come in time; it breaks off in the head."""
    never = asyncio.Event()

    async def hang(hook):
        await never.wait()

    answers = [None, hang, None]

    async def answer(hook):
        said = answers.pop(0) if answers else 200
        return await said(hook) if callable(said) else said

    backend = await Backend.open(answer=answer)
    server = hooked(backend, events="message", timeout="300ms")
    await say(server, room)
    await backend.until(lambda: backend.hooks and backend.hooks[-1].answered == 200)
    assert len(backend.hooks) == 4
    never.set()


async def test_the_status_counts_not_the_body(hooked, room):
    """A body that is slow, or long, changes nothing of a 2xx."""
    backend = await Backend.open(answer=first_times((200, {}, b"x" * 300000), (202, {"Content-Length": "9"}, b"")))
    server = hooked(backend, events="message", timeout="500ms")
    await say(server, room, 3)
    await backend.count(3)
    assert [hook.said["n"] for hook in backend.hooks] == [1, 2, 3]


async def test_who_is_away_is_waited_for(hooked, room):
    """No one listens; then someone does, and gets all, in order."""
    backend = await Backend.open()
    backend.close()
    await backend.server.wait_closed()
    server = hooked(backend, events="message")
    for n in range(3):
        await say(server, f"{room}-{n}", 2)
    await line(server, 'not_delivered .*status=0 .*why="Failed to connect')
    again = await Backend.open(port=backend.port)
    await again.count(6)
    for n in range(3):
        assert [hook.said["n"] for hook in again.of(f"{room}-{n}")] == [1, 2]


async def test_retry_after_is_kept_to(hooked, room):
    """429 and 503 are of the whole endpoint: its other rooms wait as well."""
    times = []

    def answer(hook):
        times.append(time.monotonic())
        return {1: (429, {"Retry-After": "1"}, b""), 2: (503, {"Retry-After": "1"}, b"")}.get(len(times), 200)

    backend = await Backend.open(answer=answer)
    server = hooked(backend, events="message", concurrency=1)
    await say(server, f"{room}-1")
    await say(server, f"{room}-2")
    await backend.count(4)
    assert times[1] - times[0] >= 0.99 and times[2] - times[1] >= 0.99


async def test_410_ends_it_until_a_reload(hooked, room):
    backend = await Backend.open(answer=first_times(410))
    server = hooked(backend, events="message")
    server.tolerate("paused endpoint=shop")
    client = await say(server, room, 2)
    await line(server, "paused endpoint=shop status=410")
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_paused") == 1 and
                               samples.get("atrium_webhook_waiting") == 2)
    await client.ask("message", n=3)
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_waiting") == 3)
    assert len(backend.hooks) == 1
    server.reload("webhook")
    await backend.count(4)
    assert [hook.said["n"] for hook in backend.hooks] == [1, 1, 2, 3]


async def test_a_refusal_is_given_up(hooked, room):
    """4xx so many times, then the next; the log says which, not what."""
    backend = await Backend.open(answer=lambda hook: 422 if hook.said["n"] == 2 else 200)
    server = hooked(backend, events="message", refusals=3)
    server.tolerate("given_up")
    await say(server, room, 3)
    await backend.count(5)
    assert [hook.said["n"] for hook in backend.hooks] == [1, 2, 2, 2, 3]
    given_up = (await line(server, "given_up .*")).group()
    assert f"id={backend.hooks[1].id} room={room} events=1 status=422" in given_up
    assert "what was said" not in server.log()
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_given_up_total") == 1)


async def test_one_of_several_is_refused(hooked, room):
    """Of those that were refused together only that one is given up."""
    go = asyncio.Event()

    async def answer(hook):
        await go.wait()
        return 400 if any(event["message"]["body"]["n"] == 3 for event in hook.events) else 200

    backend = await Backend.open(answer=answer)
    server = hooked(backend, events="message", batch=10, refusals=2)
    server.tolerate("given_up")
    await say(server, room, 5)
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_waiting") == 5)
    go.set()
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_waiting") == 0)
    accepted = [event["message"]["body"]["n"] for hook in backend.hooks if hook.answered == 200
                for event in hook.events]
    assert accepted == [1, 2, 4, 5]


async def test_redirects_are_not_followed(hooked, room):
    other = await Backend.open()
    backend = await Backend.open(answer=lambda hook: (302 + 5 * (hook.said["n"] % 2), {"Location": other.url}, b""))
    server = hooked(backend, events="message", refusals=2)
    server.tolerate("given_up")
    await say(server, room, 2)
    await backend.count(4)
    await line(server, "given_up .*status=302")
    assert not other.hooks


async def test_what_is_too_old_is_given_up(hooked, room):
    backend = await Backend.open(answer=lambda hook: 500 if hook.said["n"] == 1 else 200)
    server = hooked(backend, events="message", give_up="400ms")
    server.tolerate("given_up")
    client = await say(server, room)
    await line(server, "given_up .*status=500", seconds=10)
    await client.ask("message", n=2)
    await backend.until(lambda: backend.hooks[-1].said["n"] == 2)


async def test_more_than_the_hub_keeps_is_missed_and_told(hooked, room):
    """[handler] backlog: the oldest go, and the endpoint is told how many."""
    answers = {"status": 503}
    backend = await Backend.open(answer=lambda hook: answers["status"])
    server = hooked(backend, events="message", memory="64K", handler={"backlog": "64K"})
    server.tolerate("events_missed")
    client = await server.connect(nickname="Ann", room=room)
    for n in range(40):
        await client.ask("message", n=n, text="x" * 8000)
    answers["status"] = 200
    await client.ask("message", n=40)

    def seen():
        events = {hook.id: hook.event for hook in backend.hooks if hook.answered == 200}.values()
        messages = {event["message"]["body"]["n"] for event in events if event["event"] == "message"}
        missed = sum(event["count"] for event in events if event["event"] == "missed")
        return 40 in messages and (messages, missed)

    messages, missed = await backend.until(seen)
    assert missed > 0 and len(messages) + missed == 41
    counted = re.findall(r"events_missed endpoint=shop count=(\d+)", server["webhook"].log())
    assert sum(map(int, counted)) == missed


@pytest.mark.deadline(40)
async def test_what_there_is_no_room_for_the_hub_keeps(hooked, room):
    """[webhook] memory: the rest comes when half of it is delivered, and nothing is missed."""
    answers = {"status": 503}
    backend = await Backend.open(answer=lambda hook: answers["status"])
    server = hooked(backend, events="message", memory="64K")
    client = await server.connect(nickname="Ann", room=room)
    for n in range(60):
        await client.ask("message", n=n, text="x" * 8000)
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_put_off_total") == 1 and
                               0 < samples.get("atrium_webhook_waiting") < 12)
    await line(server, "put_off endpoint=shop")
    answers["status"] = 200
    await backend.until(lambda: backend.hooks[-1].said["n"] == 59, seconds=20)
    accepted = [hook.said["n"] for hook in backend.hooks if hook.answered == 200]
    assert list(dict.fromkeys(accepted)) == list(range(60))
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_missed_total") == 0 and
                               samples.get("atrium_webhook_waiting") == 0)


async def test_numbers(hooked, room):
    backend = await Backend.open(answer=first_times(500, 404))
    server = hooked(backend, events="message")
    await say(server, room, 3)
    await backend.count(5)

    def counted(samples):
        return [samples.get(f"atrium_webhook_{name}") for name in (
            "endpoints", "linked", "paused", "waiting", "waiting_bytes", "sending", "events_total",
            "requests_total", "delivered_total", "failed_total", "refused_total",
            "given_up_total")] == [1, 1, 0, 0, 0, 0, 3, 5, 3, 2, 1, 0]

    await server.until_metrics(counted)
    await until_async(lambda: "1 endpoints, 1 linked, 0 paused" in server["webhook"].fields.get("STATUS", ""))
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_request_seconds_count") == 5)
