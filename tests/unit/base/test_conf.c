/* test_conf.c - settings: defaults, file, environment, errors, canonical form */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/base/conf.h"
#include "proto/base/mem.h"

struct gateway {
	char *listen;
	int64_t port;
	char **origins;
	int64_t max_message, ping_interval, journal;
	bool websocket;
};

struct room {
	int64_t history;
	char *greeting;
	char **origins;
	char *listen;
};

static const struct conf_key gateway_keys[] = {
	CONF_KEY(CONF_STRING, struct gateway, listen, .def = "127.0.0.1", .help = "where"),
	CONF_KEY(CONF_INT, struct gateway, port, .def = "8100", .max = 65535, .help = "port"),
	CONF_KEY(CONF_LIST, struct gateway, origins, .def = "", .reload = true, .help = "origins"),
	CONF_KEY(CONF_SIZE, struct gateway, max_message, .def = "64K", .min = 1024, .max = 1 << 24,
		.reload = true, .help = "largest message"),
	CONF_KEY(CONF_DURATION, struct gateway, ping_interval, .def = "25s"),
	CONF_KEY(CONF_CHOICE, struct gateway, journal, .def = "process",
		.choices = "memory|process|disk", .help = "what it promises"),
	CONF_KEY(CONF_BOOL, struct gateway, websocket, .def = "yes", .help = "endpoints"),
	{ 0 },
};

static const struct conf_key room_keys[] = {
	CONF_KEY(CONF_INT, struct room, history, .def = "100"),
	CONF_KEY(CONF_STRING, struct room, greeting, .def = ""),
	CONF_KEY(CONF_LIST, struct room, origins, .def = "", .inherit = "gateway", .reload = true,
		.help = "whose"),
	CONF_KEY(CONF_STRING, struct room, listen, .def = "", .inherit = "gateway", .reload = true),
	{ 0 },
};

static const struct conf_section sections[] = {
	{ .name = "gateway", .keys = gateway_keys, .size = sizeof(struct gateway) },
	{ .name = "room",
		.keys = room_keys,
		.size = sizeof(struct room),
		.named = true,
		.help = "its rules" },
	{ 0 },
};

static const char *const foreign[] = { "hub", "gateway_extra", NULL };

static struct conf *conf;
static struct buf errors;

static int begin(void **state)
{
	(void)state;
	conf = conf_new(sections, foreign);
	return 0;
}

static int end(void **state)
{
	(void)state;
	conf_free(conf);
	conf_free(NULL);
	buf_done(&errors);
	return 0;
}

static const struct gateway *gateway(void)
{
	return conf_get(conf, "gateway");
}

static int load_with(const char *text, char **environment)
{
	buf_clear(&errors);
	return conf_load_text(conf, "a.conf", slice_of(text), environment, &errors);
}

static void assert_loads(const char *text)
{
	int result = load_with(text, NULL);

	if (errors.len)
		print_message("%s", buf_cstr(&errors));
	assert_int_equal(result, 0);
}

static void assert_fails(const char *text, const char *want)
{
	assert_int_equal(load_with(text, NULL), -EINVAL);
	assert_string_equal(buf_cstr(&errors), want);
}

static void assert_bad_value(const char *line, const char *want)
{
	_cleanup_(mem_freep) char *text = mem_printf("[gateway]\n%s\n", line);
	_cleanup_(mem_freep) char *error = mem_printf("a.conf:2: %s\n", want);

	assert_fails(text, error);
}

static void defaults(void **state)
{
	const char *label = "untouched";

	(void)state;
	assert_string_equal(gateway()->listen, "127.0.0.1");
	assert_int_equal(gateway()->port, 8100);
	assert_null(gateway()->origins[0]);
	assert_int_equal(gateway()->max_message, 65536);
	assert_int_equal(gateway()->ping_interval, 25000);
	assert_int_equal(gateway()->journal, 1);
	assert_true(gateway()->websocket);
	assert_null(conf_get_named(conf, "room", 0, &label));
	assert_string_equal(label, "untouched");
}

