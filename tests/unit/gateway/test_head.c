/* test_head.c - the head of a request */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "gateway/head.h"
#include "proto/base/mem.h"

enum { MAX = 8192 };

#define GOOD "GET /api/ws?x=1 HTTP/1.1\r\nHost: a:8100\r\nUpgrade: websocket\r\n\r\n"

static int check_bytes(struct slice bytes)
{
	struct head head;

	return head_check(bytes, MAX, &head);
}

static int check(const char *text)
{
	return check_bytes(slice_of(text));
}

static void whole_heads(void **state)
{
	struct slice good = SLICE(GOOD);

	(void)state;
	for (size_t i = 0; i < good.len; i++)
		assert_int_equal(check_bytes(slice_make(good.ptr, i)), 0);
	assert_int_equal(check_bytes(good), 1);
	assert_int_equal(check(GOOD "what follows"), 1);
	assert_int_equal(check("GET / HTTP/1.0\r\n\r\n"), 1);
	assert_int_equal(check("GET / HTTP/1.1\r\nhOsT:a\r\n\r\n"), 1);
}

static void bad_heads(void **state)
{
	(void)state;
	assert_int_equal(check("\x16\x03\x01"), 400);
	assert_int_equal(check("get / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(check("GET / HTTP/1.1\r\n\r\n"), 400);
	assert_int_equal(check("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 400);
	assert_int_equal(check("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
	assert_int_equal(check("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(check("GET /\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(check("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(check("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"), 400);
	assert_int_equal(check("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), 400);
	assert_int_equal(check_bytes(SLICE("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n")), 400);
	assert_int_equal(check_bytes(SLICE("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n")), 400);
	assert_int_equal(check("GET /\n HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(check("GET / HTTP/1.1\r\nHost: a\r\nX: y\nOrigin: b\r\n\r\n"), 400);
	assert_int_equal(check("GET / HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n"), 400);
	assert_int_equal(check("GET / HTTP/1.1\r\nHost: a\r\n\tX: y\r\n\r\n"), 400);
	assert_int_equal(check("GET a HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(check("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(check("GET /%2 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(check("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
	assert_int_equal(check("GET /%2f HTTP/1.1\r\nHost: a\r\n\r\n"), 1);
	assert_int_equal(check("CONNECT /a:1 HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
	assert_int_equal(check("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
	assert_int_equal(
		check("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), 411);
}

static void long_heads(void **state)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };

	(void)state;
	buf_put(&text, SLICE("GET / HTTP/1.1\r\nHost: a\r\nX: "));
	while (text.len < MAX - 4)
		buf_putc(&text, 'x');
	assert_int_equal(check_bytes(buf_slice(&text)), 0);
	buf_put(&text, SLICE("\r\n\r\n"));
	assert_int_equal(check_bytes(buf_slice(&text)), 1);
	text.len -= 4;
	buf_put(&text, SLICE("xxxx"));
	assert_int_equal(check_bytes(buf_slice(&text)), 431);
	buf_put(&text, SLICE("\r\n\r\n"));
	assert_int_equal(check_bytes(buf_slice(&text)), 431);
}

static void assert_edited(const char *text, const char *want)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };

	assert_int_equal(head_edit(slice_of(text), &out), want != NULL);
	if (want)
		assert_string_equal(buf_cstr(&out), want);
}

static void tokens(void **state)
{
	(void)state;
	assert_edited(GOOD, NULL);
	assert_edited("GET / HTTP/1.1\r\nSec-WebSocket-Protocol: bearer\r\n\r\n", NULL);
	assert_edited("GET / HTTP/1.1\r\nSec-WebSocket-Protocol: chat, x.y.z\r\n\r\n", NULL);
	assert_edited("GET / HTTP/1.1\r\nSec-WebSocket-Protocol: bearer, a b\r\n\r\n", NULL);
	assert_edited("GET / HTTP/1.1\r\nSec-WebSocket-Protocol: chat, Bearer,x.y.z , b\r\n\r\n",
		"GET / HTTP/1.1\r\nSec-WebSocket-Protocol: bearer\r\n"
		"Authorization: Bearer x.y.z\r\n\r\n");
	assert_edited("GET /%0a%0D?x=%2500%00 HTTP/1.1\r\nHost: a\r\n\r\nrest",
		"GET /%01%01?x=%2500%01 HTTP/1.1\r\nHost: a\r\n\r\nrest");
	assert_edited("GET /%0b HTTP/1.1\r\nHost: a\r\n\r\n", NULL);
	assert_edited("GET / HTTP/1.1\r\nHost: a\r\nUPGRADE: h2c\r\nX: y\r\n\r\nrest",
		"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\nrest");
	assert_edited(
		"GET / HTTP/1.1\r\nHost: a\r\nsec-websocket-protocol:  Bearer ,x.y.z \r\nB: c\r\n\r\nrest",
		"GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Protocol: bearer\r\nB: c\r\n"
		"Authorization: Bearer x.y.z\r\n\r\nrest");
	assert_edited(
		"GET / HTTP/1.1\r\nAuthorization: Bearer 1\r\nSec-WebSocket-Protocol: bearer, 2\r\n\r\n",
		"GET / HTTP/1.1\r\nAuthorization: Bearer 1\r\nSec-WebSocket-Protocol: bearer\r\n\r\n");
}

/* The value may be a list of protocols (RFC 6455 section 4.2.1). */
static void upgrades(void **state)
{
	struct slice one = SLICE("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: foo, WebSocket\r\n\r\n");
	struct head head;

	(void)state;
	assert_edited("GET / HTTP/1.1\r\nHost: a\r\nupgrade:h2c ,WebSocket\r\nX: y\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nX: y\r\n\r\n");
	assert_edited("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websockets\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(head_check(one, MAX, &head), 1);
	assert_true(head.upgrade);
	assert_int_equal(head.len, one.len);
}

/* What head_edit() would change is seen when the head is checked; of what is common, nothing is. */
static void oddities(void **state)
{
	static const char *const odd[] = { "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /ws/a+b HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n",
		"GET /api/ws HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Protocol: bearer, x\r\n\r\n" };
	struct head head;

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		assert_int_equal(head_check(slice_of(odd[i]), MAX, &head), 1);
		assert_true(head.odd);
		assert_int_equal(head.len, strlen(odd[i]));
	}
	assert_int_equal(head_check(SLICE(GOOD "rest"), MAX, &head), 1);
	assert_false(head.odd);
	assert_true(head.upgrade);
	assert_int_equal(head.len, strlen(GOOD));
	assert_int_equal(check("GET / HTTP/1.1\r\nHost: a\r\nX: 1234567\t90\r\n\r\n"), 1);
	assert_int_equal(check("GET / HTTP/1.1\r\nHost: a\r\nX: 12345\x7f\x38\r\n\r\n"), 400);
	assert_int_equal(
		check("GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xbc\xc3\xbc\xc3\xbc\r\n\r\n"), 1);
}

static void extensions(void **state)
{
	_cleanup_(buf_done) struct buf fits = { .cap = 0 }, fits_not = { .cap = 0 };

	(void)state;
	buf_put(&fits, SLICE("GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Extensions: "));
	for (size_t i = 0; i < HEAD_EXTENSIONS_MAX - 10; i++)
		buf_putc(&fits, 'x');
	buf_put(&fits_not, buf_slice(&fits));
	buf_put(&fits, SLICE("\r\nsec-websocket-extensions: 34567890\r\n\r\n"));
	buf_put(&fits_not, SLICE("\r\nsec-websocket-extensions: 345678901\r\nX: y\r\n\r\n"));
	assert_edited(buf_cstr(&fits), NULL);
	assert_edited(buf_cstr(&fits_not), "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n");
}

/* Rooms in paths, so that libwebsockets leaves them alone. */
static void rooms(void **state)
{
	(void)state;
	assert_edited("GET /ws/plain_Room-1?x=%2f HTTP/1.1\r\nHost: a\r\n\r\n", NULL);
	assert_edited("GET /ws/a%2fB+c?x=%2f HTTP/1.1\r\nHost: a\r\n\r\nrest",
		"GET /ws/~612f422b63?x=%2f HTTP/1.1\r\nHost: a\r\n\r\nrest");
	assert_edited("GET /socket/%00 HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /socket/~ HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_edited("GET /ws/~?x=%00 HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /ws/~7e?x=%01 HTTP/1.1\r\nHost: a\r\n\r\n");
}

/* What follows a request that was read whole is another. */
static void plain(void **state)
{
	(void)state;
	assert_int_equal(head_plain(SLICE("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET")), 27);
	assert_int_equal(head_plain(SLICE("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")), 28);
	assert_int_equal(head_plain(SLICE("POST / HTTP/1.1\r\nHost: a\r\n\r\n")), 0);
	assert_int_equal(
		head_plain(SLICE("GET / HTTP/1.1\r\nHost: a\r\ncontent-length: 3\r\n\r\nabc")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_heads),
		cmocka_unit_test(bad_heads),
		cmocka_unit_test(long_heads),
		cmocka_unit_test(tokens),
		cmocka_unit_test(upgrades),
		cmocka_unit_test(oddities),
		cmocka_unit_test(extensions),
		cmocka_unit_test(rooms),
		cmocka_unit_test(plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
