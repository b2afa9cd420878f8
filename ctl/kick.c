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

struct wish {
	struct server server; /* first */
	const char *reason, *code;
};

static void take(void *arg, int option)
{
	struct wish *wish = arg;

	*(option == 'r' ? &wish->reason : &wish->code) = optarg;
}

static int make(const struct command *command, const void *arg, char **operands, json_t *request)
{
	const struct wish *wish = arg;

	if (!operands[0])
		return ctl_usage_error(command, "whom? CONNECTION or user:NAME");
	if (wish->code && !add_code(request, wish->code))
		return ctl_usage_error(command, "'%s' is no code of a close", wish->code);
	if (wish->reason)
		json_object_set_new(request, "reason", json_string(wish->reason));
	if (strncmp(operands[0], "user:", 5) == 0)
		json_object_set_new(request, "user", json_string(operands[0] + 5));
	else
		json_object_set_new(request, "connection", json_string(operands[0]));
	return CTL_OK;
}

static int run(const struct command *command, int argc, char **argv)
{
	static const struct server_request about = { "disconnect", take, make, print };
	struct wish wish = { .code = NULL };

	return server_run(command, argc, argv, &about, &wish);
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
