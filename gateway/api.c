/* api.c - the server API: who may use it, what is asked of the hub, and when it is answered */
/* SPDX-License-Identifier: MIT */
#include "gateway/api.h"

#include "gateway/admit.h"
#include "gateway/api_ask.h"
#include "gateway/api_internal.h"
#include "gateway/api_log.h"
#include "gateway/apitext.h"
#include "gateway/route.h"
#include "gateway/uplink.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/json.h"

static const struct slice none = { NULL, 0 };

struct api *api_new(struct gateway *gateway)
{
	struct api *api = mem_alloc(sizeof(*api));

	api->gateway = gateway;
	return api;
}

void api_free(struct api *api)
{
	if (!api)
		return;
	buf_done(&api->scratch);
	mem_free(api);
}

static void *begin(struct gateway *gateway, struct post *post, unsigned what)
{
	struct api_exchange *request = mem_alloc(sizeof(*request));

	request->api = gateway->api;
	request->post = post;
	request->method = (enum api_method)what;
	return request;
}

static void cancel(void *arg)
{
	struct api_exchange *request = arg;

	if (request->question)
		question_drop(request->question);
	wheel_remove(&request->deadline);
	for (unsigned i = 0; i < request->count; i++) {
		if (request->items[i].number)
			HASH_DEL(request->api->asked, &request->items[i]);
		figures_free(request->items[i].figures);
		buf_done(&request->items[i].text);
	}
	mem_free(request->items);
	mem_free(request->user);
	mem_free(request->jti);
	mem_free(request);
}

/* ---- who ---- */

/* Who may use the API; a cookie never says who someone is here. */
static bool may_use(const struct msg_verdict *verdict, enum api_method method)
{
	return verdict->admin || (verdict->api && !api_method_is_admins(method));
}

static enum refusal judge(
	struct api *api, const struct msg_verdict *verdict, enum api_method method)
{
	int64_t rate = api->gateway->conf->api_rate;
	struct rate_limits limits = { .messages = rate, .messages_burst = 2 * rate };

	if (!verdict)
		return REFUSAL_AUTH_AWAY;
	if (verdict->verdict != VERDICT_ALLOW || verdict->user.len == 0)
		return REFUSAL_UNAUTHORIZED;
	if (!may_use(verdict, method))
		return REFUSAL_FORBIDDEN;
	if (rate &&
		rate_take(&api->rate, &limits, loop_now_ms(api->gateway->loop), 0) != RATE_TAKEN)
		return REFUSAL_API_RATE;
	return REFUSAL_NONE;
}

static void refuse(struct api_exchange *request, enum refusal refusal)
{
	if (refusal == REFUSAL_API_RATE)
		counter_add(COUNTER_GATEWAY_API_RATE, 1);
	if (refusal == REFUSAL_UNAUTHORIZED || refusal == REFUSAL_FORBIDDEN)
		counter_add(COUNTER_GATEWAY_API_DENIED, 1);
	post_refuse(request->post, refusal);
}

static void on_verdict(void *arg, const struct msg_verdict *verdict)
{
	struct api_exchange *request = arg;
	enum refusal refusal = judge(request->api, verdict, request->method);

	request->question = NULL;
	if (refusal != REFUSAL_NONE) {
		refuse(request, refusal);
		return;
	}
	counter_add(COUNTER_GATEWAY_API_REQUESTS, 1);
	request->user = slice_dup(verdict->user);
	request->admin = verdict->admin;
	request->jti = slice_dup(verdict->jti);
	post_read(request->post);
}

static void admit(void *arg)
{
	struct api_exchange *request = arg;
	struct post *post = request->post;
	struct slice token = route_bearer(post_head(post)->authorization);

	if (token.len)
		request->question = admit_check(request->api->gateway->admit, token,
			post_address(post), on_verdict, request);
	else
		refuse(request, REFUSAL_UNAUTHORIZED);
}

/* ---- the answer ---- */

static void put_batch(const struct api_exchange *request, struct buf *out)
{
	buf_put(out, SLICE("{\"result\":{\"results\":["));
	for (unsigned i = 0; i < request->count; i++) {
		json_comma(out);
		buf_put(out, buf_slice(&request->items[i].text));
	}
	buf_put(out, SLICE("]}}"));
}

/* All calls are answered; the request is gone after this. */
static void finish(struct api_exchange *request)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	bool batch = request->method == API_METHOD_BATCH;

	if (batch)
		put_batch(request, &out);
	else
		buf_put(&out, buf_slice(&request->items[0].text));
	buf_putc(&out, '\n');
	post_answer(request->post, batch ? 200 : request->items[0].status, buf_slice(&out), none);
}

static void answered(struct api_item *item, int status)
{
	item->status = status;
	figures_free(item->figures); /* its time may not be over yet */
	item->figures = NULL;
	if (status != 200)
		counter_add(COUNTER_GATEWAY_API_ERRORS, 1);
	if (!item->number)
		return;
	HASH_DEL(item->request->api->asked, item);
	item->number = 0;
	item->request->unanswered--;
}

static void fail(struct api_item *item, int status, const struct api_fault *fault)
{
	api_put_fault(&item->text, fault);
	answered(item, status);
}

/* ---- asking ---- */

static int status_of(const struct api_fault *fault)
{
	return slice_eq(slice_of(fault->code), SLICE("unknown_method")) ? 404 : 400;
}

