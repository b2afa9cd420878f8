/* test_closed.c - the last connections that ended, and how */
/* SPDX-License-Identifier: MIT */
#include "hub/closed.h"
#include "hub/session.h"
#include "tests/unit/hub/fake.h"

static uint64_t add(struct closed_ring *ring, const char *id)
{
	struct closed closed = { .id = slice_of(id), .ending = { .text = SLICE("bye") } };

	return closed_add(ring, &closed);
}

/* Their ids, the latest first. */
static void expect(const struct closed_ring *ring, const char *ids)
{
	_cleanup_(buf_done) struct buf found = { .cap = 0 };
	const struct closed *at = NULL;

	while ((at = closed_before(ring, at ? at->serial : 0)) != NULL)
		buf_put(&found, at->id);
	assert_string_equal(buf_cstr(&found), ids);
}

static void test_ring(void **state)
{
	struct closed_ring ring = { .cap = 0 };

	(void)state;
	counter_set(COUNTER_HUB_CLOSES_FORGOTTEN, 0);
	expect(&ring, "");
	assert_int_equal(add(&ring, "a"), 1);
	expect(&ring, "");
	closed_resize(&ring, 3);
	expect(&ring, "");
	for (const char *const *id = (const char *const[]){ "b", "c", "d", "e", NULL }; *id; id++)
		add(&ring, *id);
	expect(&ring, "edc");
	assert_int_equal(closed_forgotten(&ring), 2);
	closed_resize(&ring, 5);
	expect(&ring, "edc");
	add(&ring, "f");
	expect(&ring, "fedc");
	closed_resize(&ring, 2);
	expect(&ring, "fe");
	add(&ring, "g");
	expect(&ring, "gf");
	assert_int_equal(closed_forgotten(&ring), 5);
	assert_int_equal(counter_get(COUNTER_HUB_CLOSES_FORGOTTEN), 5);
	closed_resize(&ring, 0);
	expect(&ring, "");
	assert_int_equal(add(&ring, "h"), 8);
	closed_done(&ring);
}

static void test_amend(void **state)
{
	const struct ending ending = { .code = 4409, .text = SLICE("better"), .queued = 7 };
	struct closed_ring ring = { .cap = 0 };
	uint64_t first;

	(void)state;
	closed_resize(&ring, 1);
	first = add(&ring, "a");
	closed_amend(&ring, first, &ending);
	assert_true(slice_eq(closed_before(&ring, 0)->ending.text, SLICE("better")));
	assert_int_equal(closed_before(&ring, 0)->ending.queued, 7);
	add(&ring, "b");
	closed_amend(&ring, first, &ending);
	closed_amend(&ring, 0, &ending);
	closed_amend(&ring, 99, &ending);
	assert_true(slice_eq(closed_before(&ring, 0)->ending.text, SLICE("bye")));
	closed_done(&ring);
}

/* ---- what the hub notes ---- */

static void say_disconnect(
	struct fake *fake, unsigned index, uint64_t conn, const struct ending *ending)
{
	fake_say(fake, index,
		(struct msg){ .type = MSG_DISCONNECT,
			.disconnect = { .conn = conn,
				.by = (uint8_t)ending->by,
				.code = ending->code,
				.text = ending->text,
				.queued = ending->queued } });
}

static struct msg query(uint32_t limit)
{
	return (struct msg){ .type = MSG_API_QUERY,
		.api_query = { .call = 7, .query = API_QUERY_CLOSED, .limit = limit } };
}

static void expect_closed(struct fake *fake, struct msg msg, const char *expected)
{
	fake_clear(fake);
	fake_say(fake, 2, msg);
	fake_expect(fake, expected);
}

/* ann (user root) and bob of g1 are in a. */
static void begin(struct fake *fake)
{
	fake_begin(fake);
	fake_up(fake, 2);
	fake_connect_as(fake, 1, 1, "ann", "a", "root", NULL);
	fake_connect(fake, 1, 2, "bob", "a");
	fake_step(fake);
}

