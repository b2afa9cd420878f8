/* test_api.c - what the server API does and asks, seen from the hub */
/* SPDX-License-Identifier: MIT */
#include "hub/query.h"
#include "hub/recall.h"
#include "tests/unit/hub/fake.h"

/* ann (user root) and bob of g1 are in a, cat of g2 in a and b. */
static void begin(struct fake *fake)
{
	fake_begin(fake);
	fake_up(fake, 2);
	fake_connect_as(fake, 1, 1, "ann", "a", "root", NULL);
	fake_connect(fake, 1, 2, "bob", "a");
	fake_connect(fake, 2, 1, "cat", "a");
	fake_join(fake, 2, 1, "b", NULL);
	fake_step(fake);
	fake_pass(fake, 1000);
	fake_clear(fake);
}

static void publish(struct fake *fake, const char *room, const char *except, const char *mid)
{
	fake_say(fake, 1,
		(struct msg){ .type = MSG_API_PUBLISH,
			.api_publish = { .call = 7,
				.user = SLICE("boss"),
				.room = slice_of(room),
				.type = SLICE("t"),
				.except = slice_of(except),
				.mid = slice_of(mid),
				.body = SLICE("\"n\":1") } });
}

#define SAID " room=a type=t id=api nickname=API user=boss body=\"n\":1\n"

static void test_publish(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	publish(&fake, "a", NULL, NULL);
	fake_expect(&fake, "g1 deliver" SAID "g2 deliver" SAID "g1 api_done 7 none\n");
	publish(&fake, "a", "cat", NULL);
	fake_expect(&fake,
		"g1 deliver" SAID "g2 deliver room=a type=t except=1 id=api nickname=API user=boss"
		" body=\"n\":1\ng1 api_done 7 none\n");
	publish(&fake, "nowhere", NULL, NULL);
	fake_expect(&fake, "g1 api_done 7 none\n");
	assert_null(room_find(&fake.hub->rooms, SLICE("nowhere")));
	publish(&fake, "", NULL, NULL);
	fake_expect(&fake, "g1 api_done 7 bad_room\n");
	publish(&fake, "a", "a b", NULL);
	fake_expect(&fake, "g1 api_done 7 bad_target\n");
	fake_end(&fake);
}

static void test_publish_once(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	publish(&fake, "b", NULL, "m");
	fake_clear(&fake);
	publish(&fake, "b", NULL, "m");
	fake_expect(&fake, "g1 api_done 7 none\n");
	assert_int_equal(counter_get(COUNTER_HUB_REPEATED), 1);
	/* that of a room, and of a connection with the same name, is another */
	publish(&fake, "a", NULL, "m");
	assert_int_equal(counter_get(COUNTER_HUB_REPEATED), 1);
	fake_end(&fake);
}

static void steer(struct fake *fake, enum api_action action, const char *target, const char *room)
{
	fake_say(fake, 1,
		(struct msg){ .type = MSG_API_STEER,
			.api_steer = { .call = 7,
				.action = (uint8_t)action,
				.target = slice_of(target),
				.room = slice_of(room),
				.reason = CLOSE_KICKED } });
}

static void test_steer(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	steer(&fake, API_JOIN, "user:root", "b");
	fake_expect(&fake,
		"g1 joined 1 room=b 2/2 cat:CAT ann:ANN(root)\ng1 api_done 7 none count=1\n");
	steer(&fake, API_LEAVE, "ann", "b");
	fake_expect(&fake, "g1 left 1 room=b\ng1 api_done 7 none count=1\n");
	steer(&fake, API_LEAVE, "ann", "b");
	fake_expect(&fake, "g1 api_done 7 not_in_room\n");
	steer(&fake, API_JOIN, "ann", "");
	fake_expect(&fake, "g1 api_done 7 bad_room\n");
	steer(&fake, API_DISCONNECT, "nobody", NULL);
	fake_expect(&fake, "g1 api_done 7 no_such_target\n");
	steer(&fake, API_DISCONNECT, "user:", NULL);
	fake_expect(&fake, "g1 api_done 7 bad_target\n");
	steer(&fake, API_DISCONNECT, "cat", NULL);
	fake_expect(&fake, "g2 close 1 kicked\ng1 api_done 7 none count=1\n");
	assert_null(conn_by_id(&fake.hub->conns, SLICE("cat")));
	/* in its grace time: there is no client to close */
	fake_disconnect(&fake, 1, 1, false);
	steer(&fake, API_DISCONNECT, "user:root", NULL);
	fake_expect(&fake, "g1 api_done 7 none count=1\n");
	assert_null(conn_by_id(&fake.hub->conns, SLICE("ann")));
	fake_end(&fake);
}