/* What was never said to a hub is not done, and will not be; of the rest no one knows here. */
static void give_up(struct api_item *item)
{
	static const struct api_fault undone = { "unavailable", { NULL, 0 },
		"the hub is away; nothing was done; try again" };
	static const struct api_fault unknown = { "timeout", { NULL, 0 },
		"the hub has not answered in time; it may be done: ask again, with the same mid" };
	static const struct api_fault of_auth = { "timeout", { NULL, 0 },
		"auth has not answered in time; it may be done: ask again" };
	struct uplink *uplink = item->request->api->gateway->uplink;
	bool withdrawn = item->seq && uplink_withdraw(uplink, item->seq);

	counter_add(COUNTER_GATEWAY_API_TIMEOUTS, 1);
	if (item->seq == 0) {
		fail(item, 504, &of_auth);
		return;
	}
	fail(item, withdrawn ? 503 : 504, withdrawn ? &undone : &unknown);
}

static void on_deadline(struct wheel_node *node)
{
	struct api_exchange *request = (struct api_exchange *)node;

	log_warn("api_timeout", "linked=%s calls=%u",
		counter_get(COUNTER_GATEWAY_HUB_UP) ? "yes" : "no", request->unanswered);
	for (unsigned i = 0; i < request->count; i++)
		if (request->items[i].number)
			give_up(&request->items[i]);
	finish(request);
}

static void note(const struct api_exchange *request, const struct api_command *call)
{
	struct api_caller by = { .user = slice_of(request->user),
		.jti = slice_of(request->jti),
		.address = post_address(request->post) };

	api_log(&by, call, (enum api_logged)request->api->gateway->conf->api_log);
}

static void ask_for(struct api_item *item, const struct api_command *call)
{
	static const struct api_fault forbidden = { "forbidden", { NULL, 0 },
		"this is for administrators only" };
	static const struct api_fault behind = { "unavailable", { NULL, 0 },
		"who should do it is behind, or away; nothing was done; try again" };
	struct api_exchange *request = item->request;
	struct api *api = request->api;
	struct api_asking asking = { .gateway = api->gateway,
		.number = api->last + 1,
		.user = slice_of(request->user),
		.token = route_bearer(post_head(request->post)->authorization),
		.address = post_address(request->post),
		.call = call,
		.ret_seq = &item->seq };

	if (api_method_is_admins(call->method) && !request->admin) {
		fail(item, 403, &forbidden);
		return;
	}
	note(request, call);
	if (api_ask(&asking) < 0) {
		fail(item, 503, &behind);
		return;
	}
	item->method = call->method;
	item->order = call->order;
	if (call->timeout > request->timeout)
		request->timeout = call->timeout;
	item->number = ++api->last;
	HASH_ADD(hh, api->asked, number, sizeof(item->number), item);
	request->unanswered++;
}

static void ask(struct api_exchange *request, struct api_item *item, struct slice object,
	enum api_method method)
{
	struct api *api = request->api;
	struct api_fault fault;
	struct api_command call;

	counter_add(COUNTER_GATEWAY_API_CALLS, 1);
	item->request = request;
	if (!api_call_read(object, method, &api->scratch, &call, &fault)) {
		fail(item, status_of(&fault), &fault);
		return;
	}
	ask_for(item, &call);
}

static void ask_all(struct api_exchange *request, struct slice requests)
{
	struct json_value object;
	struct json_walk walk;
	unsigned count = 0;

	json_walk_init(&walk, requests);
	while (json_next_element(&walk, &object))
		count++;
	request->items = mem_array(count, sizeof(*request->items));
	request->count = count;
	count = 0;
	json_walk_init(&walk, requests);
	while (json_next_element(&walk, &object))
		ask(request, &request->items[count++], object.text, API_METHOD_NONE);
}

static void ask_one(struct api_exchange *request, struct slice object)
{
	request->items = mem_array(1, sizeof(*request->items));
	request->count = 1;
	ask(request, &request->items[0], object, request->method);
}

/* The list of a batch points into the body, not into what its requests are read with. */
static bool ask_batch(
	struct api_exchange *request, struct slice object, struct api_fault *ret_fault)
{
	struct api_command call;

	if (!api_call_read(object, API_METHOD_BATCH, &request->api->scratch, &call, ret_fault))
		return false;
	ask_all(request, call.requests);
	return true;
}

static void answer_fault(struct api_exchange *request, const struct api_fault *fault)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };

	counter_add(COUNTER_GATEWAY_API_ERRORS, 1);
	api_put_fault(&out, fault);
	buf_putc(&out, '\n');
	post_answer(request->post, status_of(fault), buf_slice(&out), none);
}

static void take_body(void *arg, struct slice body)
{
	struct api_exchange *request = arg;
	const struct gateway_conf *conf = request->api->gateway->conf;
	struct api_fault fault;
	struct slice object;
	bool good = api_body_check(body, (unsigned)conf->json_depth, &object, &fault);

	if (good && request->method == API_METHOD_BATCH)
		good = ask_batch(request, object, &fault);
	else if (good)
		ask_one(request, object);
	if (!good)
		answer_fault(request, &fault);
	else if (request->unanswered == 0)
		finish(request);
	else
		wheel_add(request->api->gateway->wheel, &request->deadline, clock_now(),
			(uint64_t)conf->api_timeout + request->timeout, on_deadline);
}

void api_item_done(struct api_item *item, int status)
{
	struct api_exchange *request = item->request;

	answered(item, status);
	if (request->unanswered == 0)
		finish(request);
}

const struct answerer api_answerer = {
	.begin = begin, .admit = admit, .body = take_body, .cancel = cancel
};
