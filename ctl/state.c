/* state.c - atrium state: a room's keyed values, read and changed */
/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl/commands.h"
#include "ctl/listing.h"
#include "ctl/server.h"
#include "proto/event.h"

static const struct ctl_option options[] = {
	OPTION('p', "prefix", "TEXT", "only keys that begin so"),
	OPTION('d', "delete", NULL, "remove KEY"),
	OPTION('i', "if", "REV", "change KEY only if this is its revision; 0: if it is not there"),
	SERVER_OPTIONS,
	{ .val = 0 },
};

struct wish {
	struct server server; /* first */
	const char *prefix, *rev;
	bool remove;
};

static void take(void *arg, int option)
{
	struct wish *wish = arg;

	if (option == 'p')
		wish->prefix = optarg;
	else if (option == 'i')
		wish->rev = optarg;
	else
		wish->remove = true;
}

static void print_entry(struct table *table, const json_t *entry)
{
	char *text = json_dumps(json_object_get(entry, "value"), JSON_ENCODE_ANY | JSON_COMPACT);

	TABLE_ROW(table, listing_cell(entry, "key").text, listing_cell(entry, "rev").text,
		text ? text : "-");
	free(text);
}

/* What was read, or the revision of the change. */
static void print(const json_t *result)
{
	const json_t *entries = json_object_get(result, "entries");
	struct table table = { .count = 0 };

	if (!entries) {
		printf("rev %s\n", listing_cell(result, "rev").text);
		return;
	}
	TABLE_ROW(&table, "KEY", "REV", "VALUE");
	for (size_t i = 0; i < json_array_size(entries); i++)
		print_entry(&table, json_array_get(entries, i));
	listing_print(&table);
}

/* NULL: the value, which is NULL to remove the key, is no JSON. */
static json_t *op_of(const char *key, const char *text)
{
	json_t *value = text ? json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL)
			     : json_true();

	if (!value)
		return NULL;
	return json_pack("{s:s, s:o}", "key", key, text ? "value" : "delete", value);
}

static int make_change(const struct command *command, const struct wish *wish, const char *key,
	const char *value, json_t *request)
{
	json_t *op = op_of(key, value);
	uint64_t rev = 0;

	if (!op)
		return ctl_usage_error(command, "'%s' is no JSON", value);
	json_object_set_new(request, "ops", json_pack("[o]", op));
	if (!wish->rev)
		return CTL_OK;
	if (!event_offset_parse(slice_of(wish->rev), &rev) || rev > INT64_MAX)
		return ctl_usage_error(command, "'%s' is no revision", wish->rev);
	json_object_set_new(request, "if", json_pack("{s:I}", key, (json_int_t)rev));
	return CTL_OK;
}

static int make(const struct command *command, const void *arg, char **operands, json_t *request)
{
	const char *room = operands[0], *key = operands[1], *value = operands[2];
	const struct wish *wish = arg;
	bool changes = value || wish->remove;

	if (!room)
		return ctl_usage_error(command, "of which room?");
	if (wish->prefix && key)
		return ctl_usage_error(command, "KEY or --prefix, and not both");
	if (value && wish->remove)
		return ctl_usage_error(command, "VALUE or --delete, and not both");
	if (wish->remove && !key)
		return ctl_usage_error(command, "which key is to be removed?");
	if (wish->rev && !changes)
		return ctl_usage_error(command, "--if goes with a change");
	json_object_set_new(request, "room", json_string(room));
	if (changes)
		return make_change(command, wish, key, value, request);
	if (key)
		json_object_set_new(request, "keys", json_pack("[s]", key));
	if (wish->prefix)
		json_object_set_new(request, "prefix", json_string(wish->prefix));
	return CTL_OK;
}

static int run(const struct command *command, int argc, char **argv)
{
	static const struct server_request about = { "state", take, make, print };
	struct wish wish = { .prefix = NULL };

	return server_run(command, argc, argv, &about, &wish);
}

const struct command command_state = {
	.name = "state",
	.summary = "read and change the state of a room",
	.usage = "ROOM [KEY [VALUE]] [OPTION]...",
	.about =
		"Prints the keys with their revisions and values. VALUE is any JSON, to which KEY is set.",
	.options = options,
	.operands = 3,
	.run = run,
};
