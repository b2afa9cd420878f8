/* login.c - passwords for tokens, and tokens for guests */
/* SPDX-License-Identifier: MIT */
#include "auth/login.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "auth/rate.h"
#include "proto/base/clock.h"
#include "proto/base/list.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/statefile.h"
#include "proto/counters.h"
#include "proto/event.h"
#include "proto/token_mint.h"
#include "proto/users.h"

enum {
	QUEUE_MAX = 64, /* of passwords that wait to be checked */
	RATES_MAX = 20000, /* names and addresses */
	ID_LEN = 26,
	GUEST_LEN = 10,
};

/* Its texts are its own. */
struct job {
	struct list link;
	struct link_peer *peer; /* NULL: it has gone */
	uint64_t id;
	char *name;
	char *password;
	char *address;
	char *file;
	bool good, admin; /* what became of it */
	int error; /* of the file */
};

struct login {
	struct auth *auth;
	struct work *work;
	struct rate *rates;
	struct list queue;
	size_t waiting;
	struct job *job; /* the one that is being checked */
};

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	mem_free(text);
}

static void job_free(struct job *job)
{
	if (!job)
		return;
	list_remove(&job->link);
	wipe(job->password);
	mem_free(job->name);
	mem_free(job->address);
	mem_free(job->file);
	mem_free(job);
}

/* ---- answers ---- */

static void answer(struct login *login, struct link_peer *peer, const struct msg_token *token)
{
	const struct msg msg = { .type = MSG_TOKEN, .token = *token };

	if (peer && link_send(login->auth->link, peer, &msg) < 0)
		log_warn("token_lost", "peer=%s", link_peer_name(peer));
}

static void refuse(struct login *login, struct link_peer *peer, uint64_t id,
	enum login_result result, uint64_t wait_ms)
{
	static const enum counter counters[] = {
		[LOGIN_DENIED] = COUNTER_AUTH_LOGINS_DENIED,
		[LOGIN_RATE] = COUNTER_AUTH_LOGINS_LIMITED,
		[LOGIN_BUSY] = COUNTER_AUTH_LOGINS_BUSY,
		[LOGIN_FORBIDDEN] = COUNTER_AUTH_LOGINS_DENIED,
	};
	struct msg_token token = {
		.id = id, .result = (uint8_t)result, .retry_s = (uint32_t)((wait_ms + 999) / 1000)
	};

	counter_add(counters[result], 1);
	answer(login, peer, &token);
}

static char *text_or_null(char *text)
{
	return text[0] ? text : NULL;
}

/* Signed with auth's own key. The text is the caller's. */
static int mint(struct login *login, struct mint *wish, int64_t ttl_ms, char **ret_text)
{
	const struct auth *auth = login->auth;
	const struct key *key = keys_find(auth->keys, SLICE(AUTH_OWN_KID));
	int64_t before = revoked_before(auth->revoked, slice_of(wish->user));
	char id[ID_LEN + 1];

	if (!key || key->algorithm != KEY_HS256)
		return -ENOENT;
	service_random_text(id, ID_LEN);
	wish->kid = AUTH_OWN_KID;
	wish->jti = id;
	wish->issuer = text_or_null(auth->conf->issuer);
	wish->audience = text_or_null(auth->conf->audience);
	wish->now_s = (int64_t)(clock_wall_ms() / 1000);
	/* Tokens of this second may have been revoked; this one was not. */
	if (wish->now_s < before)
		wish->now_s = before;
	wish->ttl_s = ttl_ms / 1000;
	if (auth->rules.max_ttl_s && wish->ttl_s > auth->rules.max_ttl_s)
		wish->ttl_s = auth->rules.max_ttl_s;
	return token_mint(wish, &key->secret, ret_text);
}

static void grant(
	struct login *login, struct link_peer *peer, uint64_t id, struct mint *wish, int64_t ttl_ms)
{
	char *text = NULL;
	int r = mint(login, wish, ttl_ms, &text);
	struct msg_token token = { .id = id,
		.result = LOGIN_OK,
		.token = slice_of(text),
		.user = wish->guest ? (struct slice){ NULL, 0 } : slice_of(wish->user),
		.nickname = slice_of(wish->name),
		.expires = wish->now_s + wish->ttl_s,
		.admin = wish->admin };

	if (r < 0) {
		log_error("token_not_made", "error=%s", log_quote(slice_of(strerror(-r))));
		refuse(login, peer, id, LOGIN_BUSY, 0);
		return;
	}
	counter_add(wish->guest ? COUNTER_AUTH_GUESTS : COUNTER_AUTH_LOGINS, 1);
	answer(login, peer, &token);
	wipe(text);
}

/* ---- how often ---- */

/* An address, or of IPv6 the network that one household has. */
static void name_address(struct slice address, struct buf *out)
{
	_cleanup_(mem_freep) char *text = slice_dup(address);
	unsigned char bytes[16];

	buf_putc(out, 'a');
	if (inet_pton(AF_INET6, text, bytes) == 1)
		buf_add(out, bytes, 8);
	else
		buf_put(out, address);
}

static bool may_try(
	struct login *login, struct slice address, struct slice name, uint64_t *ret_wait)
{
	const struct auth_conf *conf = login->auth->conf;
	uint64_t now = clock_now().ns / 1000000, interval = (uint64_t)conf->login_interval;
	unsigned burst = (unsigned)conf->login_burst;
	_cleanup_(buf_done) struct buf key = { .cap = 0 };

