/* test_origin.c - the table of who may connect from where */
/* SPDX-License-Identifier: MIT */
#include "gateway/origin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LIST(...) ((char *[]){ __VA_ARGS__, NULL })

static char *none[] = { NULL };

static void test_same_host(void **state)
{
	static const struct {
		const char *origin, *host;
		bool allowed;
	} rows[] = {
		{ "http://example.com", "example.com", true },
		{ "https://example.com", "example.com", true },
		{ "https://EXAMPLE.com", "example.COM", true },
		{ "http://example.com:8100", "example.com:8100", true },
		{ "http://example.com:80", "example.com", true },
		{ "http://example.com", "example.com:80", true },
		{ "https://example.com", "example.com:443", true },
		{ "https://example.com", "example.com:80", false },
		{ "http://example.com:8101", "example.com:8100", false },
		{ "http://example.com", "example.com:8100", false },
		{ "http://evil.com", "example.com", false },
		{ "http://example.com.evil.com", "example.com", false },
		{ "http://evilexample.com", "example.com", false },
		{ "http://example.co", "example.com", false },
		{ "http://[2001:db8::1]:8100", "[2001:db8::1]:8100", true },
		{ "http://[2001:db8::1]:8100", "[2001:db8::2]:8100", false },
		{ "http://10.0.0.1:8100", "10.0.0.1:8100", true },
		{ "http://example.com", "", false },
		{ "http://example.com,http://example.com", "example.com", false },
		{ "http://example.com HTTP/1.1,http://evil.com", "example.com", false },
		{ "http://example.com@evil.com", "example.com", false },
		{ "http://example.com/", "example.com", false },
		{ "http://example.com/path", "example.com", false },
		{ "http://example.com:", "example.com", false },
		{ "http://example.com:0", "example.com:0", false },
		{ "http://example.com:65536", "example.com:65536", false },
		{ "http://example.com:8x", "example.com:8x", false },
		{ "http://example.com", "example.com,example.com", false },
		{ "http://", "", false },
		{ "://example.com", "example.com", false },
		{ "example.com", "example.com", false },
		{ "null", "null", false },
		{ "null", "example.com", false },
		{ "file://", "example.com", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (origin_allowed(slice_of(rows[i].origin), slice_of(rows[i].host), none) !=
			rows[i].allowed)
			fail_msg("origin %s, host %s", rows[i].origin, rows[i].host);
}

static void test_loopback(void **state)
{
	static const char *const good[] = {
		"http://localhost",
		"http://localhost:3000",
		"http://LOCALHOST:3000",
		"https://localhost",
		"http://127.0.0.1:3000",
		"http://127.255.0.9",
		"http://[::1]:3000",
		"http://[::1]",
	};
	static const char *const bad[] = {
		"http://localhost.evil.com",
		"http://127.0.0.1.evil.com",
		"http://127.evil.com",
		"http://128.0.0.1",
		"http://127.0.0",
		"http://127.0.0.1.1",
		"http://0x7f.0.0.1",
		"http://2130706433",
		"http://[::2]",
		"http://[::ffff:10.0.0.1]",
		"http://[::1",
		"http://[]",
		"http://[::1]evil.com",
		"http://::1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!origin_allowed(slice_of(good[i]), SLICE("example.com"), none))
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (origin_allowed(slice_of(bad[i]), SLICE("example.com"), none))
			fail_msg("%s", bad[i]);
}

static void test_list(void **state)
{
	char **list = LIST("https://app.example.com", "http://intern:8080/", "null");
	static const struct {
		const char *origin;
		bool allowed;
	} rows[] = {
		{ "https://app.example.com", true },
		{ "https://app.example.com:443", true },
		{ "HTTPS://App.Example.Com", true },
		{ "http://intern:8080", true },
		{ "null", true },
		{ "http://app.example.com", false },
		{ "https://app.example.com:444", false },
		{ "https://example.com", false },
		{ "http://intern", false },
		{ "http://localhost", false },
		{ "http://atrium", false },
		{ "nulls", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (origin_allowed(slice_of(rows[i].origin), SLICE("atrium"), list) !=
			rows[i].allowed)
			fail_msg("%s", rows[i].origin);
}

static void test_any(void **state)
{
	(void)state;
	assert_true(origin_allowed(SLICE("http://evil.com"), SLICE("a"), LIST("*")));
	assert_true(origin_allowed(SLICE("null"), SLICE("a"), LIST("http://b", "*")));
	assert_true(origin_allowed(SLICE("what is this"), SLICE("a"), LIST("*")));
}

static void test_no_browser(void **state)
{
	(void)state;
	assert_true(origin_allowed(SLICE(""), SLICE("a"), none));
	assert_true(origin_allowed(SLICE(""), SLICE("a"), LIST("http://b")));
}

static void test_host(void **state)
{
	static const char *const good[] = { "a", "a.b:1", "127.0.0.1:8100", "[::1]:8100",
		"a_b-c~" };
	static const char *const bad[] = { "", ":80", "a:", "a b", "a,b", "a/b", "a:b", "[::1",
		"a@b" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!origin_host_valid(slice_of(good[i])))
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (origin_host_valid(slice_of(bad[i])))
			fail_msg("%s", bad[i]);
	assert_false(origin_host_valid(slice_make("a\0b", 3)));
	assert_false(origin_allowed(slice_make("http\0://a", 9), SLICE("a"), none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_host),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_no_browser),
		cmocka_unit_test(test_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
