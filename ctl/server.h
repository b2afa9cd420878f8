/* server.h - a server as its API knows it: where it is, with which token, what it answers */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_SERVER_H
#define CTL_SERVER_H

#include <jansson.h>
#include <stdbool.h>

#include "ctl/ctl.h"

/* clang-format off */
#define SERVER_OPTIONS                                                                             \
	OPTION('U', "url", "URL", "the server (default: http://127.0.0.1:8100)"),                  \
	OPTION('T', "token", "TOKEN",                                                              \
		"with the claim admin or api (default: $ATRIUM_TOKEN, else one is made with a key)"),     \
	OPTION('K', "keys", "DIR", "where the key is (default: DATA/keys)"),                       \
	OPTION('D', "data", "DIR",                                                                 \
		"the data directory of 'atrium up' (default: ~/.local/state/atrium)"),             \
	OPTION('J', "json", NULL, "print what the server answers, as JSON")
/* clang-format on */

struct server {
	const char *url, *token, *keys, *data;
	bool json;
	char *minted; /* a token of our own */
};

/* False: the option is none of these. */
bool server_take(struct server *server, int option);

/* Finds URL and token. CTL_OK, or the status to end with, after saying why. */
int server_open(const struct command *command, struct server *server);
/* Makes the token anew, if it is one of our own. */
int server_renew(const struct command *command, struct server *server);
void server_done(struct server *server);
/* No connection could be made: says why, and what to do. CTL_AWAY. */
int server_unreached(const struct server *server, const char *why);

/*
 * Asks for a method; takes the request over. CTL_OK and the member `result` of the answer, which
 * the caller gives back with json_decref(); or the status to end with, after saying why. With
 * --json the answer has been printed, and *ret_result is NULL.
 */
int server_ask(
	const struct server *server, const char *method, json_t *request, json_t **ret_result);

/* Opens it, asks, prints, ends: what most commands do. Takes the request over. */
int server_command(const struct command *command, struct server *server, const char *method,
	json_t *request, void (*print)(const json_t *result));

/*
 * A command that is one request. Its wish begins with a struct server, and keeps what its own
 * options say; of that and of the operands (NULL: not there) make() makes the request's members, or
 * says what is wrong (not CTL_OK).
 */
enum { SERVER_OPERANDS = 3 };
struct server_request {
	const char *method;
	void (*take)(void *wish, int option); /* an option of its own, and its `optarg` */
	int (*make)(
		const struct command *command, const void *wish, char **operands, json_t *request);
	void (*print)(const json_t *result);
};
/* The members of a JSON object; false: the text is none. */
bool server_add_members(json_t *request, const char *text);
int server_run(const struct command *command, int argc, char **argv,
	const struct server_request *about, void *wish);

/*
 * A command that lists a page: each of its options beside SERVER_OPTIONS is a member of the
 * request, as member_of() names it; true, if it has no argument.
 */
int server_list(const struct command *command, int argc, char **argv, const char *method,
	const char *(*member_of)(int option), void (*print)(const json_t *result));

#endif
