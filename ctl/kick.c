/* kick.c - atrium kick: closes a connection, or all of a user */
/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/listing.h"
#include "ctl/server.h"

static const struct ctl_option options[] = {
	OPTION('r', "reason", "TEXT", "what the client is told (default: as for its code)"),
	OPTION('c', "code", "CODE", "of the close (default: 4410; 4501: it may come back)"),
	SERVER_OPTIONS,
	{ .val = 0 },
};

static void print(const json_t *result)
{
	printf("closed: %s\n", listing_cell(result, "connections").text);
}

static bool add_code(json_t *request, const char *text)
{
	if (strlen(text) != 4 || strspn(text, "0123456789") != 4)
		return false;
	json_object_set_new(request, "code", json_integer(strtol(text, NULL, 10)));
	return true;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct server server = { .url = NULL };
	json_t *request = json_object();
	int option, status = CTL_OK;
	const char *code = NULL;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0) {
		if (option == 'r')
			json_object_set_new(request, "reason", json_string(optarg));
		else if (option == 'c')
			code = optarg;
		else
			server_take(&server, option);
	}
	if (option != -2 && optind == argc)
		status = ctl_usage_error(command, "whom? CONNECTION or user:NAME");
	else if (option != -2 && code && !add_code(request, code))
		status = ctl_usage_error(command, "'%s' is no code of a close", code);
	if (option == -2 || status != CTL_OK) {
		json_decref(request);
		return status;
	}
	if (strncmp(argv[optind], "user:", 5) == 0)
		json_object_set_new(request, "user", json_string(argv[optind] + 5));
	else
		json_object_set_new(request, "connection", json_string(argv[optind]));
	return server_command(command, &server, "disconnect", request, print);
}

const struct command command_kick = {
	.name = "kick",
	.summary = "close a connection, or all of a user",
	.usage = "CONNECTION | user:NAME [OPTION]...",
	.about =
		"A client that is closed with 4400 to 4499 does not come back by itself. Who must not "
		"come back at all needs 'atrium revoke' as well.",
	.options = options,
	.operands = 1,
	.run = run,
};