static void reads_every_type(void **state)
{
	(void)state;
	assert_loads("\xEF\xBB\xBF# a comment\n; another\n\n[gateway] ; yes\r\n"
		     "listen = /run/a dir\t\n\tport=0\norigins = https://a , b,,c:1\td\n"
		     "max_message =2m\nping_interval= 250ms # often\njournal = disk\n"
		     "websocket = OFF");
	assert_string_equal(gateway()->listen, "/run/a dir");
	assert_int_equal(gateway()->port, 0);
	assert_string_equal(gateway()->origins[0], "https://a");
	assert_string_equal(gateway()->origins[1], "b");
	assert_string_equal(gateway()->origins[2], "c:1");
	assert_string_equal(gateway()->origins[3], "d");
	assert_null(gateway()->origins[4]);
	assert_int_equal(gateway()->max_message, 2 << 20);
	assert_int_equal(gateway()->ping_interval, 250);
	assert_int_equal(gateway()->journal, 2);
	assert_false(gateway()->websocket);
	assert_loads("");
	assert_string_equal(gateway()->listen, "127.0.0.1"); /* loads begin from the defaults */
}

static void named_sections(void **state)
{
	const struct room *room;
	const char *label;

	(void)state;
	assert_loads("[room \"chat-*\"]\nhistory = 5\n[gateway]\nport = 1\n"
		     "[ room \"a ] \\\"b\\\" ; c\" ] # last\ngreeting = \"hi \"\n[room \"\"]\n");
	room = conf_get_named(conf, "room", 0, &label);
	assert_string_equal(label, "chat-*");
	assert_int_equal(room->history, 5);
	assert_string_equal(room->greeting, "");
	room = conf_get_named(conf, "room", 1, &label);
	assert_string_equal(label, "a ] \"b\" ; c");
	assert_int_equal(room->history, 100);
	assert_string_equal(room->greeting, "hi ");
	room = conf_get_named(conf, "room", 2, &label);
	assert_string_equal(label, "");
	assert_null(conf_get_named(conf, "room", 3, &label));
}

/* Wherever it stands, and whether it comes from the file or the environment. */
static void left_out_and_inherited(void **state)
{
	char *environment[] = { "ATRIUM_GATEWAY_ORIGINS=#a b", NULL };
	_cleanup_(buf_done) struct buf out = { 0 };
	const struct room *room;
	const char *label;

	(void)state;
	(void)load_with("[room \"a\"]\n[room \"b\"]\norigins =\nlisten = c\n"
			"[gateway]\nlisten = \"; d\"\n",
		environment);
	room = conf_get_named(conf, "room", 0, &label);
	room = conf_get_named(conf, "room", 1, &label);
	assert_string_equal(room->listen, "c");
	conf_print(conf, &out, true);
	assert_loads("[room \"a\"]\n"); /* nothing at all */
	assert_non_null(strstr(buf_cstr(&out),
		"[room \"a\"]\n# its rules\nhistory = 100\ngreeting =\n"
		"# whose (default: as in [gateway])\norigins = \"#a b\"\nlisten = \"; d\"\n"));
}

static void foreign_sections_are_skipped(void **state)
{
	(void)state;
	assert_loads("[hub]\nno_matter = what\nport = x\n[hub]\n[gateway]\nport = 7\n"
		     "[hub \"named\"]\nport = 8\n");
	assert_int_equal(gateway()->port, 7);
}

static void errors_in_values(void **state)
{
	(void)state;
	assert_bad_value("port = 70000", "[gateway] port: 70000 is out of range (0 to 65535)");
	assert_bad_value("port = -1", "[gateway] port: -1 is out of range (0 to 65535)");
	assert_bad_value("port = 80 90", "[gateway] port: \"80 90\" is not a whole number");
	assert_bad_value("port =", "[gateway] port: \"\" is not a whole number");
	assert_bad_value("port = 99999999999999999999",
		"[gateway] port: \"99999999999999999999\" is not a whole number");
	assert_bad_value("max_message = 1", "[gateway] max_message: 1 is out of range (1K to 16M)");
	assert_bad_value("max_message = 64KB",
		"[gateway] max_message: \"64KB\" is not a size (such as 64K, 1M, 2G)");
	assert_bad_value("max_message = 9223372036854775807G",
		"[gateway] max_message: \"9223372036854775807G\" is not a size "
		"(such as 64K, 1M, 2G)");
	assert_bad_value("ping_interval = 25",
		"[gateway] ping_interval: \"25\" is not a duration "
		"(such as 250ms, 10s, 5m, 1h, 1d)");
	assert_bad_value("ping_interval = -5s",
		"[gateway] ping_interval: \"-5s\" is not a duration "
		"(such as 250ms, 10s, 5m, 1h, 1d)");
	assert_bad_value(
		"journal = Disk", "[gateway] journal: \"Disk\" is none of memory|process|disk");
	assert_bad_value("websocket = 2", "[gateway] websocket: \"2\" is neither yes nor no");
	assert_bad_value("listen = \"a", "the closing quote is missing");
	assert_bad_value("listen = \"a\\", "the closing quote is missing");
	assert_bad_value("listen = \"a\" b", "there is more after the closing quote");
	assert_bad_value("listen = \"a\\n\"", "only \\\" and \\\\ have a meaning in quotes");
	assert_bad_value("listen = ;a", "a value that begins with ; or # must be in quotes");
	assert_bad_value(
		"listen = \"a\tb\"", "[gateway] listen: has control characters, or is not UTF-8");
}

