/* test_reply.c - heads and refusals, byte for byte where it matters */
/* SPDX-License-Identifier: MIT */
#include "gateway/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static bool has_line(struct buf *out, const char *line)
{
	char *end = strstr(buf_cstr(out), "\r\n\r\n");
	size_t len = strlen(line);

	assert_non_null(end);
	for (char *at = strstr(out->data, line); at && at < end; at = strstr(at + 1, line))
		if (at[-1] == '\n' && strncmp(at + len, "\r\n", 2) == 0)
			return true;
	return false;
}

static const char *body_of(struct buf *out)
{
	char *end = strstr(buf_cstr(out), "\r\n\r\n");

	assert_non_null(end);
	return end + 4;
}

static void test_whole(void **state)
{
	struct buf out = { .cap = 0 };
	struct reply reply = { .out = &out, .keep = true, .wall_ms = 784111777999 };

	(void)state;
	reply_whole(&reply, 200, "text/plain", SLICE("ok"));
	assert_int_equal(strncmp(buf_cstr(&out), "HTTP/1.1 200 OK\r\n", 17), 0);
	assert_true(has_line(&out, "Date: Sun, 06 Nov 1994 08:49:37 GMT"));
	assert_true(has_line(&out, "Content-Length: 2"));
	assert_true(has_line(&out, "Content-Type: text/plain"));
	assert_true(has_line(&out, "Cache-Control: no-store"));
	assert_true(has_line(&out, "X-Content-Type-Options: nosniff"));
	assert_true(has_line(&out, "Referrer-Policy: no-referrer"));
	assert_non_null(strstr(out.data, "\r\nContent-Security-Policy: default-src 'self'; "));
	assert_null(strstr(out.data, "Connection:"));
	assert_string_equal(body_of(&out), "ok");
	buf_done(&out);
}

static void test_connection(void **state)
{
	struct buf out = { .cap = 0 };
	struct reply reply = { .out = &out, .keep = true, .old = true };

	(void)state;
	reply_whole(&reply, 200, "text/plain", SLICE(""));
	assert_true(has_line(&out, "Connection: keep-alive"));
	reply.keep = false;
	buf_clear(&out);
	reply_whole(&reply, 200, "text/plain", SLICE(""));
	assert_true(has_line(&out, "Connection: close"));
	buf_clear(&out);
	reply_refusal(&reply, REFUSAL_UPGRADE);
	assert_true(has_line(&out, "Connection: Upgrade, close"));
	assert_true(has_line(&out, "Upgrade: websocket"));
	reply.keep = true;
	buf_clear(&out);
	reply_refusal(&reply, REFUSAL_VERSION);
	assert_true(has_line(&out, "Connection: Upgrade"));
	assert_true(has_line(&out, "Sec-WebSocket-Version: 13"));
	buf_done(&out);
}

static void test_head_only(void **state)
{
	struct buf out = { .cap = 0 };
	struct reply reply = { .out = &out, .head_only = true, .keep = true };

	(void)state;
	reply_whole(&reply, 200, "text/plain", SLICE("ok"));
	assert_true(has_line(&out, "Content-Length: 2"));
	assert_string_equal(body_of(&out), "");
	buf_done(&out);
}

/* Each has a known status, and a body that says why. */
static void test_every_refusal(void **state)
{
	(void)state;
	for (unsigned i = 0; i < REFUSAL_MAX; i++) {
		struct buf out = { .cap = 0 };
		struct reply reply = { .out = &out };
		json_t *tree, *error;
		char length[64];
		int status;

		reply_refusal(&reply, (enum refusal)i);
		status = atoi(buf_cstr(&out) + strlen("HTTP/1.1 "));
		assert_in_range(status, 400, 599);
		assert_true(has_line(&out, "Content-Type: application/json"));
		snprintf(length, sizeof(length), "Content-Length: %zu", strlen(body_of(&out)));
		assert_true(has_line(&out, length));
		assert_true(has_line(&out, "Connection: close") ||
			has_line(&out, "Connection: Upgrade, close"));
		if (status == 405)
			assert_non_null(strstr(out.data, "\r\nAllow: "));
		if (status == 503)
			assert_non_null(strstr(out.data, "\r\nRetry-After: "));
		tree = json_loads(body_of(&out), JSON_REJECT_DUPLICATES, NULL);
		error = json_object_get(tree, "error");
		assert_true(json_string_length(json_object_get(error, "code")) > 0);
		assert_true(json_string_length(json_object_get(error, "message")) > 0);
		json_decref(tree);
		buf_done(&out);
	}
}

static void test_ready(void **state)
{
	struct buf out = { .cap = 0 };
	struct reply reply = { .out = &out, .keep = true };

	(void)state;
	reply_ready(&reply, true, true, true, false);
	assert_int_equal(strncmp(buf_cstr(&out), "HTTP/1.1 200 ", 13), 0);
	assert_string_equal(body_of(&out), "{\"ready\":true,\"hub\":true,\"auth\":true}\n");
	buf_clear(&out);
	reply_ready(&reply, false, false, true, true);
	assert_int_equal(strncmp(buf_cstr(&out), "HTTP/1.1 503 ", 13), 0);
	assert_string_equal(
		body_of(&out), "{\"ready\":false,\"hub\":false,\"auth\":true,\"stopping\":true}\n");
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_connection),
		cmocka_unit_test(test_head_only),
		cmocka_unit_test(test_every_refusal),
		cmocka_unit_test(test_ready),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
