/* rooms.c - atrium rooms: which rooms a running server has */
/* SPDX-License-Identifier: MIT */
#include "ctl/commands.h"
#include "ctl/listing.h"
#include "ctl/server.h"

static const struct ctl_option options[] = {
	OPTION('m', "match", "PATTERN", "names like this: * is any run of characters, ? is one"),
	OPTION('a', "after", "NAME", "the page that begins after this one"),
	SERVER_OPTIONS,
	{ .val = 0 },
};

static void print(const json_t *result)
{
	const json_t *rooms = json_object_get(result, "rooms");
	struct table table = { .count = 0 };

	TABLE_ROW(&table, "ROOM", "CONNECTIONS", "USERS", "OFFSET", "KEPT");
	for (size_t i = 0; i < json_array_size(rooms); i++) {
		const json_t *row = json_array_get(rooms, i);

		TABLE_ROW(&table, listing_cell(row, "name").text,
			listing_cell(row, "connections").text, listing_cell(row, "users").text,
			listing_cell(row, "offset").text, listing_cell(row, "kept").text);
	}
	listing_print(&table);
	listing_more(result, "rooms", "");
}

static const char *member_of(int option)
{
	return option == 'm' ? "match" : "after";
}

static int run(const struct command *command, int argc, char **argv)
{
	return server_list(command, argc, argv, "rooms", member_of, print);
}

const struct command command_rooms = {
	.name = "rooms",
	.summary = "the rooms of a running server",
	.usage = "[OPTION]...",
	.about = "By name, at most 1000 at once.",
	.options = options,
	.run = run,
};