static void test_send_and_broadcast(void **state)
{
	struct msg send = { .type = MSG_API_SEND,
		.api_send = { .call = 8, .target = SLICE("cat"), .type = SLICE("t") } };
	struct msg broadcast = { .type = MSG_API_BROADCAST,
		.api_broadcast = { .call = 9,
			.scope = SCOPE_CONNECTIONS,
			.user = SLICE("boss"),
			.type = SLICE("t") } };
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_say(&fake, 1, send);
	fake_expect(&fake, "g2 directed 1 type=t id=api nickname=API\ng1 api_done 8 none\n");
	send.api_send.target = SLICE("nobody");
	fake_say(&fake, 1, send);
	fake_expect(&fake, "g1 api_done 8 no_such_target\n");
	fake_say(&fake, 1, broadcast);
	fake_expect(&fake,
		"g1 broadcasted type=t id=api user=boss\n"
		"g2 broadcasted type=t id=api user=boss\ng1 api_done 9 none\n");
	fake_end(&fake);
}

static struct msg query(enum api_query what, uint32_t limit)
{
	return (struct msg){ .type = MSG_API_QUERY,
		.api_query = { .call = 7, .query = (uint8_t)what, .limit = limit } };
}

static void test_rooms(void **state)
{
	struct msg msg = query(API_QUERY_ROOMS, 2);
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_join(&fake, 1, 1, "bb", NULL);
	fake_join(&fake, 1, 1, "aa", NULL);
	fake_clear(&fake);
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 api_rooms 4 more=1 a:3 aa:1\n");
	msg.api_query.goes_on = 1;
	msg.api_query.after = SLICE("aa");
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 api_rooms 4 more=0 b:1 bb:1\n");
	msg.api_query.after = SLICE("bb");
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 api_rooms 4 more=0\n");
	msg = query(API_QUERY_ROOMS, 0);
	msg.api_query.search = SLICE("b*");
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 api_rooms 2 more=0 b:1 bb:1\n");
	fake_end(&fake);
}

static void test_connections(void **state)
{
	struct msg msg = query(API_QUERY_CONNECTIONS, 2);
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_disconnect(&fake, 1, 2, false);
	fake_say(&fake, 2, msg);
	fake_expect(&fake, "g2 api_connections 0/3 more=1 ann:here bob:gone #a #a\n");
	msg.api_query.goes_on = 1;
	msg.api_query.since = 2;
	fake_say(&fake, 2, msg);
	fake_expect(&fake, "g2 api_connections 0/3 more=0 cat:here #a #b\n");
	msg = query(API_QUERY_CONNECTIONS, 1);
	msg.api_query.room = SLICE("b");
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 api_connections 1/1 more=0 cat:here #a #b\n");
	msg = query(API_QUERY_CONNECTIONS, 9);
	msg.api_query.search = SLICE("OB");
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 api_connections 0/1 more=0 bob:gone #a\n");
	msg.api_query.room = SLICE("nowhere");
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 api_connections 0/0 more=0\n");
	msg = query(API_QUERY_CONNECTIONS, 9);
	msg.api_query.user = SLICE("root");
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 api_connections 0/1 more=0 ann:here #a\n");
	msg.api_query.room = SLICE("b");
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 api_connections 1/0 more=0\n");
	fake_end(&fake);
}

static void expect_page(struct fake *fake, struct msg msg, const char *line)
{
	fake_say(fake, 1, msg);
	fake_expect(fake, line);
}

/* Any way round, and on from where a page has ended. */
static void test_orders(void **state)
{
	struct msg msg = query(API_QUERY_CONNECTIONS, 2);
	struct fake fake;

	(void)state;
	begin(&fake);
	msg.api_query.order = ORDER_ROOMS;
	msg.api_query.descending = 1;
	expect_page(&fake, msg, "g1 api_connections 0/3 more=1 cat:here bob:here #a #b #a\n");
	msg.api_query.goes_on = 1;
	msg.api_query.number = 1;
	msg.api_query.since = 2;
	expect_page(&fake, msg, "g1 api_connections 0/3 more=0 ann:here #a\n");
	msg = query(API_QUERY_CONNECTIONS, 2);
	msg.api_query.order = ORDER_NICKNAME;
	msg.api_query.goes_on = 1;
	msg.api_query.after = SLICE("BA");
	expect_page(&fake, msg, "g1 api_connections 0/3 more=0 bob:here cat:here #a #a #b\n");
	msg = query(API_QUERY_ROOMS, 1);
	msg.api_query.order = ORDER_MEMBERS;
	msg.api_query.descending = 1;
	expect_page(&fake, msg, "g1 api_rooms 2 more=1 a:3\n");
	fake_publish(&fake, 2, 1, "b", "t", NULL);
	fake_clear(&fake);
	msg.api_query.order = ORDER_RATE;
	expect_page(&fake, msg, "g1 api_rooms 2 more=1 b:1\n");
	msg.api_query.order = API_ORDERS;
	expect_page(&fake, msg, "g1 drop\n");
	fake_end(&fake);
}

