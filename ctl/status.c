/* status.c - atrium status: the hub, its gateways and handlers, and what is counted */
/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>

#include "ctl/commands.h"
#include "ctl/listing.h"
#include "ctl/server.h"

static const struct ctl_option options[] = {
	SERVER_OPTIONS,
	{ .val = 0 },
};

/* Where there are some. */
static void print_handlers(const json_t *handlers)
{
	struct table table = { .count = 0 };

	if (json_array_size(handlers) == 0)
		return;
	TABLE_ROW(&table, "HANDLER", "LINKED", "WAITING", "BYTES");
	for (size_t i = 0; i < json_array_size(handlers); i++) {
		const json_t *row = json_array_get(handlers, i);

		TABLE_ROW(&table, listing_cell(row, "name").text, listing_cell(row, "linked").text,
			listing_cell(row, "waiting").text, listing_cell(row, "waiting_bytes").text);
	}
	putchar('\n');
	listing_print(&table);
}

static void print(const json_t *result)
{
	const json_t *gateways = json_object_get(result, "gateways");
	struct table table = { .count = 0 }, counts = { .count = 0 };
	json_t *counters = json_object_get(result, "counters");

	printf("version %s, answered by %s; the journal %s\n\n",
		listing_cell(result, "version").text, listing_cell(result, "answered_by").text,
		json_is_true(json_object_get(result, "journal_failing")) ? "CANNOT BE WRITTEN"
									 : "is well");
	TABLE_ROW(&table, "GATEWAY", "LINKED", "CONNECTIONS");
	for (size_t i = 0; i < json_array_size(gateways); i++) {
		const json_t *row = json_array_get(gateways, i);

		TABLE_ROW(&table, listing_cell(row, "name").text, listing_cell(row, "linked").text,
			listing_cell(row, "connections").text);
	}
	listing_print(&table);
	print_handlers(json_object_get(result, "handlers"));
	TABLE_ROW(&counts, "COUNTER", "VALUE");
	for (void *at = json_object_iter(counters); at; at = json_object_iter_next(counters, at)) {
		const char *name = json_object_iter_key(at);

		TABLE_ROW(&counts, name, listing_cell(counters, name).text);
	}
	putchar('\n');
	listing_print(&counts);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct server server = { .url = NULL };
	int option, status;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0)
		server_take(&server, option);
	if (option == -2)
		return status;
	return server_command(command, &server, "status", json_object(), print);
}

const struct command command_status = {
	.name = "status",
	.summary = "how a running server is",
	.usage = "[OPTION]...",
	.about = "The hub, its gateways and handlers, and some of what is counted.",
	.options = options,
	.run = run,
};
