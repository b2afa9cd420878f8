/* tail.c - atrium tail: prints what is said in a room, over interruptions */
/* SPDX-License-Identifier: MIT */
#include <curl/curl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/server.h"
#include "ctl/table.h"
#include "ctl/websocket.h"
#include "proto/base/mem.h"

enum { WAIT_FIRST_MS = 250, WAIT_MAX_MS = 10000 };

static const struct ctl_option options[] = {
	OPTION_BRIEF('n', "count", "N", "end after so many messages"),
	SERVER_OPTIONS,
	{ .val = 0 },
};

/* What a server says on its own account of connections, not what is said in a room. */
static const char *const not_said[] = { "welcome", "joined", "left", "users_update", "rooms",
	"pong", "authorized", "expiring", "ack", "history" };

struct tail {
	const struct command *command;
	struct server server;
	const char *room;
	long count; /* how many more; -1: any number */
	long long offset;
	char epoch[32]; /* empty: it was never joined */
	unsigned wait_ms;
};

/* ---- what is printed ---- */

static bool is_said(const char *type)
{
	for (size_t i = 0; i < sizeof(not_said) / sizeof(*not_said); i++)
		if (strcmp(type, not_said[i]) == 0)
			return false;
	return true;
}

/* Newlines in a JSON text are white space: inside of strings they are written \n. */
static void print_raw(const struct buf *text)
{
	for (size_t i = 0; i < text->len; i++)
		putchar(text->data[i] == '\n' || text->data[i] == '\r' ? ' ' : text->data[i]);
	putchar('\n');
}

static void print_said(const char *type, const json_t *message)
{
	static const char *const known[] = { "type", "room", "id", "nickname", "user", "offset" };
	const char *nickname = json_string_value(json_object_get(message, "nickname"));
	const char *content = json_string_value(json_object_get(message, "content"));
	_cleanup_(buf_done) struct buf line = { .cap = 0 };
	json_t *rest = json_copy((json_t *)message);
	char *dump = NULL;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		json_object_del(rest, known[i]);
	if (!content || json_object_size(rest) != 1)
		content = dump = json_dumps(rest, JSON_COMPACT);
	table_safe(&line, slice_of(nickname ? nickname : "-"));
	if (strcmp(type, "message") != 0) {
		buf_put(&line, SLICE(" ("));
		table_safe(&line, slice_of(type));
		buf_putc(&line, ')');
	}
	buf_put(&line, SLICE(": "));
	table_safe(&line, slice_of(content));
	puts(buf_cstr(&line));
	free(dump);
	json_decref(rest);
}

/* ---- what comes ---- */

static int on_joined(struct tail *tail, const json_t *message)
{
	const char *epoch = json_string_value(json_object_get(message, "epoch"));

	if (tail->epoch[0] && !json_is_true(json_object_get(message, "recovered")))
		ctl_complain("what was said meanwhile is lost");
	if (!tail->epoch[0] || !json_is_true(json_object_get(message, "recovered")))
		tail->offset = json_integer_value(json_object_get(message, "offset"));
	snprintf(tail->epoch, sizeof(tail->epoch), "%s", epoch ? epoch : "-");
	tail->wait_ms = WAIT_FIRST_MS;
	return CTL_OK;
}

static int on_error(const struct tail *tail, const json_t *message)
{
	const char *content = json_string_value(json_object_get(message, "content"));
	const char *code = json_string_value(json_object_get(message, "code"));

	ctl_complain("%s: %s", code ? code : "error", content ? content : "");
	return tail->epoch[0] ? CTL_OK : CTL_REFUSED;
}

static int on_said(
	struct tail *tail, const char *type, const json_t *message, const struct buf *text)
{
	const json_t *offset = json_object_get(message, "offset");

	if (json_is_integer(offset))
		tail->offset = json_integer_value(offset);
	if (tail->server.json)
		print_raw(text);
	else
		print_said(type, message);
	if (tail->count > 0)
		tail->count--;
	return ctl_flush();
}

static int on_message(struct tail *tail, const struct buf *text)
{
	json_t *message = json_loadb(text->data, text->len, 0, NULL);
	const char *type = json_string_value(json_object_get(message, "type"));
	int status = CTL_OK;

	if (!type)
		; /* nothing that we know */
	else if (strcmp(type, "joined") == 0)
		status = on_joined(tail, message);
	else if (strcmp(type, "error") == 0)
		status = on_error(tail, message);
	else if (is_said(type))
		status = on_said(tail, type, message, text);
	json_decref(message);
	return status;
}