static void test_by_whom(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	say_disconnect(&fake, 1, 1, &(struct ending){ ENDER_CLIENT, 1000, SLICE("so long"), 12 });
	expect_closed(&fake, query(0),
		"g2 api_closed 1 more=0 forgotten=0"
		" [1 ann:root client 1000 'so long' queued=12 rooms=1 gateway]\n");
	session_kick(
		fake.hub, conn_by_id(&fake.hub->conns, SLICE("bob")), CLOSE_KICKED, SLICE("off"));
	expect_closed(&fake, query(1),
		"g2 api_closed 2 more=1 forgotten=0"
		" [2 bob: server 4410 'off' queued=0 rooms=1 gateway]\n");
	/* the gateway knows better */
	say_disconnect(&fake, 1, 2, &(struct ending){ ENDER_GONE, 1006, SLICE(""), 99 });
	expect_closed(&fake, query(1),
		"g2 api_closed 2 more=1 forgotten=0"
		" [2 bob: gone 1006 '' queued=99 rooms=1 gateway]\n");
	fake_end(&fake);
}

static void test_pages_and_filters(void **state)
{
	const struct ending ending = { .by = ENDER_CLIENT, .code = 1001 };
	struct msg msg = query(1);
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_connect(&fake, 2, 5, "cat", "a");
	fake_connect(&fake, 2, 6, "dog", "b");
	say_disconnect(&fake, 1, 2, &ending);
	say_disconnect(&fake, 1, 1, &ending);
	say_disconnect(&fake, 2, 5, &ending);
	say_disconnect(&fake, 2, 6, &ending);
	msg.api_query.since = 4;
	expect_closed(&fake, msg,
		"g2 api_closed 3 more=1 forgotten=1"
		" [3 cat: client 1001 '' queued=0 rooms=1 gateway]\n");
	msg.api_query.since = 3;
	expect_closed(&fake, msg,
		"g2 api_closed 3 more=0 forgotten=1"
		" [2 ann:root client 1001 '' queued=0 rooms=1 gateway]\n");
	msg = query(9);
	msg.api_query.user = SLICE("root");
	expect_closed(&fake, msg,
		"g2 api_closed 1 more=0 forgotten=1"
		" [2 ann:root client 1001 '' queued=0 rooms=1 gateway]\n");
	msg.api_query.id = SLICE("cat");
	expect_closed(&fake, msg, "g2 api_closed 0 more=0 forgotten=1\n");
	msg.api_query.user = SLICE("");
	msg.api_query.search = SLICE("CA");
	expect_closed(&fake, msg,
		"g2 api_closed 1 more=0 forgotten=1"
		" [3 cat: client 1001 '' queued=0 rooms=1 gateway]\n");
	fake_end(&fake);
}

static void test_turned_away_replaced_and_lost(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_connect_as(&fake, 2, 5, "bob", "a", "eve", NULL);
	fake_connect_as(&fake, 2, 6, "ann", "a", "root", FAKE_KEY_A);
	expect_closed(&fake, query(0),
		"g2 api_closed 2 more=0 forgotten=0"
		" [2 ann:root server 4409 'this id is in use by another connection' queued=0 rooms=1 gateway]"
		" [1 bob:eve server 4409 'this id is in use by another connection' queued=0 rooms=0 gateway]\n");
	hub_down(fake.hub, fake.peers[1].gateway);
	fake_pass(&fake, 6000);
	expect_closed(&fake, query(1),
		"g2 api_closed 3 more=1 forgotten=0"
		" [3 bob: gone 1006 '' queued=0 rooms=1 gateway]\n");
	fake_end(&fake);
}

/* It had gone with its gateway, whatever that would be told. */
static void test_replaced_while_its_gateway_is_away(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	hub_down(fake.hub, fake.peers[1].gateway);
	fake_connect_as(&fake, 2, 6, "ann", "a", "root", FAKE_KEY_A);
	expect_closed(&fake, query(0),
		"g2 api_closed 1 more=0 forgotten=0"
		" [1 ann:root gone 1006 '' queued=0 rooms=1 gateway]\n");
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_amend),
		cmocka_unit_test(test_by_whom),
		cmocka_unit_test(test_pages_and_filters),
		cmocka_unit_test(test_turned_away_replaced_and_lost),
		cmocka_unit_test(test_replaced_while_its_gateway_is_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
