/* test_base64url.c - RFC 4648's examples, and what has no or two spellings */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/base64url.h"
#include "tests/unit/auth/sign.h"

static void check(const char *text, const char *bytes)
{
	struct buf out = { .cap = 0 };

	buf_put(&out, SLICE("x"));
	assert_int_equal(base64url_decode(&out, slice_of(text)), bytes ? 0 : -EINVAL);
	assert_int_equal(out.len, 1 + (bytes ? strlen(bytes) : 0));
	assert_string_equal(buf_cstr(&out) + 1, bytes ? bytes : "");
	buf_done(&out);
}

static void examples(void **state)
{
	(void)state;
	check("", "");
	check("Zg", "f");
	check("Zm8", "fo");
	check("Zm9v", "foo");
	check("Zm9vYg", "foob");
	check("Zm9vYmE", "fooba");
	check("Zm9vYmFy", "foobar");
	check("-_-_", "\xfb\xff\xbf");
}

static void what_is_refused(void **state)
{
	(void)state;
	check("Z", NULL);
	check("Zm9vY", NULL);
	check("Zg==", NULL);
	check("Zm9v\n", NULL);
	check("+/+/", NULL);
	check("Zm 8", NULL);
	/* Bits that are left over must be zero. */
	check("Zh", NULL);
	check("Zm9", NULL);
}

static void all_lengths_come_back(void **state)
{
	unsigned char bytes[256];

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct buf text = { .cap = 0 }, back = { .cap = 0 };

		sign_base64url(&text, slice_make(bytes, len));
		assert_int_equal(base64url_decode(&back, buf_slice(&text)), 0);
		assert_true(slice_eq(buf_slice(&back), slice_make(bytes, len)));
		buf_done(&text);
		buf_done(&back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(all_lengths_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
