/* admit.c - who may come in: questions to auth and its verdicts */
/* SPDX-License-Identifier: MIT */
#include "gateway/admit.h"

#include "gateway/expiry.h"
#include "gateway/introduction.h"
#include "gateway/uplink.h"
#include "proto/base/hash.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/histogram.h"
#include "proto/link.h"

struct admit {
	struct gateway *gateway;
	struct link *link;
	struct question *questions; /* by id, oldest first */
	uint64_t last_id;
	struct {
		bool told;
		enum verdict verdict;
	} anonymous; /* what becomes of who brings no token; of an auth that is linked */
};

/* Kept, with its token, until there is a verdict: auth may be restarted meanwhile. */
struct question {
	struct wheel_node deadline; /* first */
	UT_hash_handle hh;
	struct admit *admit;
	struct client *client; /* or NULL: */
	verdict_fn fn;
	void *arg;
	uint64_t id;
	uint64_t asked_us; /* of the monotonic clock */
	bool sent;
	bool in_message;
	uint32_t token_len, ref_len;
	char bytes[]; /* the token, and then the ref; of who is no client, the address */
};

void question_drop(struct question *question)
{
	if (question->client)
		question->client->question = NULL;
	wheel_remove(&question->deadline);
	HASH_DEL(question->admit->questions, question);
	explicit_bzero(question->bytes, question->token_len);
	mem_free(question);
}

void question_cancel(struct client *client)
{
	if (client->question)
		question_drop(client->question);
}

static struct slice ref_of(const struct question *question)
{
	return slice_make(question->bytes + question->token_len, question->ref_len);
}

static struct slice address_of(const struct question *question)
{
	const struct client *client = question->client;

	if (!client)
		return ref_of(question);
	return client->session ? session_get(client->session, SESSION_ADDRESS)
			       : introduction_address(client->intro);
}

static int say(struct question *question)
{
	struct msg msg = { .type = MSG_VERIFY,
		.verify = {
			.id = question->id,
			.token = slice_make(question->bytes, question->token_len),
			.address = address_of(question),
		} };
	int r = link_send(question->admit->link, NULL, &msg);

	question->sent = r == 0;
	return r;
}

static void tell(struct question *question, const struct msg_verdict *verdict)
{
	verdict_fn fn = question->fn;
	void *arg = question->arg;

	question_drop(question);
	fn(arg, verdict);
}

static void on_deadline(struct wheel_node *node)
{
	struct question *question = (struct question *)node;
	struct client *client = question->client;

	counter_add(COUNTER_GATEWAY_VERDICT_TIMEOUTS, 1);
	log_warn("verdict_timeout", "linked=%s", admit_is_up(question->admit) ? "yes" : "no");
	if (!client) {
		tell(question, NULL);
	} else if (client->state == CLIENT_OPEN) {
		client_error(client, ERROR_UNAVAILABLE, ref_of(question));
		question_cancel(client);
	} else {
		client_close(client, CLOSE_TRY_LATER);
	}
}

static struct question *question_new(struct admit *admit, struct slice token, struct slice ref)
{
	struct question *question = mem_alloc(sizeof(*question) + token.len + ref.len);
	struct gateway *gateway = admit->gateway;

	question->admit = admit;
	question->id = ++admit->last_id;
	question->asked_us = clock_now().ns / 1000;
	question->token_len = (uint32_t)token.len;
	question->ref_len = (uint32_t)ref.len;
	if (token.len)
		memcpy(question->bytes, token.ptr, token.len);
	if (ref.len)
		memcpy(question->bytes + token.len, ref.ptr, ref.len);
	HASH_ADD(hh, admit->questions, id, sizeof(question->id), question);
	wheel_add(gateway->wheel, &question->deadline, clock_now(),
		(uint64_t)gateway->conf->verdict_timeout, on_deadline);
	return question;
}

/* A client that waits to be let in. */
static void decide(struct client *client, const struct msg_verdict *verdict)
{
	if (verdict->verdict == VERDICT_ALLOW)
		client_admitted(client, verdict);
	else if (verdict->verdict == VERDICT_NEEDED)
		client_locked(client);
	else
		client_close(client, CLOSE_UNAUTHORIZED);
}

void admit_enter(struct client *client, struct slice token)
{
	const struct admit *admit = client->gateway->admit;
	struct msg_verdict verdict = { .verdict = (uint8_t)admit->anonymous.verdict };

	if (token.len || !admit->anonymous.told) {
		admit_ask(client, token, slice_of(NULL), false);
		return;
	}
	if (verdict.verdict == VERDICT_ALLOW)
		counter_add(COUNTER_GATEWAY_ANONYMOUS, 1);
	else if (verdict.verdict == VERDICT_NEEDED)
		counter_add(COUNTER_GATEWAY_NEEDED, 1);
	decide(client, &verdict);
}

void admit_ask(struct client *client, struct slice token, struct slice ref, bool in_message)
{
	struct question *question = question_new(client->gateway->admit, token, ref);

	question->client = client;
	question->in_message = in_message;
	client->question = question;
	(void)say(question);
}

