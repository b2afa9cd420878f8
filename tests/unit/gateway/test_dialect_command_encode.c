/* test_dialect_command_encode.c - what clients of the command dialect are told */
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

static void test_welcome_and_joined(void **state)
{
	struct dialect_welcome welcome = { .id = SLICE("abc"),
		.nickname = SLICE("Jo"),
		.resume = SLICE("key"),
		.room = SLICE("example-1"),
		.epoch = 1,
		.ping_ms = 25000 };
	struct msg_member ann = { .id = SLICE("1"), .nickname = SLICE("Ann") };
	struct msg_joined joined = { .room = SLICE("r"), .epoch = 1, .count = 1, .offset = 4 };
	struct buf out = { 0 }, raw = { 0 };

	(void)state;
	dialect_command.welcome(&out, &welcome);
	expect(&out,
		"{\"channel\":\"example-1\",\"cmd\":\"welcome\",\"param\":{\"id\":\"abc\",\"nickname\":\"Jo\",\"user\":null,\"resume\":\"key\",\"epoch\":\"0000000000000001\",\"ping\":25000,\"resumed\":false}}");
	msg_add_member(&raw, &joined.members, &ann);
	joined.ref = SLICE("\"x\"");
	dialect_command.joined(&out, &joined);
	expect(&out,
		"{\"channel\":\"r\",\"cmd\":\"joined\",\"param\":{\"offset\":4,\"epoch\":\"0000000000000001\",\"recovered\":false,\"users\":[{\"id\":\"1\",\"nickname\":\"Ann\"}],\"count\":1},\"ref\":\"x\"}");
	dialect_command.left(&out, &(struct msg_left){ .room = SLICE("r"), .ref = SLICE("2") });
	expect(&out, "{\"channel\":\"r\",\"cmd\":\"left\",\"param\":{},\"ref\":2}");
	buf_done(&raw);
	buf_done(&out);
}

static void test_event(void **state)
{
	struct event event = { .room = SLICE("r"),
		.type = SLICE("chat"),
		.body = SLICE("\"text\" : \"hi\""),
		.id = SLICE("1"),
		.nickname = SLICE("Ann"),
		.user = SLICE("ann"),
		.offset = 7 };
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(dialect_command.event(&out, &event), SAID_TEXT);
	expect(&out,
		"{\"channel\":\"r\",\"cmd\":\"chat\",\"param\":{\"text\" : \"hi\"},\"from\":\"1\",\"user\":\"ann\",\"offset\":7}");
	event.format = EVENT_PARAM;
	event.body = SLICE("\"id\":1");
	event.user = SLICE("");
	event.room = SLICE("");
	event.offset = 0;
	dialect_command.event(&out, &event);
	expect(&out, "{\"cmd\":\"chat\",\"param\":{\"id\":1},\"from\":\"1\"}");
	dialect_room.event(&out, &event);
	expect(&out, "{\"type\":\"chat\",\"id\":\"1\",\"nickname\":\"Ann\",\"param\":{\"id\":1}}");
	event.body = SLICE("");
	event.format = EVENT_MEMBERS;
	dialect_command.event(&out, &event);
	expect(&out, "{\"cmd\":\"chat\",\"param\":{},\"from\":\"1\"}");
	event.format = EVENT_TEXT;
	event.body = SLICE("a\"b");
	dialect_command.event(&out, &event);
	expect(&out, "{\"cmd\":\"chat\",\"param\":{\"content\":\"a\\\"b\"},\"from\":\"1\"}");
	event.format = EVENT_BINARY;
	event.body = SLICE("\xff");
	dialect_command.event(&out, &event);
	expect(&out, "{\"cmd\":\"chat\",\"param\":{\"content\":\"/w==\"},\"from\":\"1\"}");
	buf_done(&out);
}

static void test_presence(void **state)
{
	struct msg_presence presence = { .conn = 1, .room = SLICE("r"), .count = 3, .users = 2 };
	struct msg_roomlist roomlist = { .conn = 1, .count = 9 };
	struct msg_member ann = {
		.id = SLICE("1"), .nickname = SLICE("Ann"), .user = SLICE("ann")
	};
	struct msg_roomstat stat = { .name = SLICE("r"), .users = 3 };
	struct msg_notice notice = {
		.room = SLICE("r"), .joined = 1, .id = SLICE("1"), .nickname = SLICE("Ann")
	};
	struct buf out = { 0 }, raw = { 0 }, raw2 = { 0 };

	(void)state;
	msg_add_member(&raw, &presence.members, &ann);
	dialect_command.presence(&out, &presence);
	expect(&out,
		"{\"channel\":\"r\",\"cmd\":\"users_update\",\"param\":{\"content\":[\"Ann\"],\"count\":3,\"users\":2,\"members\":[{\"id\":\"1\",\"nickname\":\"Ann\",\"user\":\"ann\"}]}}");
	msg_add_roomstat(&raw2, &roomlist.rooms, &stat);
	roomlist.ref = SLICE("1");
	dialect_command.roomlist(&out, &roomlist);
	expect(&out,
		"{\"cmd\":\"rooms\",\"param\":{\"rooms\":[{\"name\":\"r\",\"users\":3}],\"count\":9},\"ref\":1}");
	presence.conn = roomlist.conn = 0;
	dialect_command.presence(&out, &presence);
	dialect_command.roomlist(&out, &roomlist);
	assert_int_equal(out.len, 0);
	assert_true(dialect_command.notice_others);
	dialect_command.notice(&out, &notice);
	expect(&out,
		"{\"channel\":\"r\",\"cmd\":\"online-update\",\"param\":{\"userID\":\"1\",\"connected\":true,\"nickname\":\"Ann\"}}");
	notice.joined = 0;
	notice.user = SLICE("ann");
	dialect_command.notice(&out, &notice);
	expect(&out,
		"{\"channel\":\"r\",\"cmd\":\"online-update\",\"param\":{\"userID\":\"1\",\"connected\":false,\"nickname\":\"Ann\",\"user\":\"ann\"}}");
	buf_done(&raw);
	buf_done(&raw2);
	buf_done(&out);
}