static void errors_in_lines(void **state)
{
	(void)state;
	assert_bad_value("prot = 1", "[gateway] no such key \"prot\" (did you mean \"port\"?)");
	assert_bad_value("maxmessage = 1",
		"[gateway] no such key \"maxmessage\" (did you mean \"max_message\"?)");
	assert_bad_value("zebra = 1", "[gateway] no such key \"zebra\"");
	assert_bad_value("= 1", "[gateway] no such key \"\"");
	assert_bad_value("port: 1", "neither [section] nor key = value");
	assert_bad_value("port: a = 1", "neither [section] nor key = value");
	assert_bad_value("port", "neither [section] nor key = value");
	assert_bad_value("listen = a\x01", "the line has control characters, or is not UTF-8");
	assert_bad_value("listen = \xFF", "the line has control characters, or is not UTF-8");
	assert_fails("port = 1\n", "a.conf:1: a key must be in a [section]\n");
	assert_fails("[gateway]\nport = 1\nport = 2",
		"a.conf:3: [gateway] port is set twice (first in line 2)\n");
	/* an indented line continues nothing */
	assert_fails(
		"[gateway]\nlisten = a\n  b\n", "a.conf:3: neither [section] nor key = value\n");
}

static void errors_in_sections(void **state)
{
	(void)state;
	assert_fails("\n[gatway]\nx = 1",
		"a.conf:2: no such section [gatway] (did you mean [gateway]?)\n");
	assert_fails("[zebra]", "a.conf:1: no such section [zebra]\n");
	assert_fails("[gateway]\n\n[gateway]\n",
		"a.conf:3: [gateway] appears twice (first in line 1)\n");
	assert_fails("[room \"a\"]\n[room \"b\"]\n[room \"a\"]",
		"a.conf:3: [room \"a\"] appears twice (first in line 1)\n");
	assert_fails("[room]\nno = matter", "a.conf:1: [room \"...\"] needs a name\n");
	assert_fails("[gateway \"x\"]", "a.conf:1: [gateway] has no name of its own\n");
	assert_fails("[]", "a.conf:1: the section has no name\n");
	assert_fails("[gateway", "a.conf:1: a section is written [name] or [name \"label\"]\n");
	assert_fails("[room a]", "a.conf:1: a section is written [name] or [name \"label\"]\n");
	assert_fails("[room \"a]", "a.conf:1: the closing quote is missing\n");
	assert_fails(
		"[gateway] x", "a.conf:1: there is more after the section's closing bracket\n");
}

static void all_errors_are_told(void **state)
{
	(void)state;
	assert_loads("[gateway]\nport = 5");
	assert_fails("[gateway]\nport = x\nfoo = 1\n[nowhere]\n[room \"r\"]\nhistory = y",
		"a.conf:2: [gateway] port: \"x\" is not a whole number\n"
		"a.conf:3: [gateway] no such key \"foo\"\n"
		"a.conf:4: no such section [nowhere]\n"
		"a.conf:6: [room \"r\"] history: \"y\" is not a whole number\n");
	assert_int_equal(gateway()->port, 5); /* as before */
}

/* inih itself would cut a line at 200 bytes and a section at 50, in silence. */
static void long_lines(void **state)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	const char *label;

	(void)state;
	buf_printf(&text, "[gateway]\nlisten = %01990d\n[room \"%0500d\"]\n", 1, 2);
	assert_loads(buf_cstr(&text));
	assert_int_equal(strlen(gateway()->listen), 1990);
	assert_non_null(conf_get_named(conf, "room", 0, &label));
	assert_int_equal(strlen(label), 500);

	buf_clear(&text);
	buf_printf(&text, "[gateway]\nlisten = %02001d\n", 1);
	assert_fails(buf_cstr(&text), "a.conf:2: [gateway] listen: longer than 2000 bytes\n");

	buf_clear(&text);
	buf_printf(&text, "[gateway]\nlisten = %04087d\n", 1); /* 4096 */
	assert_fails(buf_cstr(&text), "a.conf:2: [gateway] listen: longer than 2000 bytes\n");

	buf_clear(&text);
	buf_printf(&text, "[gateway]\nlisten = %04088d\nport = 1", 1);
	assert_fails(buf_cstr(&text), "a.conf:2: the line is longer than 4096 bytes\n");
}