struct question *admit_check(
	struct admit *admit, struct slice token, struct slice address, verdict_fn fn, void *arg)
{
	struct question *question = question_new(admit, token, address);

	question->fn = fn;
	question->arg = arg;
	(void)say(question);
	return question;
}

static void authorized(struct client *client, const struct msg_verdict *verdict, struct slice ref)
{
	client->dialect->authorized(&client->gateway->text, verdict->user, verdict->expires, ref);
	client_send_text(client);
}

/* The client is open and has sent another token. */
static void identify(struct client *client, const struct msg_verdict *verdict, struct slice ref)
{
	struct gateway *gateway = client->gateway;
	struct session *session = client->session;
	struct slice texts[SESSION_TEXTS] = { 0 };
	struct msg msg = { .type = MSG_IDENTIFY,
		.identify = {
			.conn = session->conn,
			.nickname = verdict->nickname,
			.user = verdict->user,
			.expires = verdict->expires,
			.admin = verdict->admin,
			.grants = verdict->grants,
			.meta = verdict->meta,
		} };

	if (verdict->verdict != VERDICT_ALLOW) {
		client_error(client, ERROR_UNAUTHORIZED, ref);
		return;
	}
	if (verdict->nickname.len)
		texts[SESSION_NICKNAME] = verdict->nickname;
	expiry_identity(session, verdict, texts);
	uplink_send(gateway->uplink, &msg);
	expiry_set(client);
	authorized(client, verdict, ref);
}

void admit_on_verdict(struct admit *admit, const struct msg_verdict *verdict)
{
	struct question *question;
	struct client *client;

	HASH_FIND(hh, admit->questions, &verdict->id, sizeof(verdict->id), question);
	if (!question)
		return;
	client = question->client;
	histogram_observe(HISTOGRAM_GATEWAY_VERDICT, clock_now().ns / 1000 - question->asked_us);
	if (!client) {
		tell(question, verdict);
		return;
	}
	if (client->state == CLIENT_OPEN)
		identify(client, verdict, ref_of(question));
	else if (question->in_message && verdict->verdict == VERDICT_ALLOW)
		authorized(client, verdict, ref_of(question));
	question_cancel(client);
	if (client->state == CLIENT_ADMITTING)
		decide(client, verdict);
}

static void know_anonymous(struct admit *admit, bool told, enum verdict verdict)
{
	admit->anonymous.told = told;
	admit->anonymous.verdict = verdict;
	counter_set(COUNTER_GATEWAY_ANONYMOUS_TOLD, told);
}

/* Auth is asked about each as long as it has not said what is understood here. */
void admit_on_anonymous(struct admit *admit, const struct msg_anonymous *anonymous)
{
	enum verdict verdict = (enum verdict)anonymous->verdict;

	know_anonymous(admit,
		verdict == VERDICT_ALLOW || verdict == VERDICT_NEEDED || verdict == VERDICT_DENY,
		verdict);
}

/* Those that were not sent, or whose answer was lost. */
static void ask_again(struct admit *admit)
{
	for (struct question *at = admit->questions; at; at = at->hh.next)
		if (!at->sent && say(at) < 0)
			return;
}

static void on_up(void *self, struct link_peer *peer, const struct msg_welcome *welcome)
{
	struct gateway *gateway = self;

	(void)peer;
	(void)welcome;
	know_anonymous(gateway->admit, false, VERDICT_DENY);
	counter_set(COUNTER_GATEWAY_AUTH_UP, 1);
	ask_again(gateway->admit);
}

static void on_down(void *self, struct link_peer *peer)
{
	struct gateway *gateway = self;

	(void)peer;
	know_anonymous(gateway->admit, false, VERDICT_DENY);
	counter_set(COUNTER_GATEWAY_AUTH_UP, 0);
	for (struct question *at = gateway->admit->questions; at; at = at->hh.next)
		at->sent = false;
}

static void on_room(void *self, struct link_peer *peer)
{
	struct gateway *gateway = self;

	(void)peer;
	ask_again(gateway->admit);
}

static const struct link_ops ops = { .on_up = on_up, .on_down = on_down, .on_room = on_room };

int admit_new(struct gateway *gateway, const struct dispatch *dispatch, struct admit **ret_admit)
{
	struct admit *admit = mem_alloc(sizeof(*admit));
	int r;

	admit->gateway = gateway;
	r = service_link(gateway->service, LINK_AUTH, dispatch, &ops, gateway, &admit->link);
	if (r < 0) {
		mem_free(admit);
		return r;
	}
	*ret_admit = admit;
	return 0;
}

void admit_free(struct admit *admit)
{
	if (!admit)
		return;
	link_free(admit->link);
	mem_free(admit);
}

struct link *admit_link(const struct admit *admit)
{
	return admit->link;
}

bool admit_is_up(const struct admit *admit)
{
	return link_is_up(admit->link);
}
