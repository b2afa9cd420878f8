/* test_dialect_room_encode.c - what clients of the room dialect are told */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

/* The text is what was wanted, and jansson reads it. */
static void expect(struct buf *out, const char *wanted)
{
	json_t *tree;

	assert_string_equal(buf_cstr(out), wanted);
	tree = json_loadb(out->data, out->len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(tree);
	json_decref(tree);
	buf_clear(out);
}

static void test_welcome(void **state)
{
	struct dialect_welcome welcome = {
		.id = SLICE("abc"),
		.nickname = SLICE("J\"o"),
		.resume = SLICE("key"),
		.epoch = 0x1234,
		.ping_ms = 25000,
	};
	struct buf out = { 0 };

	(void)state;
	dialect_room.welcome(&out, &welcome);
	expect(&out,
		"{\"type\":\"welcome\",\"id\":\"abc\",\"nickname\":\"J\\\"o\",\"user\":null,"
		"\"resume\":\"key\",\"epoch\":\"0000000000001234\",\"ping\":25000,"
		"\"resumed\":false}");
	welcome.user = SLICE("joe");
	welcome.resumed = true;
	dialect_room.welcome(&out, &welcome);
	expect(&out,
		"{\"type\":\"welcome\",\"id\":\"abc\",\"nickname\":\"J\\\"o\",\"user\":\"joe\","
		"\"resume\":\"key\",\"epoch\":\"0000000000001234\",\"ping\":25000,"
		"\"resumed\":true}");
	buf_done(&out);
}

static void add_two(struct buf *raw, struct msg_list *list)
{
	struct msg_member ann = {
		.id = SLICE("1"), .nickname = SLICE("Ann"), .user = SLICE("ann")
	};
	struct msg_member bob = { .id = SLICE("2"), .nickname = SLICE("B\nb") };

	msg_add_member(raw, list, &ann);
	msg_add_member(raw, list, &bob);
}

static void test_joined_and_presence(void **state)
{
	struct buf out = { 0 }, raw = { 0 };
	struct msg_joined joined = { .room = SLICE("r"), .epoch = 1, .count = 2 };
	struct msg_presence presence = { .room = SLICE("r"), .count = 250, .users = 240 };

	(void)state;
	dialect_room.joined(&out, &joined);
	expect(&out,
		"{\"type\":\"joined\",\"room\":\"r\",\"offset\":0,\"epoch\":\"0000000000000001\","
		"\"recovered\":false,\"users\":[],\"count\":2}");
	add_two(&raw, &joined.members);
	presence.members = joined.members;
	joined.ref = SLICE("\"x\"");
	joined.offset = 9;
	joined.recovered = 1;
	dialect_room.joined(&out, &joined);
	expect(&out,
		"{\"type\":\"joined\",\"room\":\"r\",\"offset\":9,\"epoch\":\"0000000000000001\","
		"\"recovered\":true,\"users\":[{\"id\":\"1\",\"nickname\":\"Ann\",\"user\":\"ann\"},"
		"{\"id\":\"2\",\"nickname\":\"B\\nb\"}],\"count\":2,\"ref\":\"x\"}");
	dialect_room.presence(&out, &presence);
	expect(&out,
		"{\"type\":\"users_update\",\"content\":[\"Ann\",\"B\\nb\"],\"room\":\"r\","
		"\"count\":250,\"users\":240,\"members\":[{\"id\":\"1\",\"nickname\":\"Ann\",\"user\":\"ann\"},"
		"{\"id\":\"2\",\"nickname\":\"B\\nb\"}]}");
	presence.ref = SLICE("4");
	presence.members = (struct msg_list){ 0 };
	dialect_room.presence(&out, &presence);
	expect(&out,
		"{\"type\":\"users_update\",\"content\":[],\"room\":\"r\",\"count\":250,"
		"\"users\":240,"
		"\"members\":[],\"ref\":4}");
	buf_done(&raw);
	buf_done(&out);
}

static void test_history(void **state)
{
	struct buf out = { 0 }, raw = { 0 };
	struct msg_historylist list = { .room = SLICE("r"), .epoch = 0xab };
	struct msg_kept first = { .offset = 8,
		.type = SLICE("chat"),
		.id = SLICE("1"),
		.nickname = SLICE("Ann"),
		.user = SLICE("ann"),
		.body = SLICE("\"a\" : 1") };
	struct msg_kept empty = { .offset = 9, .type = SLICE("t"), .nickname = SLICE("B") };
	struct msg_kept odd = { .offset = 10, .type = SLICE("t"), .format = EVENT_FORMATS };
	struct msg_kept text = { .offset = 11,
		.type = SLICE("text"),
		.format = EVENT_TEXT,
		.nickname = SLICE("B"),
		.body = SLICE("\"hi\"") };

	(void)state;
	dialect_room.history(&out, &list);
	expect(&out,
		"{\"type\":\"history\",\"room\":\"r\",\"offset\":0,"
		"\"epoch\":\"00000000000000ab\",\"messages\":[]}");
	msg_add_kept(&raw, &list.messages, &first);
	msg_add_kept(&raw, &list.messages, &empty);
	msg_add_kept(&raw, &list.messages, &odd);
	msg_add_kept(&raw, &list.messages, &text);
	list.offset = 11;
	list.ref = SLICE("\"h\"");
	dialect_room.history(&out, &list);
	expect(&out,
		"{\"type\":\"history\",\"room\":\"r\",\"offset\":11,"
		"\"epoch\":\"00000000000000ab\",\"messages\":["
		"{\"type\":\"chat\",\"room\":\"r\",\"id\":\"1\",\"nickname\":\"Ann\",\"user\":\"ann\","
		"\"offset\":8,\"a\" : 1},"
		"{\"type\":\"t\",\"room\":\"r\",\"nickname\":\"B\",\"offset\":9},"
		"{\"type\":\"text\",\"room\":\"r\",\"nickname\":\"B\",\"offset\":11,"
		"\"content\":\"\\\"hi\\\"\"}],\"ref\":\"h\"}");
	buf_done(&raw);
	buf_done(&out);
}

static void test_left_and_notice(void **state)
{
	struct msg_left left = { .room = SLICE("r") };
	struct msg_notice notice = { .room = SLICE("r"), .joined = 1, .nickname = SLICE("J\\o") };
	struct buf out = { 0 };

	(void)state;
	dialect_room.left(&out, &left);
	expect(&out, "{\"type\":\"left\",\"room\":\"r\"}");
	left.ref = SLICE("1");
	dialect_room.left(&out, &left);
	expect(&out, "{\"type\":\"left\",\"room\":\"r\",\"ref\":1}");
	dialect_room.notice(&out, &notice);
	expect(&out,
		"{\"type\":\"system\",\"content\":\"J\\\\o joined the room\",\"room\":\"r\","
		"\"nickname\":\"System\"}");
	notice.joined = 0;
	dialect_room.notice(&out, &notice);
	expect(&out,
		"{\"type\":\"system\",\"content\":\"J\\\\o left the room\",\"room\":\"r\","
		"\"nickname\":\"System\"}");
	buf_done(&out);
}

static void test_event(void **state)
{
	struct event event = {
		.room = SLICE("r"),
		.type = SLICE("chat"),
		.body = SLICE("\"text\":\"h\\u0069\",\"n\":1.0"),
		.id = SLICE("1"),
		.nickname = SLICE("Ann"),
	};
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(dialect_room.event(&out, &event), SAID_TEXT);
	expect(&out,
		"{\"type\":\"chat\",\"room\":\"r\",\"id\":\"1\",\"nickname\":\"Ann\","
		"\"text\":\"h\\u0069\",\"n\":1.0}");
	event.user = SLICE("ann");
	event.offset = 12;
	event.body = SLICE("");
	assert_int_equal(dialect_room.event(&out, &event), SAID_TEXT);
	expect(&out,
		"{\"type\":\"chat\",\"room\":\"r\",\"id\":\"1\",\"nickname\":\"Ann\","
		"\"user\":\"ann\",\"offset\":12}");

	/* direct: no room; from a process: no id */
	event = (struct event){ .type = SLICE("private"),
		.nickname = SLICE("metrics"),
		.body = SLICE("\"target\":\"x\"") };
	assert_int_equal(dialect_room.event(&out, &event), SAID_TEXT);
	expect(&out, "{\"type\":\"private\",\"nickname\":\"metrics\",\"target\":\"x\"}");
	buf_done(&out);
}

static void test_event_of_a_raw_client(void **state)
{
	struct event event = {
		.room = SLICE("r"),
		.type = SLICE("text"),
		.format = EVENT_TEXT,
		.body = SLICE("a \"b\"\x01"),
		.id = SLICE("1"),
		.nickname = SLICE("A"),
	};
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(dialect_room.event(&out, &event), SAID_TEXT);
	expect(&out,
		"{\"type\":\"text\",\"room\":\"r\",\"id\":\"1\",\"nickname\":\"A\","
		"\"content\":\"a \\\"b\\\"\\u0001\"}");
	event.type = SLICE("binary");
	event.format = EVENT_BINARY;
	event.body = slice_make("\xff\x00\xfe", 3);
	assert_int_equal(dialect_room.event(&out, &event), SAID_TEXT);
	expect(&out,
		"{\"type\":\"binary\",\"room\":\"r\",\"id\":\"1\",\"nickname\":\"A\","
		"\"content\":\"/wD+\"}");
	buf_done(&out);
}

static void test_roomlist(void **state)
{
	struct msg_roomstat room = { .name = SLICE("a\tb"), .users = 3 };
	struct msg_roomlist list = { .count = 700 };
	struct buf out = { 0 }, raw = { 0 };

	(void)state;
	dialect_room.roomlist(&out, &list);
	expect(&out, "{\"type\":\"rooms\",\"rooms\":[],\"count\":700}");
	msg_add_roomstat(&raw, &list.rooms, &room);
	msg_add_roomstat(&raw, &list.rooms, &room);
	list.ref = SLICE("1.0");
	dialect_room.roomlist(&out, &list);
	expect(&out,
		"{\"type\":\"rooms\",\"rooms\":[{\"name\":\"a\\tb\",\"users\":3},"
		"{\"name\":\"a\\tb\",\"users\":3}],\"count\":700,\"ref\":1.0}");
	buf_done(&raw);
	buf_done(&out);
}

static void test_ack(void **state)
{
	struct msg_receipt receipt = { .room = SLICE("r") };
	struct buf out = { 0 };

	(void)state;
	dialect_room.ack(&out, &receipt);
	assert_int_equal(out.len, 0);
	receipt.ref = SLICE("\"\\u0041\"");
	dialect_room.ack(&out, &receipt);
	expect(&out, "{\"type\":\"ack\",\"ref\":\"\\u0041\",\"room\":\"r\"}");
	receipt.offset = 5;
	receipt.room = SLICE("");
	dialect_room.ack(&out, &receipt);
	expect(&out, "{\"type\":\"ack\",\"ref\":\"\\u0041\",\"offset\":5}");
	buf_done(&out);
}

static void test_answers(void **state)
{
	struct buf out = { 0 };

	(void)state;
	dialect_room.error(&out, ERROR_NOT_IN_ROOM, SLICE("1"));
	expect(&out,
		"{\"type\":\"error\",\"code\":\"not_in_room\",\"content\":\"join the room first\","
		"\"ref\":1}");
	dialect_room.error(&out, ERROR_BAD_JSON, SLICE(""));
	expect(&out,
		"{\"type\":\"error\",\"code\":\"bad_json\",\"content\":\"the message is not valid "
		"JSON\"}");
	dialect_room.pong(&out, SLICE("r"), 1700000000123, SLICE("1"));
	expect(&out, "{\"type\":\"pong\",\"time\":1700000000123,\"ref\":1}");
	dialect_room.authorized(&out, SLICE("ann"), 1700000000, SLICE("\"a\""));
	expect(&out,
		"{\"type\":\"authorized\",\"user\":\"ann\",\"expires\":1700000000,\"ref\":\"a\"}");
	dialect_room.authorized(&out, SLICE(""), 0, SLICE(""));
	expect(&out, "{\"type\":\"authorized\",\"user\":null,\"expires\":null}");
	buf_done(&out);
}

/* Whatever number the hub sends: each error has a text. */
static void test_every_error(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (unsigned error = 0; error < ERROR_MAX + 2; error++) {
		json_t *tree;

		dialect_room.error(&out, (enum error)error, SLICE("1"));
		tree = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(tree);
		assert_true(json_string_length(json_object_get(tree, "content")) > 0);
		json_decref(tree);
		buf_clear(&out);
	}
	buf_done(&out);
}

/* What a handler answers: its own members, and none in place of ours. */
static void test_result(void **state)
{
	struct msg_result result = { .room = SLICE("r"),
		.ref = SLICE("1"),
		.body = SLICE(
			"\"n\" : 1.50,\"type\":\"x\",\"r\\u006fom\":2,\"ref\":3,\"id\":[ ]") };
	struct buf out = { 0 };

	(void)state;
	dialect_room.result(&out, &result);
	expect(&out, "{\"type\":\"result\",\"ref\":1,\"room\":\"r\",\"n\" : 1.50,\"id\":[ ]}");
	result = (struct msg_result){ .room = SLICE("r") };
	dialect_room.result(&out, &result);
	expect(&out, "{\"type\":\"result\",\"room\":\"r\"}");
	result.body = SLICE("\"a\":1},{\"b\":2");
	dialect_room.result(&out, &result);
	expect(&out, "{\"type\":\"result\",\"room\":\"r\"}");
	buf_done(&out);
}

static void test_refused(void **state)
{
	struct msg_refusal refusal = { .error = ERROR_REFUSED,
		.ref = SLICE("1"),
		.code = SLICE("not_your_turn"),
		.text = SLICE("wait \"a\" moment") };
	struct buf out = { 0 };

	(void)state;
	dialect_room.refused(&out, &refusal);
	expect(&out,
		"{\"type\":\"error\",\"code\":\"not_your_turn\",\"content\":\"wait \\\"a\\\" moment\",\"ref\":1}");
	refusal = (struct msg_refusal){ .error = ERROR_REFUSED, .text = SLICE("no") };
	dialect_room.refused(&out, &refusal);
	expect(&out, "{\"type\":\"error\",\"code\":\"refused\",\"content\":\"no\"}");
	refusal = (struct msg_refusal){ .error = ERROR_REFUSED, .code = SLICE("no") };
	dialect_room.refused(&out, &refusal);
	expect(&out,
		"{\"type\":\"error\",\"code\":\"no\",\"content\":\"the room's handler does not let this pass\"}");
	refusal.error = ERROR_MAX;
	dialect_room.refused(&out, &refusal);
	assert_true(out.len > 0);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_welcome),
		cmocka_unit_test(test_joined_and_presence),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_left_and_notice),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_event_of_a_raw_client),
		cmocka_unit_test(test_roomlist),
		cmocka_unit_test(test_ack),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_every_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
