# test_checker.py - the checker finds what a server does wrong, and nothing where it does nothing wrong
# SPDX-License-Identifier: MIT
import pytest

from atrium import Checker
from atrium.fake import Fake

# fault: what the checker has to find, among what follows from it
FAULTS = {
    "lose": "lost", "vanish": "lost", "double": "doubled", "renumber": "doubled",
    "swap": "disordered", "silent": "unanswered", "refuse": "unwanted", "misplace": "misplaced",
    "announce": "spurious", "count": "spurious", "drop": "dropped",
}
# the same, for what only shows when a client comes back
RETURN_FAULTS = {"stranger": "stranger", "unrecovered": "unrecovered", "twice": "doubled"}


async def run(fake, returns=0, **options):
    deadline = 0.3 if fake.fault else 10
    check = Checker(fake.ports, "r", members=3, talkers=2, deadline=deadline, seed=1, **options)
    async with check:
        await check.progress(40)
        for number in range(returns):
            check.clients[number % 3].break_off()
            await check.progress(20)
    return check


async def test_nothing_is_found_where_nothing_is_wrong():
    async with Fake() as fake:
        check = await run(fake, private=True)
    figures = check.figures()
    assert figures["acked"] == figures["said"] >= 40 and not check.wrong()
    assert figures["heard"] == 3 * (figures["said"] - check.streams["C0>C1"].said
                                    - check.streams["C1>C2"].said) \
        + check.streams["C0>C1"].said + check.streams["C1>C2"].said


async def test_nothing_is_found_where_clients_come_back():
    async with Fake() as fake:
        check = await run(fake, returns=12)
    figures = check.figures()
    assert not check.wrong() and figures["resumed"] >= 10 and figures["recovered"] >= 20


@pytest.mark.parametrize("fault", FAULTS)
async def test_it_is_found(fault):
    async with Fake(fault) as fake:
        with pytest.raises(AssertionError) as found:
            await run(fake)
    assert f"'{FAULTS[fault]}': " in str(found.value), found.value


@pytest.mark.parametrize("fault", RETURN_FAULTS)
async def test_it_is_found_in_who_comes_back(fault):
    async with Fake(fault) as fake:
        with pytest.raises(AssertionError) as found:
            await run(fake, returns=12)
    assert f"'{RETURN_FAULTS[fault]}': " in str(found.value), found.value
