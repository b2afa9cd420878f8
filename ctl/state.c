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
	struct server server;
	const char *room, *key, *value, *prefix, *rev;
	bool remove;
};

static void take(struct wish *wish, int option)
{
	if (server_take(&wish->server, option))
		return;
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

/* NULL: the value is no JSON. */
static json_t *op_of(const struct wish *wish)
{
	json_t *value = wish->remove
		? json_true()
		: json_loads(wish->value, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);

	if (!value)
		return NULL;
	return json_pack("{s:s, s:o}", "key", wish->key, wish->remove ? "delete" : "value", value);
}

static int make_change(const struct command *command, const struct wish *wish, json_t *request)
{
	json_t *op = op_of(wish);
	uint64_t rev = 0;

	if (!op)
		return ctl_usage_error(command, "'%s' is no JSON", wish->value);
	json_object_set_new(request, "ops", json_pack("[o]", op));
	if (!wish->rev)
		return CTL_OK;
	if (!event_offset_parse(slice_of(wish->rev), &rev) || rev > INT64_MAX)
		return ctl_usage_error(command, "'%s' is no revision", wish->rev);
	json_object_set_new(request, "if", json_pack("{s:I}", wish->key, (json_int_t)rev));
	return CTL_OK;
}

/* CTL_OK and the request. */
static int make(const struct command *command, const struct wish *wish, json_t *request)
{
	bool changes = wish->value || wish->remove;

	if (!wish->room)
		return ctl_usage_error(command, "of which room?");
	if (wish->prefix && wish->key)
		return ctl_usage_error(command, "KEY or --prefix, and not both");
	if (wish->value && wish->remove)
		return ctl_usage_error(command, "VALUE or --delete, and not both");
	if (wish->remove && !wish->key)
		return ctl_usage_error(command, "which key is to be removed?");
	if (wish->rev && !changes)
		return ctl_usage_error(command, "--if goes with a change");
	json_object_set_new(request, "room", json_string(wish->room));
	if (changes)
		return make_change(command, wish, request);
	if (wish->key)
		json_object_set_new(request, "keys", json_pack("[s]", wish->key));
	if (wish->prefix)
		json_object_set_new(request, "prefix", json_string(wish->prefix));
	return CTL_OK;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct wish wish = { .room = NULL };
	json_t *request;
	int option, status;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0)
		take(&wish, option);
	if (option == -2)
		return status;
	wish.room = optind < argc ? argv[optind] : NULL;
	wish.key = optind + 1 < argc ? argv[optind + 1] : NULL;
	wish.value = optind + 2 < argc ? argv[optind + 2] : NULL;
	request = json_object();
	status = make(command, &wish, request);
	if (status != CTL_OK) {
		json_decref(request);
		return status;
	}
	return server_command(command, &wish.server, "state", request, print);
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
