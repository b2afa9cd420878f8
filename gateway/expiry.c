/* expiry.c - tokens that run out: the client is told before, and closed then */
/* SPDX-License-Identifier: MIT */
#include "gateway/expiry.h"

#include "proto/base/clock.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

/* The clock that tokens go by may be set while we wait: so it is looked at now and then. */
enum { LOOK_MS = 3600 * 1000 };

struct expiry {
	struct wheel_node node; /* first */
	struct client *client;
	bool told;
};

/* For session_set_all() one without bytes is one that stays. */
static struct slice known(struct slice text)
{
	return text.ptr ? text : SLICE("");
}

void expiry_identity(struct session *session, const struct msg_verdict *verdict,
	struct slice texts[SESSION_TEXTS])
{
	session->expires = verdict->expires;
	session->until = verdict->until;
	session->issued = verdict->issued;
	session->admin = verdict->admin;
	texts[SESSION_USER] = known(verdict->user);
	texts[SESSION_GRANTS] = known(verdict->grants);
	texts[SESSION_META] = known(verdict->meta);
	texts[SESSION_JTI] = known(verdict->jti);
	session_set_all(session, texts);
}

static void on_due(struct wheel_node *node);

static void wait_until(struct expiry *expiry, int64_t wall_ms, int64_t now_ms)
{
	int64_t ms = wall_ms - now_ms;

	ms = ms < 0 ? 0 : ms > LOOK_MS ? LOOK_MS : ms;
	wheel_add(expiry->client->gateway->wheel, &expiry->node, clock_now(), (uint64_t)ms, on_due);
}

static void tell(struct expiry *expiry)
{
	struct client *client = expiry->client;

	expiry->told = true;
	counter_add(COUNTER_GATEWAY_EXPIRING, 1);
	if (client->dialect->expiring)
		client->dialect->expiring(&client->gateway->text, client->session->expires);
	client_send_text(client);
}

/* Who is not open yet is told once it is. */
static void on_due(struct wheel_node *node)
{
	struct expiry *expiry = (struct expiry *)node;
	struct client *client = expiry->client;
	int64_t now = (int64_t)clock_wall_ms();
	int64_t end = client->session->until * 1000;
	int64_t warn = (client->session->expires - EXPIRY_WARN_S) * 1000;

	if (now >= end) {
		client_close(client, CLOSE_EXPIRED);
		return;
	}
	if (now >= warn && !expiry->told && client->state == CLIENT_OPEN)
		tell(expiry);
	/* What was sent may have been too much for it. */
	if (!client->expiry)
		return;
	if (now < warn)
		wait_until(expiry, warn, now);
	else
		wait_until(expiry, expiry->told ? end : now, now);
}

void expiry_set(struct client *client)
{
	expiry_free(client);
	if (!client->session->until)
		return;
	client->expiry = mem_alloc(sizeof(*client->expiry));
	client->expiry->client = client;
	wait_until(client->expiry, 0, 0);
}

void expiry_free(struct client *client)
{
	if (!client->expiry)
		return;
	wheel_remove(&client->expiry->node);
	mem_free(client->expiry);
	client->expiry = NULL;
}
