/* api_auth.c - /api/auth/...: a request that auth has to answer */
/* SPDX-License-Identifier: MIT */
#include "gateway/api_auth.h"

#include <jansson.h>

#include "gateway/admit.h"
#include "gateway/route.h"
#include "gateway/wheel.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/json.h"
#include "proto/link.h"

/* A password is checked slowly on purpose, and others may be waiting. */
enum { LOGIN_MS = 10000, ANSWER_ROOM = 4096 /* bytes */ };

/* Not an id of admit.c's questions. */
static const uint64_t id_bit = UINT64_C(1) << 63;

struct api_call {
	struct wheel_node deadline; /* first */
	UT_hash_handle hh;
	struct gateway *gateway;
	struct post *post;
	enum auth_ask kind;
	uint64_t id; /* 0: auth is not being asked */
	bool wants_cookie, by_cookie;
	struct slice token; /* of the header or the cookie, the post's; empty: none */
	struct buf body, cookie; /* of the answer */
};

struct api_auth {
	struct api_call *calls;
	uint64_t last_id;
};

static struct api_auth *api_of(struct gateway *gateway)
{
	if (!gateway->api_auth)
		gateway->api_auth = mem_alloc(sizeof(*gateway->api_auth));
	return gateway->api_auth;
}

static void stop_asking(struct api_call *call)
{
	wheel_remove(&call->deadline);
	if (call->id)
		HASH_DEL(call->gateway->api_auth->calls, call);
	call->id = 0;
}

static void wipe(struct buf *buf)
{
	if (buf->cap)
		explicit_bzero(buf->data, buf->cap);
	buf_done(buf);
}

/* The header wins; a cookie is only what browsers add by themselves. */
static void find_token(struct api_call *call)
{
	const struct posthead *head = post_head(call->post);

	call->token = route_bearer(head->authorization);
	if (call->token.len)
		return;
	call->token = route_cookie_token(head->cookie, SLICE(API_COOKIE));
	call->by_cookie = call->token.len > 0;
}

static void *begin(struct gateway *gateway, struct post *post, unsigned what)
{
	struct api_call *call = mem_alloc(sizeof(*call));

	call->gateway = gateway;
	call->post = post;
	call->kind = (enum auth_ask)what;
	find_token(call);
	buf_reserve(&call->body, ANSWER_ROOM); /* it stays in one place */
	buf_reserve(&call->cookie, ANSWER_ROOM);
	counter_add(COUNTER_GATEWAY_API_REQUESTS, 1);
	return call;
}

static void cancel(void *arg)
{
	struct api_call *call = arg;

	stop_asking(call);
	wipe(&call->body);
	wipe(&call->cookie);
	mem_free(call);
}

/* ---- answers ---- */

/* The call is gone after this. */
static void finish(struct api_call *call, int status)
{
	stop_asking(call);
	buf_putc(&call->body, '\n');
	post_answer(call->post, status, buf_slice(&call->body), buf_slice(&call->cookie));
}

static void refuse(struct api_call *call, int status, const char *code, const char *message)
{
	struct buf *body = &call->body;

	json_begin(body, '{');
	json_key(body, "error");
	json_begin(body, '{');
	json_add_string(body, "code", slice_of(code));
	json_add_string(body, "message", slice_of(message));
	json_end(body, '}');
	json_end(body, '}');
	finish(call, status);
}

static void unavailable(struct api_call *call)
{
	refuse(call, 503, "unavailable", "this cannot be done now; try again");
}

/* An empty token takes it away. */
static void set_cookie(struct api_call *call, struct slice token, int64_t seconds)
{
	struct buf *out = &call->cookie;

	buf_put(out, SLICE(API_COOKIE "="));
	buf_put(out, token);
	buf_printf(out, "; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld", (long long)seconds);
	if (post_is_secure(call->post) || call->gateway->conf->cookie_secure)
		buf_put(out, SLICE("; Secure"));
}

static void add_text(struct buf *body, const char *name, struct slice text)
{
	if (text.len)
		json_add_string(body, name, text);
	else
		json_add_null(body, name);
}

static void add_expires(struct buf *body, int64_t expires)
{
	if (expires)
		json_add_i64(body, "expires", expires);
	else
		json_add_null(body, "expires");
}

static void put_token(struct api_call *call, const struct msg_token *token)
{
	struct buf *body = &call->body;
	int64_t left = token->expires - (int64_t)(clock_wall_ms() / 1000);

	json_begin(body, '{');
	if (call->wants_cookie)
		set_cookie(call, token->token, left > 0 ? left : 0);
	else
		json_add_string(body, "token", token->token);
	add_text(body, "user", token->user);
	add_text(body, "nickname", token->nickname);
	add_expires(body, token->expires);
	json_add_bool(body, "admin", token->admin);
	json_end(body, '}');
	finish(call, 200);
}

static void put_rate(struct api_call *call, uint32_t retry_s)
{
	struct buf *body = &call->body;

	json_begin(body, '{');
	json_key(body, "error");
	json_begin(body, '{');
	json_add_string(body, "code", SLICE("rate"));
	json_add_string(body, "message", SLICE("this was tried too often; wait"));
	json_add_u64(body, "retry_ms", retry_s * 1000ull);
	json_end(body, '}');
	json_end(body, '}');
	finish(call, 429);
}

