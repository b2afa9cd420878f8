/* test_base64.c - the vectors of RFC 4648 section 10, and bytes that are no text */
/* SPDX-License-Identifier: MIT */
#include "proto/base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_vectors(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *text;
	} rows[] = {
		{ "", 0, "" },
		{ "f", 1, "Zg==" },
		{ "fo", 2, "Zm8=" },
		{ "foo", 3, "Zm9v" },
		{ "foob", 4, "Zm9vYg==" },
		{ "fooba", 5, "Zm9vYmE=" },
		{ "foobar", 6, "Zm9vYmFy" },
		{ "\xff\xef\x00\xfb", 4, "/+8A+w==" },
	};
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		buf_putc(&out, '>');
		base64_put(&out, slice_make(rows[i].bytes, rows[i].len));
		assert_string_equal(buf_cstr(&out) + 1, rows[i].text);
		buf_clear(&out);
		buf_putc(&out, '>');
		assert_true(base64_get(&out, slice_of(rows[i].text)));
		assert_true(slice_eq(slice_make(out.data + 1, out.len - 1),
			slice_make(rows[i].bytes, rows[i].len)));
	}
	buf_done(&out);
}

/* What no encoder writes is taken for something else. */
static void test_no_base64(void **state)
{
	static const char *const rows[] = { "Z", "Zg", "Zg=", "Zm9",
		"Zg==Zg==", "Zh==", "Zm9=", "Z===", "====", "=m9v", "Zm9v\n", "Zm-v", "Zm9v    ",
		"Zg=v" };
	struct buf out = { 0 };

	(void)state;
	buf_putc(&out, '>');
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (base64_get(&out, slice_of(rows[i])))
			fail_msg("%s was taken", rows[i]);
		assert_string_equal(buf_cstr(&out), ">");
	}
	assert_false(base64_get(&out, slice_make("Zm\09", 4)));
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_no_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