static void environment_overrides(void **state)
{
	char *environment[] = { "PATH=/bin", "ATRIUM_GATEWAY_PORT=9",
		"ATRIUM_GATEWAY_LISTEN=\"x ; y", "ATRIUM_GATEWAY_ORIGINS=a b\nc", "ATRIUM_CONF=/x",
		"ATRIUM_HUB_NO=1", "ATRIUM_GATEWAY_EXTRA_NO=1", "ATRIUM_GATEWAYS=1", "ATRIUM_",
		"ATRIUM_=", NULL };

	(void)state;
	assert_int_equal(load_with("[gateway]\nport = 7\nmax_message = 1M\n", environment), 0);
	assert_int_equal(gateway()->port, 9);
	assert_string_equal(gateway()->listen, "\"x ; y"); /* as it is */
	assert_string_equal(gateway()->origins[2], "c");
	assert_int_equal(gateway()->max_message, 1 << 20);
}

static void environment_errors(void **state)
{
	char *environment[] = { "ATRIUM_GATEWAY_PORT=x", "ATRIUM_GATEWAY_PROT=1",
		"ATRIUM_GATEWAY_=1", "ATRIUM_GATEWAY_port=1", "ATRIUM_GATEWAY_LISTEN=a\nb",
		"ATRIUM_ROOM_HISTORY=1",
		"ATRIUM_GATEWAY_A_NAME_THAT_IS_LONGER_THAN_ANY_KEY_OF_OURS_IS=1", NULL };

	(void)state;
	assert_int_equal(load_with("[gateway]\nport = y", environment), -EINVAL);
	assert_string_equal(buf_cstr(&errors),
		"a.conf:2: [gateway] port: \"y\" is not a whole number\n"
		"environment: ATRIUM_GATEWAY_PORT: \"x\" is not a whole number\n"
		"environment: ATRIUM_GATEWAY_PROT: no such key (did you mean "
		"ATRIUM_GATEWAY_PORT?)\n"
		"environment: ATRIUM_GATEWAY_: no such key\n"
		"environment: ATRIUM_GATEWAY_port: no such key\n"
		"environment: ATRIUM_GATEWAY_LISTEN: has control characters, or is not UTF-8\n"
		"environment: ATRIUM_ROOM_HISTORY: a named section cannot be set from the "
		"environment\n"
		"environment: ATRIUM_GATEWAY_A_NAME_THAT_IS_LONGER_THAN_ANY_KEY_OF_OURS_IS: "
		"no such key\n");
}

static void canonical_form(void **state)
{
	_cleanup_(buf_done) struct buf out = { 0 };

	(void)state;
	assert_loads("[room \"a\\\"b\"]\nhistory=1\n[gateway]\norigins=a,b\nmax_message=2048\n"
		     "ping_interval=90s\nlisten=\" a;\"\nwebsocket=0\n");
	conf_print(conf, &out, false);
	assert_string_equal(buf_cstr(&out),
		"[gateway]\nlisten = \" a;\"\nport = 8100\norigins = a b\nmax_message = 2K\n"
		"ping_interval = 90s\njournal = process\nwebsocket = no\n\n"
		"[room \"a\\\"b\"]\nhistory = 1\ngreeting =\norigins = a b\nlisten = \" a;\"\n");
}

static void help_is_printed(void **state)
{
	_cleanup_(buf_done) struct buf out = { 0 };

	(void)state;
	conf_print(conf, &out, true);
	assert_string_equal(buf_cstr(&out),
		"[gateway]\n# where (default: 127.0.0.1)\nlisten = 127.0.0.1\n"
		"# port (default: 8100)\nport = 8100\n# origins (default: empty)\norigins =\n"
		"# largest message (default: 64K)\nmax_message = 64K\nping_interval = 25s\n"
		"# what it promises: memory|process|disk (default: process)\njournal = process\n"
		"# endpoints (default: yes)\nwebsocket = yes\n");
	assert_loads(buf_cstr(&out));
}

