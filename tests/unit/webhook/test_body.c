/* test_body.c - the JSON of events, and their ids */
/* SPDX-License-Identifier: MIT */
#include "webhook/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/json.h"

static struct buf out;

static void expect(const char *text)
{
	struct json_value value;

	assert_string_equal(buf_cstr(&out), text);
	assert_int_equal(json_check(buf_slice(&out), 32, &value), 0);
	buf_done(&out);
}

static void people(void **state)
{
	const struct body_id id = { .seq = 7, .stamp = 1700000000000 };
	const struct body_id of_room = { .seq = 7, .stamp = 1700000000000, .of_room = true };
	struct msg_came came = { .seq = 7,
		.room = SLICE("lob\"by"),
		.time = 1700000000000,
		.id = SLICE("c1"),
		.nickname = SLICE("Ann"),
		.user = SLICE("ann"),
		.count = 1 };

	(void)state;
	body_put_people(&out, "shop", &id, WEBHOOK_CONNECT, &came);
	expect("{\"id\":\"shop-7-1700000000000\",\"event\":\"connect\",\"room\":\"lob\\\"by\","
	       "\"time\":1700000000000,\"connection\":{\"id\":\"c1\",\"nickname\":\"Ann\","
	       "\"user\":\"ann\"},\"count\":1}");
	came.user = SLICE("");
	body_put_people(&out, "shop", &of_room, WEBHOOK_OCCUPIED, &came);
	expect("{\"id\":\"shop-7-1700000000000-room\",\"event\":\"occupied\",\"room\":\"lob\\\"by\","
	       "\"time\":1700000000000,\"connection\":{\"id\":\"c1\",\"nickname\":\"Ann\"},"
	       "\"count\":1}");
}

static void messages(void **state)
{
	const struct body_id id = { .seq = 8, .stamp = 5 };
	struct msg_said said = { .seq = 8,
		.room = SLICE("r"),
		.epoch = 0xabc,
		.offset = 3,
		.time = 5,
		.type = SLICE("chat"),
		.format = EVENT_MEMBERS,
		.id = SLICE("c"),
		.nickname = SLICE("N"),
		.body = SLICE("\"n\":0.10,\"u\":\"\\u00e4\"") };

	(void)state;
	body_put_said(&out, "e", &id, &said);
	expect("{\"id\":\"e-8-5\",\"event\":\"message\",\"room\":\"r\",\"time\":5,"
	       "\"connection\":{\"id\":\"c\",\"nickname\":\"N\"},\"message\":{\"type\":\"chat\","
	       "\"offset\":3,\"epoch\":\"0000000000000abc\","
	       "\"body\":{\"n\":0.10,\"u\":\"\\u00e4\"}}}");
	said.offset = 0;
	said.body = SLICE("");
	body_put_said(&out, "e", &id, &said);
	expect("{\"id\":\"e-8-5\",\"event\":\"message\",\"room\":\"r\",\"time\":5,"
	       "\"connection\":{\"id\":\"c\",\"nickname\":\"N\"},\"message\":{\"type\":\"chat\","
	       "\"body\":{}}}");
	said.format = EVENT_TEXT;
	said.body = SLICE("a\n\"b\"");
	body_put_said(&out, "e", &id, &said);
	expect("{\"id\":\"e-8-5\",\"event\":\"message\",\"room\":\"r\",\"time\":5,"
	       "\"connection\":{\"id\":\"c\",\"nickname\":\"N\"},\"message\":{\"type\":\"chat\","
	       "\"text\":\"a\\n\\\"b\\\"\"}}");
	said.format = EVENT_BINARY;
	said.body = SLICE("\0\xff!");
	body_put_said(&out, "e", &id, &said);
	expect("{\"id\":\"e-8-5\",\"event\":\"message\",\"room\":\"r\",\"time\":5,"
	       "\"connection\":{\"id\":\"c\",\"nickname\":\"N\"},\"message\":{\"type\":\"chat\","
	       "\"binary\":\"AP8h\"}}");
}

static void missed(void **state)
{
	const struct body_id id = { .seq = 9, .stamp = 6 };

	(void)state;
	body_put_missed(&out, "e", &id, 12);
	expect("{\"id\":\"e-9-6\",\"event\":\"missed\",\"count\":12}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people),
		cmocka_unit_test(messages),
		cmocka_unit_test(missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
