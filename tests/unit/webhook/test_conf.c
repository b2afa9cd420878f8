/* test_conf.c - an endpoint's settings, and lines of headers */
/* SPDX-License-Identifier: MIT */
#include "webhook/conf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "webhook/headers.h"

static void urls(void **state)
{
	static const char *const good[] = { "", "http://a", "https://a/",
		"http://127.0.0.1:80/x?y=@", "https://[::1]:8443/hook", "http://a?b" };
	static const char *const bad[] = { "a", "ftp://a", "http://", "https:///x", "http://:80/",
		"http://user@a/", "http://user:secret@a/", "http://a/ b", "http://a/#x",
		"file:///etc/passwd", "HTTP://a", "http://a/\n", "http://\xc3\xa4/" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_null(conf_url_check(slice_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(conf_url_check(slice_of(bad[i])));
}

static void labels(void **state)
{
	char longest[CONF_LABEL_MAX + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	assert_null(conf_label_check(slice_make(longest, CONF_LABEL_MAX)));
	assert_non_null(conf_label_check(slice_make(longest, CONF_LABEL_MAX + 1)));
	assert_null(conf_label_check(SLICE("Az-09_")));
	assert_non_null(conf_label_check(SLICE("")));
	assert_non_null(conf_label_check(SLICE("a.b")));
	assert_non_null(conf_label_check(SLICE("a b")));
}

static void wants(void **state)
{
	char *events[] = { (char *)"message", (char *)"vacated", NULL };
	char *types[] = { (char *)"chat", NULL };
	char *none[] = { NULL };
	struct webhook_conf conf = { .events = events, .types = types };

	(void)state;
	assert_true(conf_wants(&conf, WEBHOOK_MESSAGE));
	assert_true(conf_wants(&conf, WEBHOOK_VACATED));
	assert_false(conf_wants(&conf, WEBHOOK_CONNECT));
	assert_true(conf_wants_type(&conf, SLICE("chat")));
	assert_false(conf_wants_type(&conf, SLICE("chats")));
	assert_int_equal(conf_what(&conf), HANDLER_PEOPLE | HANDLER_MESSAGES);
	events[1] = NULL;
	assert_int_equal(conf_what(&conf), HANDLER_MESSAGES);
	conf.types = none;
	assert_true(conf_wants_type(&conf, SLICE("anything")));
	assert_null(conf_event_check(SLICE("occupied")));
	assert_non_null(conf_event_check(SLICE("joined")));
	assert_null(conf_type_check(SLICE("chat")));
	assert_non_null(conf_type_check(SLICE("")));
}

/* The results one after the other: a line, `!` for what is none. */
static void expect_headers(const char *text, const char *expected)
{
	struct slice left = slice_of(text), line;
	char got[256] = "";
	int r;

	while ((r = headers_next(&left, &line)) != 0) {
		if (r > 0)
			strncat(got, line.ptr, line.len);
		strcat(got, r > 0 ? "|" : "!");
	}
	assert_string_equal(got, expected);
}

static void headers(void **state)
{
	(void)state;
	expect_headers("", "");
	expect_headers("\n\n# a comment\n", "");
	expect_headers("Authorization: Bearer x", "Authorization: Bearer x|");
	expect_headers("A: b\r\nC:d\n", "A: b|C:d|");
	expect_headers("no colon\nA: b", "!A: b|");
	expect_headers("A:\nA: \nB : c\n: d\n", "!!!!");
	expect_headers("A: b\001c\n", "!");
	expect_headers("Webhook-Signature: v1,x\nCONTENT-LENGTH: 3\nHost: x\n", "!!!");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),
		cmocka_unit_test(labels),
		cmocka_unit_test(wants),
		cmocka_unit_test(headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