/* Whatever a string holds, the canonical form reads back as the same. */
static void prints_what_reads_back(void **state)
{
	static const char *const values[] = { "", " ", "a", " a", "a ", "a b", ";", "#", "a;",
		"a ;", "a #b", "\"", "\"a\"", "a\"b", "\\", "\\\"", "a\\", "=", "a = b", "[x]", "'",
		":", "\xC3\xA9 \xE2\x82\xAC" };

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		_cleanup_(mem_freep) char *listen = mem_printf(
			"ATRIUM_GATEWAY_LISTEN=%s", values[i]);
		_cleanup_(mem_freep) char *list = mem_printf(
			"ATRIUM_GATEWAY_ORIGINS=%s x %s", values[i], values[i]);
		char *environment[] = { listen, list, NULL };
		_cleanup_(buf_done) struct buf first = { 0 }, second = { 0 };

		assert_int_equal(load_with("", environment), 0);
		conf_print(conf, &first, i % 2);
		assert_loads(buf_cstr(&first));
		assert_string_equal(gateway()->listen, values[i]);
		conf_print(conf, &second, i % 2);
		assert_true(slice_eq(buf_slice(&first), buf_slice(&second)));
	}
}

static void what_needs_a_restart(void **state)
{
	struct conf *after = conf_new(sections, foreign);
	_cleanup_(buf_done) struct buf names = { 0 };

	(void)state;
	conf_diff_fixed(conf, after, &names);
	assert_int_equal(names.len, 0);
	assert_loads("[room \"a\"]\n[room \"b\"]\nhistory = 2\n");
	assert_int_equal(conf_load_text(after, "b.conf",
				 SLICE("[gateway]\nport = 1\norigins = x\nmax_message = 1M\n"
				       "listen = y\n[room \"b\"]\n[room \"c\"]\n"),
				 NULL, &errors),
		0);
	conf_diff_fixed(conf, after, &names);
	assert_string_equal(buf_cstr(&names),
		"gateway.listen gateway.port room.\"a\".history room.\"a\".greeting "
		"room.\"b\".history room.\"c\".history room.\"c\".greeting");
	conf_free(after);
}

static void files(void **state)
{
	char path[] = "/tmp/test_conf.XXXXXX";
	int fd;

	(void)state;
	buf_clear(&errors);
	assert_int_equal(conf_load(conf, NULL, NULL, &errors), 0);
	assert_int_equal(conf_load(conf, "/", NULL, &errors), -EISDIR);
	assert_string_equal(buf_cstr(&errors), "/: Is a directory\n");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "[gateway]\nport = 12\n", 20), 20);
	close(fd);
	assert_int_equal(conf_load(conf, path, NULL, &errors), 0);
	assert_int_equal(gateway()->port, 12);
	assert_int_equal(truncate(path, 2 << 20), 0);
	assert_int_equal(conf_load(conf, path, NULL, &errors), -EFBIG);
	unlink(path);
	buf_clear(&errors);
	assert_int_equal(conf_load(conf, path, NULL, &errors), -ENOENT);
	assert_int_equal(gateway()->port, 12);
}

/* Every truncation of a file either loads or is refused; none crashes. */
static void every_truncation(void **state)
{
	static const char text[] = "\xEF\xBB\xBF; c\n[gateway]\nlisten = \"a \\\"b\\\" ;\" # x\r\n"
				   "origins = a,b\n[room \"x\\\\\"]\nhistory = 5\n[hub]\nz = 1\n";

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		_cleanup_(mem_freep) char *copy = mem_strndup(text, len);
		int result;

		buf_clear(&errors);
		result = conf_load_text(conf, "a", slice_make(copy, len), NULL, &errors);
		assert_true(result == 0 ? errors.len == 0 : errors.len > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(defaults, begin, end),
		cmocka_unit_test_setup_teardown(reads_every_type, begin, end),
		cmocka_unit_test_setup_teardown(named_sections, begin, end),
		cmocka_unit_test_setup_teardown(left_out_and_inherited, begin, end),
		cmocka_unit_test_setup_teardown(foreign_sections_are_skipped, begin, end),
		cmocka_unit_test_setup_teardown(errors_in_values, begin, end),
		cmocka_unit_test_setup_teardown(errors_in_lines, begin, end),
		cmocka_unit_test_setup_teardown(errors_in_sections, begin, end),
		cmocka_unit_test_setup_teardown(all_errors_are_told, begin, end),
		cmocka_unit_test_setup_teardown(long_lines, begin, end),
		cmocka_unit_test_setup_teardown(environment_overrides, begin, end),
		cmocka_unit_test_setup_teardown(environment_errors, begin, end),
		cmocka_unit_test_setup_teardown(canonical_form, begin, end),
		cmocka_unit_test_setup_teardown(help_is_printed, begin, end),
		cmocka_unit_test_setup_teardown(prints_what_reads_back, begin, end),
		cmocka_unit_test_setup_teardown(what_needs_a_restart, begin, end),
		cmocka_unit_test_setup_teardown(files, begin, end),
		cmocka_unit_test_setup_teardown(every_truncation, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
