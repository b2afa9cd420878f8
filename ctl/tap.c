/* tap.c - atrium tap: prints all that is said on a server, as it is said */
/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/commands.h"
#include "ctl/server.h"
#include "ctl/table.h"
#include "ctl/websocket.h"
#include "proto/base/mem.h"

static const struct ctl_option options[] = {
	OPTION('r', "room", "PATTERN", "only in rooms whose names match: * and ? are wild"),
	OPTION('u', "user", "PATTERN", "only by users, or to them"),
	OPTION('y', "type", "PATTERN",
		"only messages of these types; join and leave are types too"),
	OPTION('i', "id", "ID", "only by this connection, or to it"),
	OPTION_BRIEF('n', "count", "N", "end after so many messages"),
	SERVER_OPTIONS,
	{ .val = 0 },
};

struct tap {
	const struct command *command;
	struct server server;
	json_t *filter;
	long count; /* how many more; -1: any number */
};

/* ---- what is printed ---- */

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static void put_part(struct buf *line, const char *before, const char *text)
{
	buf_put(line, slice_of(before));
	table_safe(line, slice_of(text));
}

static void put_time(struct buf *line, const json_t *tapped)
{
	time_t seconds = (time_t)(json_integer_value(json_object_get(tapped, "time")) / 1000);
	char text[16] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	buf_put(line, slice_of(text));
}

/* `TIME KIND in ROOM (or to TARGET) NICKNAME (TYPE): {what it says}` */
static void print_tapped(const json_t *tapped)
{
	const json_t *message = json_object_get(tapped, "message");
	_cleanup_(buf_done) struct buf line = { .cap = 0 };
	char *param = json_dumps(json_object_get(message, "param"), JSON_COMPACT);

	put_time(&line, tapped);
	put_part(&line, " ", text_of(tapped, "kind"));
	if (json_object_get(tapped, "in"))
		put_part(&line, " in ", text_of(tapped, "in"));
	if (json_object_get(tapped, "target"))
		put_part(&line, " to ", text_of(tapped, "target"));
	put_part(&line, " ", text_of(tapped, "nickname"));
	if (message) {
		put_part(&line, " (", text_of(message, "cmd"));
		put_part(&line, "): ", param ? param : "");
	}
	puts(buf_cstr(&line));
	free(param);
}

/* Newlines in a JSON text are white space: inside of strings they are written \n. */
static void print_raw(const struct buf *text)
{
	for (size_t i = 0; i < text->len; i++)
		putchar(text->data[i] == '\n' || text->data[i] == '\r' ? ' ' : text->data[i]);
	putchar('\n');
}

static int on_tapped(struct tap *tap, const json_t *tapped, const struct buf *raw)
{
	if (strcmp(text_of(tapped, "kind"), "left_out") == 0) {
		ctl_complain("%lld more are not shown",
			(long long)json_integer_value(json_object_get(tapped, "count")));
		return CTL_OK;
	}
	if (tap->server.json)
		print_raw(raw);
	else
		print_tapped(tapped);
	if (tap->count > 0)
		tap->count--;
	return ctl_flush();
}

/* ---- the connection ---- */

static int on_error(const json_t *param)
{
	ctl_complain("%s: %s", text_of(param, "code"), text_of(param, "content"));
	return strcmp(text_of(param, "code"), "forbidden") == 0 ? CTL_REFUSED : CTL_FAILED;
}

static int on_message(struct tap *tap, const struct buf *text)
{
	json_t *message = json_loadb(text->data, text->len, 0, NULL);
	const json_t *param = json_object_get(message, "param");
	const char *cmd = text_of(message, "cmd");
	int status = CTL_OK;

	if (strcmp(cmd, "tapped") == 0)
		status = on_tapped(tap, param, text);
	else if (strcmp(cmd, "error") == 0)
		status = on_error(param);
	json_decref(message);
	return status;
}

static int ask(const struct tap *tap, struct websocket *websocket, struct websocket_end *end)
{
	json_t *wish = json_pack("{s:s, s:{s:O}}", "cmd", "tap", "param", "filter", tap->filter);
	char *text = json_dumps(wish, JSON_COMPACT);
	int r = websocket_write(websocket, slice_of(text), end);

	free(text);
	json_decref(wish);
	return r;
}

static int judge(const struct tap *tap, const struct websocket_end *end)
{
	int status = end->status ? end->status : end->code;

	if (end->unreached)
		return server_unreached(&tap->server, end->reason);
	ctl_complain("%s: %s (%d)", tap->server.url, end->reason, status);
	return status == 401 || status == 403 || status == 4401 || status == 4403 ? CTL_REFUSED
										  : CTL_AWAY;
}

/* In a room of its own, as who names none has in this dialect. */
static int follow(struct tap *tap)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	struct websocket *websocket = NULL;
	struct websocket_end end;
	int status = CTL_OK, r;

	r = websocket_open(tap->server.url, "/connect", tap->server.token, &websocket, &end);
	if (r == 0)
		r = ask(tap, websocket, &end);
	while (r == 0 && status == CTL_OK && tap->count != 0) {
		r = websocket_read(websocket, &text, &end);
		if (r == 0)
			status = on_message(tap, &text);
	}
	websocket_free(websocket);
	return r < 0 ? judge(tap, &end) : status;
}

/* NULL: the option is no part of the filter. */
static const char *part_of(int option)
{
	switch (option) {
	case 'r':
		return "room";
	case 'u':
		return "user";
	case 'y':
		return "type";
	case 'i':
		return "connection";
	default:
		return NULL;
	}
}

static int read_options(struct tap *tap, int argc, char **argv, bool *ret_go)
{
	int option, status;
	char *end = NULL;

	*ret_go = false;
	while ((option = ctl_option(tap->command, argc, argv, &status)) >= 0) {
		if (server_take(&tap->server, option))
			continue;
		if (part_of(option)) {
			json_object_set_new(tap->filter, part_of(option), json_string(optarg));
			continue;
		}
		tap->count = strtol(optarg, &end, 10);
		if (*end || tap->count < 1)
			return ctl_usage_error(
				tap->command, "'%s' is no number of messages", optarg);
	}
	*ret_go = option != -2;
	return status;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct tap tap = { .command = command, .filter = json_object(), .count = -1 };
	bool go;
	int status = read_options(&tap, argc, argv, &go);

	if (go) {
		status = server_open(command, &tap.server);
		if (status == CTL_OK)
			status = follow(&tap);
		server_done(&tap.server);
	}
	json_decref(tap.filter);
	return status;
}

const struct command command_tap = {
	.name = "tap",
	.summary = "print all that is said on a server, as it is said",
	.usage = "[OPTION]...",
	.about =
		"A line for each message to a room, to a connection or to everyone, each change of a "
		"room's state, and who joins and leaves: private messages included, so the token has "
		"to be an administrator's, and that one looks is in the server's log. What is more "
		"than the server shows in a second is counted on standard error. --json prints the "
		"messages as they came.",
	.options = options,
	.run = run,
};