/* Each gateway is asked for its own, and what it says goes to the one that shows the page. */
static void test_figures(void **state)
{
	struct msg msg = query(API_QUERY_CONNECTIONS, 9);
	struct msg figures = { .type = MSG_FIGURES, .figures = { .asker = 1001, .call = 7 } };
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_disconnect(&fake, 1, 2, false);
	msg.api_query.figures = 1;
	fake_say(&fake, 1, msg);
	fake_expect(&fake,
		"g1 figures_ask asker=1001 1\ng2 figures_ask asker=1001 1\n"
		"g1 api_connections 0/3 more=0 ann:here bob:gone cat:here #a #a #a #b parts=2\n");
	fake_say(&fake, 2, figures);
	fake_expect(&fake, "g1 api_figures 7\n");
	figures.figures.asker = 999;
	fake_say(&fake, 2, figures);
	fake_expect(&fake, "");
	fake_end(&fake);
}

/* One connection of a gateway, by its own number of it. */
static void tell(struct fake *fake, unsigned gateway, uint64_t call, uint64_t conn, uint64_t sent)
{
	struct msg msg = { .type = MSG_FIGURES, .figures = { .call = call } };
	struct msg_figure figure = { .serial = conn, .sent = sent };
	struct buf raw = { .cap = 0 };

	if (conn)
		msg_add_figure(&raw, &msg.figures.figures, &figure);
	fake_say(fake, gateway, msg);
	buf_done(&raw);
}

/* All gateways are asked for all they have; pages wait for the last of them, or half a second. */
static void test_ranked(void **state)
{
	struct msg msg = query(API_QUERY_CONNECTIONS, 2);
	struct fake fake;

	(void)state;
	begin(&fake);
	msg.api_query.order = ORDER_SENT;
	msg.api_query.descending = 1;
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 figures_ask asker=0 0\ng2 figures_ask asker=0 0\n");
	msg.api_query.descending = 0;
	msg.api_query.limit = 9;
	fake_say(&fake, 2, msg);
	tell(&fake, 1, 2, 1, 50);
	fake_expect(&fake, "");
	tell(&fake, 1, 1, 2, 5);
	fake_expect(&fake, "");
	tell(&fake, 2, 1, 1, 7);
	fake_expect(&fake,
		"g1 api_connections 0/3 more=1 cat:here bob:here #a #b #a parts=1\n"
		"g1 api_figures 7 sent=7 sent=5\n"
		"g2 api_connections 0/3 more=0 ann:here bob:here cat:here #a #a #a #b parts=1\n"
		"g2 api_figures 7 sent=5 sent=7\n");
	fake_say(&fake, 1, msg);
	hub_down(fake.hub, fake.peers[1].gateway);
	fake_clear(&fake);
	tell(&fake, 2, 2, 1, 7);
	fake_pass(&fake, 499);
	fake_expect(&fake, "g2 ack 3\n");
	fake_pass(&fake, 1); /* the gateway that wanted it is gone */
	fake_expect(&fake, "");
	tell(&fake, 2, 2, 1, 7);
	fake_expect(&fake, "");
	fake_end(&fake);
}

static void test_the_rest(void **state)
{
	struct msg msg = query(API_QUERY_HISTORY, 0);
	struct fake fake;

	(void)state;
	begin(&fake);
	msg.api_query.room = SLICE("nowhere");
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 api_history offset=0\n");
	fake_say(&fake, 1, query(API_QUERY_STATUS, 0));
	fake_expect(&fake, "g1 api_status gateways=2\n");
	fake.hub->failing = true;
	fake_say(&fake, 1, query(API_QUERY_STATUS, 0));
	assert_non_null(strstr(buf_cstr(&fake.log), "g1 api_done 7 unavailable request="));
	fake_clear(&fake);
	fake.hub->failing = false;
	fake_say(&fake, 1, query(API_QUERIES, 0));
	assert_non_null(strstr(buf_cstr(&fake.log), "g1 drop\n"));
	fake_end(&fake);
}

static void test_found(void **state)
{
	const struct slice in[4] = { SLICE("Abc"), SLICE(""), SLICE("x"), SLICE("10.0.0.1") };

	(void)state;
	assert_true(query_found(SLICE(""), in));
	assert_true(query_found(SLICE("bC"), in));
	assert_true(query_found(SLICE("0.1"), in));
	assert_false(query_found(SLICE("abcd"), in));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_publish_once),
		cmocka_unit_test(test_steer),
		cmocka_unit_test(test_send_and_broadcast),
		cmocka_unit_test(test_rooms),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_ranked),
		cmocka_unit_test(test_the_rest),
		cmocka_unit_test(test_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
