/* revoke.c - revoking: kept in a file, told to every gateway */
/* SPDX-License-Identifier: MIT */
#include "auth/revoke.h"

#include <errno.h>

#include "auth/peers.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/statefile.h"
#include "proto/counters.h"

enum {
	FILE_MAX = 512 * 1024 * 1024, /* bytes */
	PER_MESSAGE = 500, /* entries */
};

/* NULL: there is no state directory, and nothing is kept. */
static char *file_path(const struct auth *auth)
{
	const char *state = service_state_dir(auth->service);

	return state[0] ? mem_printf("%s/revoked", state) : NULL;
}

static int64_t now_s(void)
{
	return (int64_t)(clock_wall_ms() / 1000);
}

static void count(const struct auth *auth)
{
	counter_set(COUNTER_AUTH_REVOCATIONS, revoked_count(auth->revoked));
}

/* What is there, without what is over. */
static int write_all(const struct auth *auth, const char *path)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	const struct revoked_entry *at = NULL;
	struct revocation revocation;

	while ((at = revoked_next(auth->revoked, at, &revocation)))
		revoked_write(&text, &revocation);
	return statefile_replace(path, buf_slice(&text));
}

/* A last line that was cut by a power failure had not been answered for. */
static void read_lines(struct auth *auth, struct slice text)
{
	struct revocation revocation;
	size_t bad = 0;

	while (text.len) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end ? (size_t)(end - text.ptr) : text.len;

		if (!end || revoked_read(slice_make(text.ptr, len), &revocation) < 0)
			bad++;
		else
			revoked_add(auth->revoked, &revocation);
		text = slice_make(text.ptr + len, text.len - len);
		if (text.len)
			text = slice_make(text.ptr + 1, text.len - 1);
	}
	if (bad)
		log_error("revocations_unreadable", "lines=%zu", bad);
}

int revoke_load(struct auth *auth)
{
	_cleanup_(mem_freep) char *path = file_path(auth);
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	int r;

	auth->revoked = revoked_new();
	if (!path)
		return 0;
	r = statefile_read(path, FILE_MAX, &text);
	if (r == -ENOENT)
		return 0;
	if (r == 0) {
		read_lines(auth, buf_slice(&text));
		revoked_prune(auth->revoked, now_s());
		r = write_all(auth, path);
	}
	if (r < 0)
		log_error("revocations_lost", "file=%s error=%s", log_quote(slice_of(path)),
			log_quote(slice_of(strerror(-r))));
	count(auth);
	return r;
}

/* After a write that failed the file's end is not known, so it is written anew. */
static int keep(struct auth *auth, const struct revocation *revocation)
{
	_cleanup_(mem_freep) char *path = file_path(auth);
	_cleanup_(buf_done) struct buf line = { .cap = 0 };
	int r = 0;

	if (!path)
		return 0;
	if (auth->revoked_torn)
		r = write_all(auth, path);
	auth->revoked_torn = r < 0;
	if (r == 0) {
		revoked_write(&line, revocation);
		r = statefile_append(path, buf_slice(&line));
		auth->revoked_torn = r < 0;
	}
	if (r < 0)
		log_error("revocation_not_kept", "error=%s", log_quote(slice_of(strerror(-r))));
	return r;
}

/* ---- telling ---- */

static void add(struct buf *raw, struct msg_list *list, const struct revocation *revocation)
{
	struct msg_revocation entry = {
		.jti = revocation->jti, .user = revocation->user, .before = revocation->before
	};

	msg_add_revocation(raw, list, &entry);
}

/* A queue that is full is told all when there is room again. */
static bool send_list(struct auth *auth, struct link_peer *peer, struct msg_list list)
{
	struct msg msg = { .type = MSG_REVOKED, .revoked = { .revocations = list } };

	if (link_send(auth->link, peer, &msg) == 0)
		return true;
	peers_missed(&auth->peers, peer);
	return false;
}

void revoke_tell_all(struct auth *auth, struct link_peer *peer)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct msg_list list = { .count = 0 };
	const struct revoked_entry *at = NULL;
	struct revocation revocation;
	bool sent = true;

	while (sent && (at = revoked_next(auth->revoked, at, &revocation))) {
		add(&raw, &list, &revocation);
		if (list.count < PER_MESSAGE)
			continue;
		sent = send_list(auth, peer, list);
		buf_clear(&raw);
		list = (struct msg_list){ .count = 0 };
	}
	if (sent && list.count)
		send_list(auth, peer, list);
}

static size_t tell(struct auth *auth, const struct revocation *revocation)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct msg_list list = { .count = 0 };
	size_t told = 0;

	add(&raw, &list, revocation);
	for (size_t i = 0; i < auth->peers.count; i++)
		told += send_list(auth, auth->peers.entries[i].peer, list);
	return told;
}

/* Also what was issued in this second, be it after another revocation: see login.c. */
static int64_t until_now(const struct auth *auth, struct slice user)
{
	int64_t before = now_s() + 1, last = revoked_before(auth->revoked, user);

	return last >= before ? last + 1 : before;
}

/* When the last token that may be meant has run out; 0: never. */
static int64_t end_of(const struct auth *auth, const struct revocation *revocation)
{
	int64_t last = now_s() + auth->rules.leeway_s;

	if (auth->rules.max_ttl_s == 0)
		return 0;
	if (last < revocation->before)
		last = revocation->before;
	return last + auth->rules.max_ttl_s + auth->rules.leeway_s;
}

int revoke_now(struct auth *auth, struct revocation *revocation, size_t *ret_gateways)
{
	size_t max = (size_t)auth->conf->max_revocations;
	int r;

	if (revocation->user.len && revocation->before == 0)
		revocation->before = until_now(auth, revocation->user);
	if (revocation->expires == 0)
		revocation->expires = end_of(auth, revocation);
	if (!revocation_valid(revocation))
		return -EINVAL;
	if (revoked_count(auth->revoked) >= max && revoked_prune(auth->revoked, now_s()) == 0 &&
		!revoked_knows(auth->revoked, revocation))
		return -ENOSPC;
	r = keep(auth, revocation);
	if (r < 0)
		return r;
	revoked_add(auth->revoked, revocation);
	count(auth);
	counter_add(COUNTER_AUTH_REVOKED, 1);
	log_info("revoked", "what=%s", revocation->jti.len ? "jti" : "user");
	*ret_gateways = tell(auth, revocation);
	return 0;
}