	name_address(address, &key);
	if (!rate_take(login->rates, buf_slice(&key), burst, interval, now, ret_wait))
		return false;
	if (name.len == 0)
		return true;
	buf_clear(&key);
	buf_putc(&key, 'n');
	buf_put(&key, name);
	return rate_take(login->rates, buf_slice(&key), burst, interval, now, ret_wait);
}

/* Who knows the password is not counted among those who try. */
static void give_back(struct login *login, const struct job *job)
{
	uint64_t interval = (uint64_t)login->auth->conf->login_interval;
	_cleanup_(buf_done) struct buf key = { .cap = 0 };

	name_address(slice_of(job->address), &key);
	rate_give_back(login->rates, buf_slice(&key), interval);
	buf_clear(&key);
	buf_putc(&key, 'n');
	buf_put(&key, slice_of(job->name));
	rate_give_back(login->rates, buf_slice(&key), interval);
}

/* ---- passwords ---- */

/* In a thread: knows nothing but the job. */
static void check(void *arg)
{
	struct job *job = ((struct login *)arg)->job;
	struct buf text = { .cap = 0 };
	struct user_line user = { .admin = false };
	bool known = false;

	job->error = job->file ? statefile_read(job->file, USERS_FILE_MAX, &text) : -ENOENT;
	if (job->error == 0)
		known = users_find(buf_slice(&text), slice_of(job->name), &user);
	job->good = users_check(user.hash, job->password) && known;
	job->admin = user.admin;
	buf_done(&text);
}

static void next(struct login *login)
{
	if (login->job || list_empty(&login->queue))
		return;
	login->job = LIST_ENTRY(login->queue.next, struct job, link);
	list_remove(&login->job->link);
	login->waiting--;
	work_start(login->work);
}

static void on_checked(void *arg)
{
	struct login *login = arg;
	struct job *job = login->job;
	struct mint wish = { .user = job->name, .name = job->name, .admin = job->admin };

	login->job = NULL;
	if (job->error < 0 && job->error != -ENOENT)
		log_error("users", "error=%s", log_quote(slice_of(strerror(-job->error))));
	if (job->good) {
		give_back(login, job);
		grant(login, job->peer, job->id, &wish, login->auth->conf->login_ttl);
	} else {
		log_info("login_denied", "address=%s", log_quote(slice_of(job->address)));
		refuse(login, job->peer, job->id, LOGIN_DENIED, 0);
	}
	job_free(job);
	next(login);
}

static char *users_path(const struct auth *auth)
{
	const char *state = service_state_dir(auth->service);

	if (auth->conf->users[0])
		return mem_strdup(auth->conf->users);
	return state[0] ? mem_printf("%s/users", state) : NULL;
}

void login_ask(struct login *login, struct link_peer *peer, const struct msg_login *ask)
{
	uint64_t wait = 0;
	struct job *job;

	if (!users_name_valid(ask->name) || !users_password_valid(ask->password)) {
		refuse(login, peer, ask->id, LOGIN_DENIED, 0);
	} else if (!may_try(login, ask->address, ask->name, &wait)) {
		refuse(login, peer, ask->id, LOGIN_RATE, wait);
	} else if (login->waiting >= QUEUE_MAX) {
		refuse(login, peer, ask->id, LOGIN_BUSY, 0);
	} else {
		job = mem_alloc(sizeof(*job));
		job->peer = peer;
		job->id = ask->id;
		job->name = slice_dup(ask->name);
		job->password = slice_dup(ask->password);
		job->address = slice_dup(ask->address);
		job->file = users_path(login->auth);
		list_init(&job->link);
		list_append(&login->queue, &job->link);
		login->waiting++;
		next(login);
	}
}

void login_guest(struct login *login, struct link_peer *peer, const struct msg_guest *ask)
{
	const struct auth_conf *conf = login->auth->conf;
	_cleanup_(mem_freep) char *nickname = slice_dup(ask->nickname);
	char random[GUEST_LEN + 1], user[sizeof("guest-") + GUEST_LEN];
	struct mint wish = { .user = user, .name = nickname, .guest = true };
	uint64_t wait = 0;

	if (!conf->guests && !conf->anonymous) {
		refuse(login, peer, ask->id, LOGIN_FORBIDDEN, 0);
	} else if (ask->nickname.len > EVENT_NICKNAME_MAX ||
		!event_nickname_valid(ask->nickname, EVENT_NICKNAME_MAX)) {
		refuse(login, peer, ask->id, LOGIN_DENIED, 0);
	} else if (!may_try(login, ask->address, (struct slice){ NULL, 0 }, &wait)) {
		refuse(login, peer, ask->id, LOGIN_RATE, wait);
	} else {
		service_random_text(random, GUEST_LEN);
		snprintf(user, sizeof(user), "guest-%s", random);
		grant(login, peer, ask->id, &wish, conf->guest_ttl);
	}
}

void login_forget(struct login *login, const struct link_peer *peer)
{
	for (struct list *at = login->queue.next; at != &login->queue; at = at->next) {
		struct job *job = LIST_ENTRY(at, struct job, link);

		if (job->peer == peer)
			job->peer = NULL;
	}
	if (login->job && login->job->peer == peer)
		login->job->peer = NULL;
}

struct login *login_new(struct auth *auth)
{
	struct login *login = mem_alloc(sizeof(*login));

	login->auth = auth;
	login->rates = rate_new(RATES_MAX);
	list_init(&login->queue);
	login->work = work_new(service_loop(auth->service), check, on_checked, login);
	return login;
}

void login_free(struct login *login)
{
	if (!login)
		return;
	work_free(login->work);
	job_free(login->job);
	while (!list_empty(&login->queue))
		job_free(LIST_ENTRY(login->queue.next, struct job, link));
	rate_free(login->rates);
	mem_free(login);
}
