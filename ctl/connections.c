/* connections.c - atrium connections: who is connected to a running server */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "ctl/commands.h"
#include "ctl/listing.h"
#include "ctl/server.h"

static const struct ctl_option options[] = {
	OPTION('r', "room", "ROOM", "those in this room"),
	OPTION('u', "user", "NAME", "those of this user"),
	OPTION('i', "id", "ID", "the one with this id"),
	OPTION('s', "search", "TEXT", "those with this in id, nickname, user or address"),
	OPTION('c', "closed", NULL, "those that ended, the latest first, and how"),
	OPTION('a', "after", "NEXT", "the next page, as the one before says"),
	SERVER_OPTIONS,
	{ .val = 0 },
};

static void print_closed(const json_t *result, const json_t *closed)
{
	long long forgotten = json_integer_value(json_object_get(result, "forgotten"));
	struct table table = { .count = 0 };

	TABLE_ROW(&table, "ENDED", "LIVED", "BY", "CODE", "QUEUED", "ROOMS", "ID", "NICKNAME",
		"USER", "ADDRESS", "DIALECT", "GATEWAY", "REASON");
	for (size_t i = 0; i < json_array_size(closed); i++) {
		const json_t *row = json_array_get(closed, i);

		TABLE_ROW(&table, listing_time(row, "at").text, listing_span(row, "lived").text,
			listing_cell(row, "by").text, listing_cell(row, "code").text,
			listing_cell(row, "queued").text, listing_cell(row, "rooms").text,
			listing_cell(row, "id").text, listing_cell(row, "nickname").text,
			listing_cell(row, "user").text, listing_cell(row, "address").text,
			listing_cell(row, "dialect").text, listing_cell(row, "gateway").text,
			listing_cell(row, "reason").text);
	}
	listing_print(&table);
	listing_more(result, "closed", "");
	if (forgotten)
		fprintf(stderr, "%lld that ended before are forgotten\n", forgotten);
}

static void print(const json_t *result)
{
	const json_t *closed = json_object_get(result, "closed");
	const json_t *connections = json_object_get(result, "connections");
	struct table table = { .count = 0 };

	if (closed) {
		print_closed(result, closed);
		return;
	}
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
	static const char *const members[] = { ['r'] = "room",
		['u'] = "user",
		['i'] = "connection",
		['s'] = "search",
		['c'] = "closed",
		['a'] = "after" };

	return members[option];
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
		"and may come back yet. With --closed the last that ended: who ended them (client, "
		"server, or gone: no one said so), with which code, and how many bytes waited.",
	.options = options,
	.run = run,
};
