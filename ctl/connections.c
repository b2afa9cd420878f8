/* connections.c - atrium connections: who is connected to a running server */
/* SPDX-License-Identifier: MIT */
#include "ctl/commands.h"
#include "ctl/listing.h"
#include "ctl/server.h"

static const struct ctl_option options[] = {
	OPTION('r', "room", "ROOM", "those in this room"),
	OPTION('u', "user", "NAME", "those of this user"),
	OPTION('s', "search", "TEXT", "those with this in id, nickname, user or address"),
	OPTION('a', "after", "NEXT", "the next page, as the one before says"),
	SERVER_OPTIONS,
	{ .val = 0 },
};

static void print(const json_t *result)
{
	const json_t *connections = json_object_get(result, "connections");
	struct table table = { .count = 0 };

	TABLE_ROW(&table, "ID", "NICKNAME", "USER", "ADDRESS", "DIALECT", "SINCE", "HERE", "ROOMS");
	for (size_t i = 0; i < json_array_size(connections); i++) {
		const json_t *row = json_array_get(connections, i);

		TABLE_ROW(&table, listing_cell(row, "id").text, listing_cell(row, "nickname").text,
			listing_cell(row, "user").text, listing_cell(row, "address").text,
			listing_cell(row, "dialect").text, listing_time(row, "since").text,
			listing_cell(row, "here").text, listing_cell(row, "rooms").text);
	}
	listing_print(&table);
	listing_more(result, "connections", "");
}

static const char *member_of(int option)
{
	return option == 'r' ? "room" : option == 'u' ? "user" : option == 's' ? "search" : "after";
}

static int run(const struct command *command, int argc, char **argv)
{
	return server_list(command, argc, argv, "connections", member_of, print);
}

const struct command command_connections = {
	.name = "connections",
	.summary = "who is connected to a running server",
	.usage = "[OPTION]...",
	.about =
		"The oldest first, at most 1000 at once. HERE is no for who has lost the connection "
		"and may come back yet.",
	.options = options,
	.run = run,
};
