/* test_conf_check.c - settings: what only a process knows to be wrong */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "proto/base/conf.h"
#include "proto/base/mem.h"

struct color {
	char *name;
	char **others;
};

static const char *check_color(struct slice text)
{
	return slice_eq(text, SLICE("red")) || slice_eq(text, SLICE("blue")) ? NULL : "is no color";
}

static const struct conf_key keys[] = {
	CONF_KEY(CONF_STRING, struct color, name, .def = "red", .check = check_color),
	CONF_KEY(CONF_LIST, struct color, others, .def = "", .check = check_color),
	{ 0 },
};

static const struct conf_section sections[] = {
	{ .name = "color",
		.keys = keys,
		.size = sizeof(struct color),
		.named = true,
		.check = check_color,
		.most = 2 },
	{ 0 },
};

/* Empty: it is good. */
static void expect(const char *text, const char *wrong)
{
	static const char *const foreign[] = { NULL };
	_cleanup_(buf_done) struct buf errors = { .cap = 0 };
	struct conf *conf = conf_new(sections, foreign);
	int r = conf_load_text(conf, "a.conf", slice_of(text), NULL, &errors);

	assert_string_equal(buf_cstr(&errors), wrong);
	assert_int_equal(r, *wrong ? -EINVAL : 0);
	conf_free(conf);
}

static void test_values(void **state)
{
	(void)state;
	expect("[color \"red\"]\nname = blue\nothers = red, blue\n[color \"blue\"]\nothers =\n",
		"");
	expect("[color \"red\"]\nname = pink\nothers = red mauve",
		"a.conf:2: [color \"red\"] name: \"pink\": is no color\n"
		"a.conf:3: [color \"red\"] others: \"mauve\": is no color\n");
	expect("[color \"red\"]\nname =", "a.conf:2: [color \"red\"] name: \"\": is no color\n");
}

static void test_sections(void **state)
{
	(void)state;
	expect("[color \"puce\"]\nname = pink",
		"a.conf:1: [color \"puce\"] is no color\n"
		"a.conf:2: [color \"puce\"] name: \"pink\": is no color\n");
	expect("[color \"red\"]\n[color \"blue\"]\n[color \"red2\"]",
		"a.conf:3: [color \"red2\"] is one too many\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
