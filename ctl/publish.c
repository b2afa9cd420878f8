/* publish.c - atrium publish: a message to a room */
/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>

#include "ctl/commands.h"
#include "ctl/listing.h"
#include "ctl/server.h"

static const struct ctl_option options[] = {
	OPTION('t', "type", "TYPE", "what kind of message (default: message)"),
	OPTION('b', "json-body", "OBJECT", "the message's members, instead of TEXT"),
	OPTION('m', "mid", "ID", "an id of your own: what is sent again with it is not doubled"),
	SERVER_OPTIONS,
	{ .val = 0 },
};

struct wish {
	struct server server; /* first */
	const char *type, *body, *mid;
};

static void take(void *arg, int option)
{
	struct wish *wish = arg;

	if (option == 't')
		wish->type = optarg;
	else if (option == 'b')
		wish->body = optarg;
	else
		wish->mid = optarg;
}

static void print(const json_t *result)
{
	if (json_object_get(result, "offset"))
		printf("offset %s\n", listing_cell(result, "offset").text);
}

/* What is asked for by options wins over what the body says. */
static int make(const struct command *command, const void *arg, char **operands, json_t *request)
{
	const char *room = operands[0], *text = operands[1];
	const struct wish *wish = arg;

	if (!room)
		return ctl_usage_error(command, "to which room?");
	if (!text == !wish->body)
		return ctl_usage_error(command, "what? Give TEXT or --json-body");
	if (wish->body && !server_add_members(request, wish->body))
		return ctl_usage_error(command, "'%s' is no JSON object", wish->body);
	if (text && json_object_set_new(request, "content", json_string(text)) < 0)
		return ctl_usage_error(command, "the text is not UTF-8");
	json_object_set_new(request, "room", json_string(room));
	if (wish->type || !json_object_get(request, "type"))
		json_object_set_new(
			request, "type", json_string(wish->type ? wish->type : "message"));
	if (wish->mid)
		json_object_set_new(request, "mid", json_string(wish->mid));
	return CTL_OK;
}

static int run(const struct command *command, int argc, char **argv)
{
	static const struct server_request about = { "publish", take, make, print };
	struct wish wish = { .type = NULL };

	return server_run(command, argc, argv, &about, &wish);
}

const struct command command_publish = {
	.name = "publish",
	.summary = "send a message to a room",
	.usage = "ROOM TEXT | ROOM --json-body OBJECT [OPTION]...",
	.about = "Prints the offset that the message has in the room. TEXT becomes its content.",
	.options = options,
	.operands = 2,
	.run = run,
};
