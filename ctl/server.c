/* server.c - a server as its API knows it: where it is, with which token, what it answers */
/* SPDX-License-Identifier: MIT */
#include "ctl/server.h"

#include <curl/curl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/data.h"
#include "ctl/key.h"
#include "proto/base/buf.h"
#include "proto/base/mem.h"

enum { TOKEN_TTL_S = 300, CONNECT_MS = 5000, ANSWER_MS = 15000, ANSWER_MAX = 64 << 20 };

bool server_take(struct server *server, int option)
{
	const char **const members[] = {
		['U'] = &server->url,
		['T'] = &server->token,
		['K'] = &server->keys,
		['D'] = &server->data,
	};

	if (option == 'J')
		return server->json = true;
	if (option >= (int)(sizeof(members) / sizeof(*members)) || !members[option])
		return false;
	*members[option] = optarg;
	return true;
}

static int mint(const struct command *command, struct server *server)
{
	struct mint mint = { .user = "atrium",
		.name = "atrium",
		.kid = KEYFILE_DEFAULT,
		.admin = true,
		.ttl_s = TOKEN_TTL_S };
	_cleanup_(mem_freep) char *data = data_path(server->data);
	_cleanup_(mem_freep) char *keys = server->keys ? mem_strdup(server->keys)
		: data				       ? data_keys(data)
						       : NULL;
	int status;

	if (!keys)
		return ctl_usage_error(
			command, "there is no home directory: give --token, --data or --keys");
	status = key_mint(keys, &mint, &server->minted);
	server->token = server->minted;
	return status;
}

int server_open(const struct command *command, struct server *server)
{
	const char *token = getenv("ATRIUM_TOKEN");

	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (!server->url)
		server->url = "http://127.0.0.1:8100";
	if (strncmp(server->url, "http://", 7) != 0 && strncmp(server->url, "https://", 8) != 0)
		return ctl_usage_error(
			command, "'%s' is no URL of a server: http://HOST:PORT", server->url);
	if (!server->token && !server->keys && !server->data && token && token[0])
		server->token = token;
	return server->token ? CTL_OK : mint(command, server);
}

int server_renew(const struct command *command, struct server *server)
{
	if (!server->minted)
		return CTL_OK;
	mem_free(server->minted);
	server->minted = NULL;
	return mint(command, server);
}

void server_done(struct server *server)
{
	mem_free(server->minted);
}

/* ---- a request ---- */

static size_t on_bytes(char *bytes, size_t one, size_t len, void *arg)
{
	struct buf *answer = arg;

	if (answer->len + len > ANSWER_MAX)
		return 0;
	buf_add(answer, bytes, one * len);
	return one * len;
}

static void set_options(CURL *curl, const char *url, struct curl_slist *head, const char *body)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, head);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
}

int server_unreached(const struct server *server, const char *why)
{
	ctl_complain("%s: %s\nIs it running? 'atrium up' starts one; --url names one elsewhere.",
		server->url, why);
	return CTL_AWAY;
}

/* CTL_OK and the HTTP status, or CTL_AWAY. */
static int post(const struct server *server, const char *method, const char *body,
	struct buf *answer, long *ret_code)
{
	size_t len = strlen(server->url);
	_cleanup_(mem_freep) char *url = mem_printf(
		"%s%sapi/%s", server->url, server->url[len - 1] == '/' ? "" : "/", method);
	_cleanup_(mem_freep) char *bearer = mem_printf("Authorization: Bearer %s", server->token);
	struct curl_slist *head = curl_slist_append(NULL, "Content-Type: application/json");
	CURL *curl = curl_easy_init();
	CURLcode r;

	head = curl_slist_append(head, bearer);
	set_options(curl, url, head, body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	r = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_code);
	curl_slist_free_all(head);
	curl_easy_cleanup(curl);
	if (r == CURLE_OK)
		return CTL_OK;
	if (r == CURLE_COULDNT_CONNECT)
		return server_unreached(server, curl_easy_strerror(r));
	ctl_complain("%s: %s", server->url, curl_easy_strerror(r));
	return CTL_AWAY;
}

static int status_of(long code)
{
	if (code == 200)
		return CTL_OK;
	if (code == 401 || code == 403)
		return CTL_REFUSED;
	return code == 429 || code >= 500 ? CTL_AWAY : CTL_FAILED;
}

static void complain_of(const struct server *server, const char *method, long code, json_t *error)
{
	const char *name = json_string_value(json_object_get(error, "code"));
	const char *message = json_string_value(json_object_get(error, "message"));

	if (name && message)
		ctl_complain("%s: %s (%s, %ld)", method, message, name, code);
	else
		ctl_complain(
			"%s: what answers is not the API of a server (%ld)", server->url, code);
}

int server_ask(
	const struct server *server, const char *method, json_t *request, json_t **ret_result)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	char *body = json_dumps(request, JSON_COMPACT);
	json_t *answer, *result;
	long code = 0;
	int status = post(server, method, body, &text, &code);

	*ret_result = NULL;
	free(body);
	json_decref(request);
	if (status != CTL_OK)
		return status;
	answer = json_loadb(text.data, text.len, 0, NULL);
	result = json_object_get(answer, "result");
	status = status_of(code);
	if (status == CTL_OK && !result)
		status = CTL_FAILED;
	if (server->json && answer) {
		printf("%.*s\n", (int)text.len, text.data);
		if (ctl_flush() != CTL_OK && status == CTL_OK)
			status = CTL_FAILED;
	} else if (status == CTL_OK) {
		*ret_result = json_incref(result);
	}
	if (status != CTL_OK)
		complain_of(server, method, code, json_object_get(answer, "error"));
	json_decref(answer);
	return status;
}

int server_command(const struct command *command, struct server *server, const char *method,
	json_t *request, void (*print)(const json_t *result))
{
	json_t *result = NULL;
	int status = server_open(command, server);

	if (status == CTL_OK)
		status = server_ask(server, method, request, &result);
	else
		json_decref(request);
	if (result && print) {
		print(result);
		status = ctl_flush();
	}
	json_decref(result);
	server_done(server);
	return status;
}

bool server_add_members(json_t *request, const char *text)
{
	json_t *members = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	bool good = json_is_object(members);

	if (good)
		json_object_update(request, members);
	json_decref(members);
	return good;
}

int server_run(const struct command *command, int argc, char **argv,
	const struct server_request *about, void *wish)
{
	char *operands[SERVER_OPERANDS] = { NULL };
	struct server *server = wish;
	json_t *request;
	int option, status;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0)
		if (!server_take(server, option))
			about->take(wish, option);
	if (option == -2)
		return status;
	for (int i = 0; i < SERVER_OPERANDS && optind + i < argc; i++)
		operands[i] = argv[optind + i];
	request = json_object();
	status = about->make(command, wish, operands, request);
	if (status == CTL_OK)
		return server_command(command, server, about->method, request, about->print);
	json_decref(request);
	return status;
}

int server_list(const struct command *command, int argc, char **argv, const char *method,
	const char *(*member_of)(int option), void (*print)(const json_t *result))
{
	enum { PAGE = 1000 };
	struct server server = { .url = NULL };
	json_t *request = json_pack("{si}", "limit", PAGE);
	int option, status;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0)
		if (!server_take(&server, option))
			json_object_set_new(request, member_of(option),
				optarg ? json_string(optarg) : json_true());
	if (option == -2) {
		json_decref(request);
		return status;
	}
	return server_command(command, &server, method, request, print);
}