/* ---- connections ---- */

static char *path_of(const struct tail *tail)
{
	char *room = curl_easy_escape(NULL, tail->room, 0);
	char *path = tail->epoch[0] && tail->epoch[0] != '-'
		? mem_printf("/api/ws?room=%s&since=%lld&epoch=%s", room, tail->offset, tail->epoch)
		: mem_printf("/api/ws?room=%s", room);

	curl_free(room);
	return path;
}

/* CTL_OK: it is worth another try. */
static int judge(const struct tail *tail, const struct websocket_end *end)
{
	bool final = end->code >= 4400 && end->code < 4500;
	int status = end->code == 4401 || end->code == 4403 || end->status == 401 ||
			end->status == 403
		? CTL_REFUSED
		: CTL_FAILED;

	if (final || status == CTL_REFUSED) {
		ctl_complain("%s: %s (%d)", tail->server.url, end->reason,
			end->status ? end->status : end->code);
		return status;
	}
	if (!tail->epoch[0] && end->unreached)
		return server_unreached(&tail->server, end->reason);
	if (!tail->epoch[0] || (end->status >= 400 && end->status < 500 && end->status != 429)) {
		ctl_complain("%s: %s (%d)", tail->server.url, end->reason,
			end->status ? end->status : end->code);
		return end->status == 404 || end->status == 400 ? CTL_FAILED : CTL_AWAY;
	}
	return CTL_OK;
}

/* As the server asks for, else longer each time. */
static void pause_before(struct tail *tail, const struct websocket_end *end)
{
	json_t *reason = json_loads(end->reason, 0, NULL);
	json_int_t asked = json_integer_value(json_object_get(reason, "retry_ms"));
	unsigned wait_ms = asked > 0 && asked <= 60000 ? (unsigned)asked : tail->wait_ms;

	json_decref(reason);
	tail->wait_ms = tail->wait_ms * 2 < WAIT_MAX_MS ? tail->wait_ms * 2 : WAIT_MAX_MS;
	usleep(wait_ms * 1000);
}

/* Until the connection is over. CTL_OK: there is to be another one, or the count is reached. */
static int follow(struct tail *tail, struct websocket_end *end)
{
	_cleanup_(mem_freep) char *path = path_of(tail);
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	struct websocket *websocket = NULL;
	int status = CTL_OK, r;

	r = websocket_open(tail->server.url, path, tail->server.token, &websocket, end);
	while (r == 0 && status == CTL_OK && tail->count != 0) {
		r = websocket_read(websocket, &text, end);
		if (r == 0)
			status = on_message(tail, &text);
	}
	websocket_free(websocket);
	return r < 0 ? judge(tail, end) : status;
}

static int run_tail(struct tail *tail)
{
	struct websocket_end end;
	int status = server_open(tail->command, &tail->server);

	while (status == CTL_OK && tail->count != 0) {
		status = follow(tail, &end);
		if (status == CTL_OK && tail->count != 0) {
			pause_before(tail, &end);
			/* A token of our own is good for one connection: it may have run out. */
			status = server_renew(tail->command, &tail->server);
		}
	}
	server_done(&tail->server);
	return status;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct tail tail = { .command = command, .count = -1, .wait_ms = WAIT_FIRST_MS };
	int option, status;
	char *end = NULL;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0) {
		if (server_take(&tail.server, option))
			continue;
		tail.count = strtol(optarg, &end, 10);
		if (*end || tail.count < 1)
			return ctl_usage_error(command, "'%s' is no number of messages", optarg);
	}
	if (option == -2)
		return status;
	if (optind == argc)
		return ctl_usage_error(command, "of which room?");
	tail.room = argv[optind];
	return run_tail(&tail);
}

const struct command command_tail = {
	.name = "tail",
	.summary = "print what is said in a room",
	.usage = "ROOM [OPTION]...",
	.about =
		"A message on each line, from now on. When the connection is lost it comes back and "
		"prints what was said meanwhile, if the room has kept it. --json prints the "
		"messages as they came. It is in the room as a client is, under the name in its "
		"token, and is seen there.",
	.options = options,
	.operands = 1,
	.run = run,
};
