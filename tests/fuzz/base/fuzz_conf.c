/* fuzz_conf.c - settings that load print as text that loads as the same */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "proto/base/conf.h"
#include "proto/base/mem.h"

struct all {
	bool flag;
	int64_t number, size, duration, choice;
	char *string;
	char **list;
};

static const struct conf_key keys[] = {
	CONF_KEY(CONF_BOOL, struct all, flag, .def = "no"),
	CONF_KEY(CONF_INT, struct all, number, .def = "1", .help = "a number"),
	CONF_KEY(CONF_SIZE, struct all, size, .def = "64K", .min = 1, .max = 1 << 30),
	CONF_KEY(CONF_DURATION, struct all, duration, .def = "10s"),
	CONF_KEY(CONF_CHOICE, struct all, choice, .def = "b", .choices = "a|b|cc"),
	CONF_KEY(CONF_STRING, struct all, string, .def = "", .help = "a string"),
	CONF_KEY(CONF_LIST, struct all, list, .def = "", .reload = true),
	{ 0 },
};

/* Left out, they are what those of [one] are. */
static const struct conf_key many_keys[] = {
	CONF_KEY(CONF_BOOL, struct all, flag, .def = "yes", .inherit = "one"),
	CONF_KEY(CONF_INT, struct all, number, .def = "2", .inherit = "one"),
	CONF_KEY(CONF_SIZE, struct all, size, .def = "1", .inherit = "one", .help = "a size"),
	CONF_KEY(CONF_DURATION, struct all, duration, .def = "0", .inherit = "one"),
	CONF_KEY(
		CONF_CHOICE, struct all, choice, .def = "b", .choices = "a|b|cc", .inherit = "one"),
	CONF_KEY(CONF_STRING, struct all, string, .def = "", .inherit = "one"),
	CONF_KEY(CONF_LIST, struct all, list, .def = "", .reload = true, .inherit = "one"),
	{ 0 },
};

static const struct conf_section sections[] = {
	{ .name = "one", .keys = keys, .size = sizeof(struct all) },
	{ .name = "many",
		.keys = many_keys,
		.size = sizeof(struct all),
		.named = true,
		.help = "many" },
	{ 0 },
};

static const char *const foreign[] = { "other", NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* If there is a NUL: what is before it is a variable of the environment. The rest is the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_make(data, size), text = input;
	_cleanup_(buf_done) struct buf errors = { 0 }, first = { 0 }, second = { 0 }, diff = { 0 };
	char *environment[] = { NULL, NULL };
	struct conf *conf = conf_new(sections, foreign), *again = conf_new(sections, foreign);
	const char *nul = size ? memchr(input.ptr, '\0', size) : NULL;
	bool help = size % 2;

	if (nul) {
		environment[0] = mem_printf("ATRIUM_ONE_%s", input.ptr);
		text = slice_make(nul + 1, (size_t)(input.ptr + size - nul - 1));
	}
	if (conf_load_text(conf, "first", text, environment, &errors) == 0) {
		assert(errors.len == 0);
		conf_print(conf, &first, help);
		assert(conf_load_text(again, "again", buf_slice(&first), NULL, &errors) == 0);
		conf_print(again, &second, help);
		assert(slice_eq(buf_slice(&first), buf_slice(&second)));
		conf_diff_fixed(conf, again, &diff);
		assert(diff.len == 0);
	} else {
		assert(errors.len > 0);
	}
	mem_free(environment[0]);
	conf_free(conf);
	conf_free(again);
	return 0;
}
