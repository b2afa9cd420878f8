/* test_extensions.c - offers of extensions: which are taken, which are not, which are none */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "gateway/extensions.h"
#include "proto/base/mem.h"

#define AGREED "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

/* From memory of its own, so that a byte read behind it is seen. */
static int read_exactly(struct slice offers, struct buf *out)
{
	_cleanup_(mem_freep) char *copy = mem_alloc(offers.len + 1);
	char *end = copy + 1; /* an allocation of 0 bytes is none */
	struct extensions extensions;
	int r;

	if (offers.len)
		memcpy(end, offers.ptr, offers.len);
	r = extensions_read(slice_make(end, offers.len), &extensions);
	if (r == 0)
		extensions_answer(&extensions, out);
	return r;
}

static void expect(const char *offers, const char *want)
{
	_cleanup_(buf_done) struct buf got = { .cap = 0 };

	assert_int_equal(read_exactly(slice_of(offers), &got), 0);
	assert_string_equal(buf_cstr(&got), want);
}

static void accepted(void **state)
{
	(void)state;
	expect("permessage-deflate", AGREED);
	expect("permessage-deflate; client_max_window_bits", AGREED);
	expect("permessage-deflate;client_max_window_bits=8", AGREED);
	expect("permessage-deflate ;\tclient_max_window_bits = \"15\" ", AGREED);
	expect("permessage-deflate; client_no_context_takeover; server_no_context_takeover",
		AGREED);
	expect("permessage-deflate; server_max_window_bits=8", AGREED "; server_max_window_bits=8");
	expect("permessage-deflate; server_max_window_bits=\"10\"; client_max_window_bits",
		AGREED "; server_max_window_bits=10");
	expect("permessage-deflate; server_max_window_bits=15",
		AGREED "; server_max_window_bits=15");
}

static void none(void **state)
{
	(void)state;
	expect("", "");
	expect(" , ,\t,", "");
	expect("x-webkit-deflate-frame", "");
	expect("permessage-bzip2; server_max_window_bits=9", "");
	expect("PERMESSAGE-DEFLATE", "");
	expect("foo; a; b=c; d=\"e\", bar", "");
}

/* RFC 7692 section 7.1: what has to be declined. */
static void declined(void **state)
{
	static const char *const params[] = { "unknown", "unknown=1",
		"server_no_context_takeover=1", "client_no_context_takeover=\"true\"",
		"server_no_context_takeover; server_no_context_takeover",
		"client_no_context_takeover; client_no_context_takeover", "server_max_window_bits",
		"server_max_window_bits=7", "server_max_window_bits=16",
		"server_max_window_bits=08", "server_max_window_bits=010",
		"server_max_window_bits=1", "server_max_window_bits=x", "server_max_window_bits=+9",
		"server_max_window_bits=9; server_max_window_bits=9", "client_max_window_bits=7",
		"client_max_window_bits=16", "client_max_window_bits=\"1\\0\"",
		"client_max_window_bits; client_max_window_bits=10" };

	(void)state;
	for (size_t i = 0; i < sizeof(params) / sizeof(*params); i++) {
		_cleanup_(buf_done) struct buf text = { .cap = 0 };

		buf_printf(&text, "permessage-deflate; %s", params[i]);
		expect(buf_cstr(&text), "");
		/* the next one may be good */
		buf_put(&text, SLICE(", permessage-deflate; server_max_window_bits=12"));
		expect(buf_cstr(&text), AGREED "; server_max_window_bits=12");
	}
}

static void the_first_that_is_good(void **state)
{
	(void)state;
	expect("foo,, permessage-deflate; server_max_window_bits=11 , permessage-deflate",
		AGREED "; server_max_window_bits=11");
	expect("permessage-deflate, permessage-deflate; server_max_window_bits=11", AGREED);
}

static void malformed(void **state)
{
	static const char *const texts[] = { ";", "a b", "a;", "a; ", "a;;b", "a; b=", "a; =b",
		"a; b=\"", "a; b=\"\"", "a; b=\"c", "a; b=\"c d\"", "a; b=\"c\\", "a; b=\"c\"d",
		"a, b=c", "a; b=c=d", "permessage-deflate, (", "permessage-deflate; a b", "\"a\"",
		"a; b=\"\\\"\"", "\xc3\xa4" };
	struct extensions extensions;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		_cleanup_(buf_done) struct buf got = { .cap = 0 };

		assert_int_equal(read_exactly(slice_of(texts[i]), &got), -EINVAL);
	}
	assert_int_equal(extensions_read(SLICE("a\0b"), &extensions), -EINVAL);
}

/* Two header lines are one list, wherever between offers it was cut; and no cut reads too far. */
static void cuts(void **state)
{
	struct slice text = SLICE("foo; a=\"b\", permessage-deflate; unknown, "
				  "permessage-deflate; server_max_window_bits=\"9\", bar");

	(void)state;
	for (size_t i = 0; i <= text.len; i++) {
		_cleanup_(buf_done) struct buf first = { .cap = 0 }, joined = { .cap = 0 },
					       got = { .cap = 0 };

		(void)read_exactly(slice_make(text.ptr, i), &first);
		if (i == text.len || text.ptr[i] != ',')
			continue;
		buf_put(&joined, slice_make(text.ptr, i));
		buf_put(&joined, SLICE(" ,, "));
		buf_put(&joined, slice_make(text.ptr + i + 1, text.len - i - 1));
		assert_int_equal(read_exactly(buf_slice(&joined), &got), 0);
		assert_string_equal(buf_cstr(&got), AGREED "; server_max_window_bits=9");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),
		cmocka_unit_test(none),
		cmocka_unit_test(declined),
		cmocka_unit_test(the_first_that_is_good),
		cmocka_unit_test(malformed),
		cmocka_unit_test(cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
