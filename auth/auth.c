/* auth.c - the auth process: its settings, its keys, its link */
/* SPDX-License-Identifier: MIT */
#include "auth/auth.h"

#include <errno.h>
#include <stdlib.h>

#include "auth/anonymous.h"
#include "auth/control.h"
#include "auth/login.h"
#include "auth/revoke.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum { OWN_LEN = 52 }; /* 5 bits each */

/* Where the keys are; the caller frees it. NULL: nowhere. */
static char *keys_directory(const struct auth *auth)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	const char *state = service_state_dir(auth->service);

	if (auth->conf->keys[0])
		return mem_strdup(auth->conf->keys);
	if (credentials && credentials[0])
		return mem_strdup(credentials);
	return state[0] ? mem_printf("%s/keys", state) : NULL;
}

static void log_problems(struct slice problems)
{
	while (problems.len) {
		const char *end = memchr(problems.ptr, '\n', problems.len);
		size_t len = end ? (size_t)(end - problems.ptr) : problems.len;

		log_error("key_refused", "why=%s", log_quote(slice_make(problems.ptr, len)));
		problems = slice_make(problems.ptr + len, problems.len - len);
		if (problems.len)
			problems = slice_make(problems.ptr + 1, problems.len - 1);
	}
}

/* All keys there are; how many had to be left out, or -errno of the directory. */
static int read_keys(struct auth *auth, const char *directory, struct keys *keys)
{
	_cleanup_(buf_done) struct buf problems = { .cap = 0 };
	bool has_jwks = auth->conf->jwks[0] != '\0';
	int refused = directory ? keys_load(keys, directory, &problems) : -ENOENT;

	if (refused == -ENOENT && has_jwks)
		refused = 0;
	if (refused < 0)
		log_warn("keys_missing", "directory=%s error=%s",
			log_quote(slice_of(directory ? directory : "")),
			log_quote(slice_of(strerror(-refused))));
	if (refused >= 0 && has_jwks)
		refused += keys_load_jwks(keys, auth->conf->jwks, &problems);
	log_problems(buf_slice(&problems));
	return refused;
}

/* Auth's own comes first, so no other has its kid. */
static void add_own_key(struct auth *auth, struct keys *keys)
{
	const char *state = service_state_dir(auth->service);
	struct secret secret = { NULL, 0 };
	int r = 0;

	if (!state[0]) {
		/* what it has signed is good as long as it runs */
		if (!auth->own.bytes) {
			auth->own = (struct secret){ mem_alloc(OWN_LEN + 1), OWN_LEN };
			service_random_text((char *)auth->own.bytes, OWN_LEN);
		}
		secret = (struct secret){ mem_alloc(OWN_LEN), OWN_LEN };
		memcpy(secret.bytes, auth->own.bytes, OWN_LEN);
	} else {
		r = keyfile_make(state, AUTH_OWN_KID);
		if (r == 0 || r == -EEXIST)
			r = keyfile_read(state, AUTH_OWN_KID, &secret);
	}
	if (r == 0)
		r = keys_add(keys, AUTH_OWN_KID, KEY_HS256, &secret);
	if (r < 0)
		log_error("own_key", "directory=%s why=%s", log_quote(slice_of(state)),
			log_quote(slice_of(keyfile_problem(r))));
	secret_done(&secret);
}

/* Keys that were good are worth more than a new set that is not, unless there was only our own. */
static int load_keys(struct auth *auth)
{
	_cleanup_(mem_freep) char *directory = keys_directory(auth);
	struct keys *fresh = keys_new();
	int refused;

	add_own_key(auth, fresh);
	refused = read_keys(auth, directory, fresh);
	if (refused != 0 && auth->keys && keys_count(auth->keys) > 1) {
		keys_free(fresh);
		log_warn("keys_kept", "count=%zu", keys_count(auth->keys));
		return -EINVAL;
	}
	keys_free(auth->keys);
	auth->keys = fresh;
	counter_set(COUNTER_AUTH_KEYS, keys_count(auth->keys));
	log_info("keys", "count=%zu directory=%s", keys_count(auth->keys),
		log_quote(slice_of(directory ? directory : "")));
	return 0;
}

static void take_settings(struct auth *auth)
{
	auth->conf = service_conf(auth->service, "auth");
	auth->rules = (struct claim_rules){
		.leeway_s = auth->conf->leeway / 1000,
		.max_ttl_s = auth->conf->max_ttl / 1000,
		.issuer = auth->conf->issuer,
		.audience = auth->conf->audience,
		.max_grants = (unsigned)auth->conf->max_grants,
		.max_meta = (size_t)auth->conf->max_meta,
	};
}

static void say_status(struct auth *auth)
{
	service_status(auth->service, "%zu keys, %s", keys_count(auth->keys),
		auth->conf->anonymous ? "anyone may come in" : "a token is needed");
}

static void on_hello(void *self, struct link_peer *peer, const struct msg_hello *hello)
{
	struct auth *auth = self;

	(void)hello;
	link_welcome(auth->link, peer, 0);
	peers_add(&auth->peers, peer);
	anonymous_tell(auth, peer);
	revoke_tell_all(auth, peer);
}

static void on_down(void *self, struct link_peer *peer)
{
	struct auth *auth = self;

	peers_remove(&auth->peers, peer);
	login_forget(auth->login, peer);
}

static void on_room(void *self, struct link_peer *peer)
{
	struct auth *auth = self;

	if (!peers_take_missed(&auth->peers, peer))
		return;
	anonymous_tell(auth, peer);
	revoke_tell_all(auth, peer);
}

static const struct link_ops link_ops = {
	.on_hello = on_hello, .on_down = on_down, .on_room = on_room
};

int auth_start(struct service *service, void **ret_self)
{
	struct auth *auth = mem_alloc(sizeof(*auth));
	int r;

	auth->service = service;
	take_settings(auth);
	load_keys(auth);
	auth->login = login_new(auth);
	r = revoke_load(auth);
	if (r == 0)
		r = service_link(service, LINK_AUTH, &auth_dispatch, &link_ops, auth, &auth->link);
	if (r == 0)
		r = control_new(auth, &auth->control);
	if (r < 0) {
		auth_stop(auth);
		return r;
	}
	*ret_self = auth;
	service_ready(service, NULL);
	say_status(auth);
	return 0;
}

int auth_reload(void *self)
{
	struct auth *auth = self;
	int r;

	take_settings(auth);
	anonymous_tell_all(auth);
	r = load_keys(auth);
	say_status(auth);
	return r;
}

void auth_stop(void *self)
{
	struct auth *auth = self;

	control_free(auth->control);
	link_free(auth->link);
	login_free(auth->login);
	peers_done(&auth->peers);
	revoked_free(auth->revoked);
	keys_free(auth->keys);
	secret_done(&auth->own);
	mem_free(auth);
}