static void test_history(void **state)
{
	struct msg_historylist list = {
		.room = SLICE("r"), .epoch = 0xab, .offset = 9, .ref = SLICE("1")
	};
	struct msg_kept text = { .offset = 8,
		.type = SLICE("text"),
		.format = EVENT_TEXT,
		.id = SLICE("1"),
		.body = SLICE("x") };
	struct msg_kept odd = { .offset = 9, .type = SLICE("t"), .format = EVENT_FORMATS };
	struct msg_kept chat = { .offset = 9, .type = SLICE("chat"), .body = SLICE("\"a\":1") };
	struct buf out = { 0 }, raw = { 0 };

	(void)state;
	msg_add_kept(&raw, &list.messages, &text);
	msg_add_kept(&raw, &list.messages, &odd);
	msg_add_kept(&raw, &list.messages, &chat);
	dialect_command.history(&out, &list);
	expect(&out,
		"{\"channel\":\"r\",\"cmd\":\"history\",\"param\":{\"offset\":9,\"epoch\":\"00000000000000ab\",\"messages\":[{\"channel\":\"r\",\"cmd\":\"text\",\"param\":{\"content\":\"x\"},\"from\":\"1\",\"offset\":8},{\"channel\":\"r\",\"cmd\":\"chat\",\"param\":{\"a\":1},\"offset\":9}]},\"ref\":1}");
	buf_done(&raw);
	buf_done(&out);
}

static void test_answers(void **state)
{
	struct msg_receipt receipt = { .room = SLICE("r"), .offset = 3 };
	struct buf out = { 0 };

	(void)state;
	dialect_command.ack(&out, &receipt);
	assert_int_equal(out.len, 0);
	receipt.ref = SLICE("1");
	dialect_command.ack(&out, &receipt);
	expect(&out, "{\"channel\":\"r\",\"cmd\":\"ack\",\"param\":{\"offset\":3},\"ref\":1}");
	receipt = (struct msg_receipt){ .ref = SLICE("1") };
	dialect_command.ack(&out, &receipt);
	expect(&out, "{\"cmd\":\"ack\",\"param\":{},\"ref\":1}");
	dialect_command.error(&out, ERROR_BAD_JSON, SLICE(""));
	expect(&out,
		"{\"cmd\":\"error\",\"param\":{\"code\":\"bad_json\",\"content\":\"the message is not valid JSON\"}}");
	dialect_command.pong(&out, SLICE("r"), 5, SLICE("\"a\""));
	expect(&out,
		"{\"channel\":\"r\",\"cmd\":\"pong\",\"param\":{\"timestamp\":5},\"ref\":\"a\"}");
	dialect_command.pong(&out, SLICE("\n"), 5, SLICE(""));
	expect(&out, "{\"cmd\":\"pong\",\"param\":{\"timestamp\":5}}");
	dialect_command.authorized(&out, SLICE("u"), 0, SLICE("1"));
	expect(&out,
		"{\"cmd\":\"authorized\",\"param\":{\"user\":\"u\",\"expires\":null},\"ref\":1}");
	dialect_command.closing(&out, close_row(CLOSE_KICKED), 0);
	expect(&out,
		"{\"cmd\":\"close-connection\",\"param\":{\"code\":4410,\"reason\":\"you were disconnected by an administrator\"}}");
	dialect_command.closing(&out, close_row(CLOSE_RESTART), 9);
	expect(&out,
		"{\"cmd\":\"close-connection\",\"param\":{\"code\":1012,\"reason\":\"the server restarts\",\"retry_ms\":9}}");
	buf_done(&out);
}

/* What a handler answers: its own members, and none in place of ours. */
static void test_result(void **state)
{
	struct msg_result result = { .room = SLICE("r"),
		.ref = SLICE("1"),
		.body = SLICE("\"n\" : 1.50,\"cmd\":\"x\",\"ref\":3") };
	struct buf out = { 0 };

	(void)state;
	dialect_command.result(&out, &result);
	expect(&out,
		"{\"channel\":\"r\",\"cmd\":\"result\",\"param\":{\"n\" : 1.50,\"cmd\":\"x\",\"ref\":3},\"ref\":1}");
	result = (struct msg_result){ .room = SLICE("r"), .body = SLICE("no JSON") };
	dialect_command.result(&out, &result);
	expect(&out, "{\"channel\":\"r\",\"cmd\":\"result\",\"param\":{}}");
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
	dialect_command.refused(&out, &refusal);
	expect(&out,
		"{\"cmd\":\"error\",\"param\":{\"code\":\"not_your_turn\",\"content\":\"wait \\\"a\\\" moment\"},\"ref\":1}");
	refusal = (struct msg_refusal){ .error = ERROR_REFUSED, .text = SLICE("no") };
	dialect_command.refused(&out, &refusal);
	expect(&out, "{\"cmd\":\"error\",\"param\":{\"code\":\"refused\",\"content\":\"no\"}}");
	refusal = (struct msg_refusal){ .error = ERROR_REFUSED, .code = SLICE("no") };
	dialect_command.refused(&out, &refusal);
	expect(&out,
		"{\"cmd\":\"error\",\"param\":{\"code\":\"no\",\"content\":\"the room's handler does not let this pass\"}}");
	refusal.error = ERROR_MAX;
	dialect_command.refused(&out, &refusal);
	assert_true(out.len > 0);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_welcome_and_joined),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_presence),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
