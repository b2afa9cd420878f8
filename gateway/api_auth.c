/* api_auth.c - /api/auth/...: a request that auth has to answer */
/* SPDX-License-Identifier: MIT */
#include "gateway/api_auth.h"

#include <jansson.h>

#include "gateway/admit.h"
#include "gateway/wheel.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/json.h"
#include "proto/link.h"

/* A password is checked slowly on purpose, and others may be waiting. */
enum { LOGIN_MS = 10000 };

/* Not an id of admit.c's questions. */
static const uint64_t id_bit = UINT64_C(1) << 63;

struct api_call {
	struct wheel_node deadline; /* first */
	UT_hash_handle hh;
	struct gateway *gateway;
	enum route_kind kind;
	api_done done;
	void *arg;
	uint64_t id; /* 0: auth is not being asked */
	bool wants_cookie, by_cookie, secure;
	size_t expected; /* bytes of the body */
	struct buf token;
	struct buf address;
	struct buf body;
	struct api_answer answer;
};

struct api {
	struct api_call *calls;
	uint64_t last_id;
};

static struct api *api_of(struct gateway *gateway)
{
	if (!gateway->api)
		gateway->api = mem_alloc(sizeof(*gateway->api));
	return gateway->api;
}

static void stop_asking(struct api_call *call)
{
	wheel_remove(&call->deadline);
	if (call->id)
		HASH_DEL(call->gateway->api->calls, call);
	call->id = 0;
}

static void wipe(struct buf *buf)
{
	if (buf->cap)
		explicit_bzero(buf->data, buf->cap);
	buf_done(buf);
}

struct api_call *api_call_new(
	struct gateway *gateway, const struct api_request *request, api_done done, void *arg)
{
	struct api_call *call = mem_alloc(sizeof(*call));

	call->gateway = gateway;
	call->kind = request->kind;
	call->done = done;
	call->arg = arg;
	call->by_cookie = request->by_cookie;
	call->secure = request->secure;
	call->expected = request->body;
	buf_put(&call->token, request->token);
	buf_put(&call->address, request->address);
	/* A password does not stay behind in memory that was given up. */
	buf_reserve(&call->body, API_BODY_MAX + 1);
	counter_add(COUNTER_GATEWAY_API_REQUESTS, 1);
	return call;
}

void api_call_free(struct api_call *call)
{
	if (!call)
		return;
	stop_asking(call);
	wipe(&call->token);
	wipe(&call->body);
	wipe(&call->answer.body);
	wipe(&call->answer.cookie);
	buf_done(&call->address);
	mem_free(call);
}

/* ---- answers ---- */

static void finish(struct api_call *call, int status)
{
	stop_asking(call);
	call->answer.status = status;
	buf_putc(&call->answer.body, '\n');
	call->done(call->arg, &call->answer);
}

static void refuse(struct api_call *call, int status, const char *code, const char *message)
{
	struct buf *body = &call->answer.body;

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
	struct buf *out = &call->answer.cookie;

	buf_put(out, SLICE(API_COOKIE "="));
	buf_put(out, token);
	buf_printf(out, "; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld", (long long)seconds);
	if (call->secure || call->gateway->conf->cookie_secure)
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
	struct buf *body = &call->answer.body;
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
	struct buf *body = &call->answer.body;

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

	if (gateway->api)
		HASH_FIND(hh, gateway->api->calls, &id, sizeof(id), call);
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
			call->kind == ROUTE_API_GUEST ? "this nickname is not valid"
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
	body = &call->answer.body;
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
	struct api *api = api_of(gateway);

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
			.address = buf_slice(&call->address) } };

	if (msg.login.name.len == 0 || msg.login.password.len == 0)
		refuse(call, 400, "bad_request", "name and password are wanted");
	else
		ask(call, &msg, &msg.login.id, LOGIN_MS);
}

static void ask_guest(struct api_call *call, const json_t *said)
{
	struct msg msg = { .type = MSG_GUEST,
		.guest = { .nickname = text_of(said, "nickname"),
			.address = buf_slice(&call->address) } };

	if (msg.guest.nickname.len == 0)
		refuse(call, 400, "bad_request", "a nickname is wanted");
	else
		ask(call, &msg, &msg.guest.id, LOGIN_MS);
}

static void ask_me(struct api_call *call)
{
	struct msg msg = { .type = MSG_VERIFY,
		.verify = {
			.token = buf_slice(&call->token), .address = buf_slice(&call->address) } };

	ask(call, &msg, &msg.verify.id, (uint64_t)call->gateway->conf->verdict_timeout);
}

static void log_out(struct api_call *call)
{
	set_cookie(call, slice_of(NULL), 0);
	json_begin(&call->answer.body, '{');
	json_end(&call->answer.body, '}');
	finish(call, 200);
}

void api_call_start(struct api_call *call)
{
	json_t *said;

	if (call->kind == ROUTE_API_ME) {
		ask_me(call);
		return;
	}
	said = call->body.len
		? json_loadb(call->body.data, call->body.len, JSON_REJECT_DUPLICATES, NULL)
		: NULL;
	call->wants_cookie = json_is_true(json_object_get(said, "cookie"));
	if (!json_is_object(said))
		refuse(call, 400, "bad_request", "the body is no JSON object");
	else if (call->kind == ROUTE_API_LOGIN)
		ask_login(call, said);
	else if (call->kind == ROUTE_API_GUEST)
		ask_guest(call, said);
	else
		log_out(call);
	json_decref(said);
}

bool api_call_body(struct api_call *call, struct slice bytes)
{
	size_t left = call->expected - call->body.len;

	if (left == 0)
		return false;
	buf_put(&call->body, slice_make(bytes.ptr, bytes.len < left ? bytes.len : left));
	if (call->body.len < call->expected)
		return false;
	api_call_start(call);
	return true;
}
