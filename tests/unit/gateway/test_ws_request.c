/* test_ws_request.c - a handshake's head, taken apart */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "gateway/head.h"
#include "gateway/ws_request.h"
#include "proto/base/mem.h"

#define FIELDS "Host: a:8100\r\nUpgrade: websocket\r\n"

static struct ws_request request;
static struct buf memory;

static int begin(void **state)
{
	(void)state;
	buf_reserve(&memory, (size_t)2 * HEAD_MAX);
	return 0;
}

static int end(void **state)
{
	(void)state;
	buf_done(&memory);
	return 0;
}

static void read_head(const char *head)
{
	struct head checked;

	assert_int_equal(head_check(slice_of(head), HEAD_MAX, &checked), 1);
	buf_clear(&memory);
	ws_request_read(slice_of(head), &memory, &request);
}

static void expect(struct slice is, const char *wanted)
{
	assert_true(slice_eq(is, slice_of(wanted)));
}

static void request_lines(void **state)
{
	(void)state;
	read_head("GET /api/ws HTTP/1.1\r\n" FIELDS "\r\n");
	assert_true(request.get && !request.old);
	expect(request.path, "/api/ws");
	read_head("POST /w%73/a+b%2fc HTTP/1.0\r\n\r\n");
	assert_true(!request.get && request.old);
	expect(request.path, "/ws/a+b/c");
	read_head("GET /%00? HTTP/1.1\r\nHost:a\r\n\r\n");
	assert_true(slice_eq(request.path, SLICE("/\0")));
}

static void queries(void **state)
{
	(void)state;
	read_head("GET /ws?id=a%26b&room=x+y&&nickname=%2B%3d;&nickname=no HTTP/1.1\r\n" FIELDS
		  "\r\n");
	expect(request.query.id, "a&b");
	expect(request.query.room, "x y");
	expect(request.query.nickname, "+=;");
	read_head("GET /ws?&=&id&room=?&tok%65n=%2541 HTTP/1.1\r\n" FIELDS "\r\n");
	expect(request.query.id, "");
	expect(request.query.room, "?");
	expect(request.query.token, "%41");
}

static void fields(void **state)
{
	(void)state;
	read_head("GET /ws HTTP/1.1\r\nhOST: \t a:8100 \r\nUpgrade:websocket\r\n"
		  "Connection: keep-alive\r\nCookie: x\r\nOrigin:\r\nConnection:Upgrade\r\n"
		  "Sec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer t\r\n"
		  "Sec-WebSocket-Protocol: bearer, t\r\nSec-WebSocket-Extensions: e; f=\"1:2\"\r\n"
		  "Content-Length: 0\r\n\r\n");
	expect(request.fields[WS_HOST], "a:8100");
	expect(request.fields[WS_UPGRADE], "websocket");
	expect(request.fields[WS_CONNECTION], "keep-alive,Upgrade");
	expect(request.fields[WS_ORIGIN], "");
	expect(request.fields[WS_KEY], "k");
	expect(request.fields[WS_VERSION], "13");
	expect(request.fields[WS_AUTHORIZATION], "Bearer t");
	expect(request.fields[WS_PROTOCOL], "bearer, t");
	expect(request.fields[WS_EXTENSIONS], "e; f=\"1:2\"");
	expect(request.fields[WS_CONTENT_LENGTH], "0");
}

/* What was announced about memory holds where most of it is needed. */
static void the_longest(void **state)
{
	struct buf head = { .cap = 0 };
	struct head checked;
	char *before = memory.data;

	(void)state;
	buf_put(&head, SLICE("GET /?room="));
	for (int i = 0; i < 1000; i++)
		buf_put(&head, SLICE("+"));
	buf_put(&head, SLICE(" HTTP/1.1\r\nHost: a\r\n"));
	while (head.len + 20 < HEAD_MAX)
		buf_put(&head, SLICE("Connection:a\r\n"));
	buf_put(&head, SLICE("\r\n"));
	assert_int_equal(head_check(buf_slice(&head), HEAD_MAX, &checked), 1);
	buf_clear(&memory);
	ws_request_read(buf_slice(&head), &memory, &request);
	assert_ptr_equal(memory.data, before);
	assert_int_equal(request.query.room.len, 1000);
	buf_done(&head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(request_lines, begin, end),
		cmocka_unit_test_setup_teardown(queries, begin, end),
		cmocka_unit_test_setup_teardown(fields, begin, end),
		cmocka_unit_test_setup_teardown(the_longest, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
