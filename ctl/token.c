/* token.c - atrium token: prints a token for a user */
/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/data.h"
#include "ctl/key.h"
#include "ctl/span.h"
#include "proto/base/mem.h"
#include "proto/event.h"
#include "proto/meta.h"

enum { USER_MAX = 128 };

static const int64_t ttl_max_ms = 3650LL * 86400 * 1000;

static const struct ctl_option options[] = {
	OPTION('u', "user", "NAME", "the user, up to 128 bytes"),
	OPTION('n', "name", "NICKNAME", "what others see (default: the user)"),
	OPTION('t', "ttl", "TIME", "how long it is good: 90s 15m 1h 7d (default: 1h)"),
	OPTION('a', "admin", NULL, "with all rights"),
	OPTION('p', "api", NULL, "may use the server API, but not what is an administrator's"),
	OPTION('m', "meta", "JSON", "an object that the rooms' handlers may read"),
	OPTION('k', "keys", "DIR", "where the keys are (default: DATA/keys)"),
	OPTION('d', "data", "DIR",
		"the data directory of 'atrium up' (default: ~/.local/state/atrium)"),
	OPTION('i', "kid", "KEY", "which key, DIR/KEY.hs256 (default: default)"),
	OPTION('I', "issuer", "TEXT", "for a server that asks for an issuer"),
	OPTION('A', "audience", "TEXT", "for a server that asks for an audience"),
	{ .val = 0 },
};

static int run(const struct command *command, int argc, char **argv);

const struct command command_token = {
	.name = "token",
	.summary = "make a token that lets a user in",
	.usage = "--user NAME [OPTION]...",
	.about = "The token is printed on a line of its own. Who has it is let in as the user.",
	.options = options,
	.run = run,
};

struct wish {
	struct mint mint;
	const char *ttl;
	const char *keys;
	const char *data;
};

static void take(struct wish *wish, int option)
{
	switch (option) {
	case 'u':
		wish->mint.user = optarg;
		break;
	case 'n':
		wish->mint.name = optarg;
		break;
	case 't':
		wish->ttl = optarg;
		break;
	case 'k':
		wish->keys = optarg;
		break;
	case 'd':
		wish->data = optarg;
		break;
	case 'i':
		wish->mint.kid = optarg;
		break;
	case 'I':
		wish->mint.issuer = optarg;
		break;
	case 'A':
		wish->mint.audience = optarg;
		break;
	case 'a':
		wish->mint.admin = true;
		break;
	case 'm':
		wish->mint.meta = optarg;
		break;
	case 'p':
		wish->mint.api = true;
		break;
	default:
		break;
	}
}

/* CTL_OK, or the status to end with. */
static int check(const struct command *command, struct wish *wish)
{
	struct mint *mint = &wish->mint;
	int64_t ttl_ms;

	if (!mint->user)
		return ctl_usage_error(command, "whose token? Give --user NAME");
	if (strlen(mint->user) > USER_MAX || !event_nickname_valid(slice_of(mint->user), USER_MAX))
		return ctl_usage_error(
			command, "a user has 1 to 128 bytes of printable UTF-8 text");
	if (!mint->name)
		mint->name = mint->user;
	if (strlen(mint->name) > EVENT_NICKNAME_MAX ||
		!event_nickname_valid(slice_of(mint->name), EVENT_NICKNAME_MAX))
		return ctl_usage_error(
			command, "a nickname has 1 to 256 bytes of printable UTF-8 text");
	if (span_parse(slice_of(wish->ttl), &ttl_ms) < 0 || ttl_ms < 1000 || ttl_ms > ttl_max_ms)
		return ctl_usage_error(command,
			"'%s' is no time for a token: such as 90s 15m 1h 7d, up to 3650d",
			wish->ttl);
	if (mint->meta && (!*mint->meta || !meta_valid(slice_of(mint->meta))))
		return ctl_usage_error(command, "--meta has to be a JSON object, not too large");
	if (!keyfile_kid_valid(slice_of(mint->kid)))
		return ctl_usage_error(command, "'%s' is no name of a key", mint->kid);
	if (wish->keys && wish->data)
		return ctl_usage_error(command, "give --keys or --data, not both");
	mint->ttl_s = ttl_ms / 1000;
	return CTL_OK;
}

/* The directory of the keys; the caller frees it. */
static char *find_keys(const struct wish *wish)
{
	_cleanup_(mem_freep) char *data = NULL;

	if (wish->keys)
		return mem_strdup(wish->keys);
	data = data_path(wish->data);
	return data ? data_keys(data) : NULL;
}

static int print_token(struct wish *wish, const char *keys)
{
	_cleanup_(mem_freep) char *text = NULL;
	int status = key_mint(keys, &wish->mint, &text);

	if (status != CTL_OK)
		return status;
	puts(text);
	return ctl_flush();
}

static int run(const struct command *command, int argc, char **argv)
{
	_cleanup_(mem_freep) char *keys = NULL;
	struct wish wish = { .mint = { .kid = KEYFILE_DEFAULT }, .ttl = "1h" };
	int option, status = CTL_OK;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0)
		take(&wish, option);
	if (option == -2)
		return status;
	status = check(command, &wish);
	if (status != CTL_OK)
		return status;
	keys = find_keys(&wish);
	if (!keys)
		return ctl_usage_error(
			command, "there is no home directory: give --data or --keys");
	return print_token(&wish, keys);
}
