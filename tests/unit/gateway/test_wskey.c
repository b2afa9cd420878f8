/* test_wskey.c - what a client's Sec-WebSocket-Key is answered with */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/wskey.h"
#include "proto/base/mem.h"

/* The example of RFC 6455 section 1.3, and another between: nothing is left of the one before. */
static void accepts(void **state)
{
	struct wskey *wskey = wskey_new();
	_cleanup_(buf_done) struct buf out = { .cap = 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		buf_clear(&out);
		wskey_accept(wskey, SLICE("dGhlIHNhbXBsZSBub25jZQ=="), &out);
		assert_string_equal(buf_cstr(&out), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
		buf_clear(&out);
		wskey_accept(wskey, SLICE("AAAAAAAAAAAAAAAAAAAAAA=="), &out);
		assert_string_equal(buf_cstr(&out), "ICX+Yqv66kxgM0FcWaLWlFLwTAI=");
	}
	wskey_free(wskey);
	wskey_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