static struct api_call *find(struct gateway *gateway, uint64_t id)
{
	struct api_call *call = NULL;

	if (gateway->api_auth)
		HASH_FIND(hh, gateway->api_auth->calls, &id, sizeof(id), call);
	return call;
}

void api_on_token(struct gateway *gateway, const struct msg_token *token)
{
	struct api_call *call = find(gateway, token->id);

	if (!call)
		return;
	switch (token->result) {
	case LOGIN_OK:
		put_token(call, token);
		break;
	case LOGIN_DENIED:
		refuse(call, 401, "unauthorized",
			call->kind == AUTH_GUEST ? "this nickname is not valid"
						 : "name or password is wrong");
		break;
	case LOGIN_RATE:
		put_rate(call, token->retry_s);
		break;
	case LOGIN_FORBIDDEN:
		refuse(call, 403, "forbidden", "guests are not let in here");
		break;
	default:
		unavailable(call);
	}
}

bool api_on_verdict(struct gateway *gateway, const struct msg_verdict *verdict)
{
	struct api_call *call = find(gateway, verdict->id);
	struct buf *body;

	if (!call)
		return verdict->id & id_bit;
	body = &call->body;
	if (call->token.len && verdict->verdict != VERDICT_ALLOW) {
		if (call->by_cookie)
			set_cookie(call, slice_of(NULL), 0);
		refuse(call, 401, "unauthorized", "the token is not valid");
		return true;
	}
	json_begin(body, '{');
	add_text(body, "user", verdict->user);
	add_text(body, "nickname", verdict->nickname);
	add_expires(body, verdict->expires);
	json_add_bool(body, "admin", verdict->admin);
	if (call->token.len == 0)
		json_add_bool(body, "anonymous", verdict->verdict == VERDICT_ALLOW);
	json_end(body, '}');
	finish(call, 200);
	return true;
}

/* ---- questions ---- */

static void on_deadline(struct wheel_node *node)
{
	counter_add(COUNTER_GATEWAY_VERDICT_TIMEOUTS, 1);
	unavailable((struct api_call *)node);
}

static void ask(struct api_call *call, struct msg *msg, uint64_t *id, uint64_t ms)
{
	struct gateway *gateway = call->gateway;
	struct api_auth *api = api_of(gateway);

	call->id = *id = ++api->last_id | id_bit;
	HASH_ADD(hh, api->calls, id, sizeof(call->id), call);
	wheel_add(gateway->wheel, &call->deadline, clock_now(), ms, on_deadline);
	if (link_send(admit_link(gateway->admit), NULL, msg) < 0)
		unavailable(call);
}

static struct slice text_of(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return slice_make(json_string_value(value), json_string_length(value));
}

static void ask_login(struct api_call *call, const json_t *said)
{
	struct msg msg = { .type = MSG_LOGIN,
		.login = { .name = text_of(said, "name"),
			.password = text_of(said, "password"),
			.address = post_address(call->post) } };

	if (msg.login.name.len == 0 || msg.login.password.len == 0)
		refuse(call, 400, "bad_request", "name and password are wanted");
	else
		ask(call, &msg, &msg.login.id, LOGIN_MS);
}

static void ask_guest(struct api_call *call, const json_t *said)
{
	struct msg msg = { .type = MSG_GUEST,
		.guest = { .nickname = text_of(said, "nickname"),
			.address = post_address(call->post) } };

	if (msg.guest.nickname.len == 0)
		refuse(call, 400, "bad_request", "a nickname is wanted");
	else
		ask(call, &msg, &msg.guest.id, LOGIN_MS);
}

static void ask_me(struct api_call *call)
{
	struct msg msg = { .type = MSG_VERIFY,
		.verify = { .token = call->token, .address = post_address(call->post) } };

	ask(call, &msg, &msg.verify.id, (uint64_t)call->gateway->conf->verdict_timeout);
}

static void log_out(struct api_call *call)
{
	set_cookie(call, slice_of(NULL), 0);
	json_begin(&call->body, '{');
	json_end(&call->body, '}');
	finish(call, 200);
}

static void take_body(void *arg, struct slice body)
{
	struct api_call *call = arg;
	json_t *said;

	if (call->kind == AUTH_ME) {
		ask_me(call);
		return;
	}
	said = body.len ? json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	call->wants_cookie = json_is_true(json_object_get(said, "cookie"));
	if (!json_is_object(said))
		refuse(call, 400, "bad_request", "the body is no JSON object");
	else if (call->kind == AUTH_LOGIN)
		ask_login(call, said);
	else if (call->kind == AUTH_GUEST)
		ask_guest(call, said);
	else
		log_out(call);
	json_decref(said);
}

/* Whoever it is; of what it says auth is the judge. */
static void admit(void *arg)
{
	struct api_call *call = arg;

	post_read(call->post);
}

const struct answerer api_auth_answerer = {
	.begin = begin, .admit = admit, .body = take_body, .cancel = cancel
};
