/* test_admit.c - who brings no token: asked about, or decided by what auth has said before */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/admit.h"
#include "gateway/expiry.h"
#include "gateway/introduction.h"
#include "gateway/uplink.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/link.h"

/* ---- what stands around admit.c, in place of the gateway ---- */

static const struct link_ops *ops;
static bool up; /* the link */
static unsigned asked; /* VERIFYs that were sent */
static uint64_t last_id; /* of the last of them */
static unsigned admitted, locked, closed;

int service_link(struct service *service, enum link_id id, const struct dispatch *dispatch,
	const struct link_ops *link_ops, void *self, struct link **ret_link)
{
	(void)service;
	(void)dispatch;
	(void)self;
	assert_int_equal(id, LINK_AUTH);
	ops = link_ops;
	*ret_link = NULL;
	return 0;
}

int link_send(struct link *link, struct link_peer *peer, const struct msg *msg)
{
	(void)link;
	(void)peer;
	if (!up)
		return -EHOSTUNREACH;
	assert_int_equal(msg->type, MSG_VERIFY);
	asked++;
	last_id = msg->verify.id;
	return 0;
}

bool link_is_up(const struct link *link)
{
	(void)link;
	return up;
}

void link_free(struct link *link)
{
	(void)link;
}

void client_admitted(struct client *client, const struct msg_verdict *verdict)
{
	assert_int_equal(verdict->verdict, VERDICT_ALLOW);
	assert_int_equal(verdict->user.len + verdict->grants.len + verdict->admin, 0);
	assert_null(client->question);
	client->state = CLIENT_CONNECTING;
	admitted++;
}

void client_locked(struct client *client)
{
	client->state = CLIENT_LOCKED;
	locked++;
}

void client_close_saying(struct client *client, enum close_reason reason, const char *text)
{
	(void)text;
	assert_int_equal(reason, CLOSE_UNAUTHORIZED);
	client->state = CLIENT_CLOSING;
	closed++;
}

void client_error(struct client *client, enum error error, struct slice ref)
{
	(void)client;
	(void)error;
	(void)ref;
	fail();
}

void client_send_text(struct client *client)
{
	(void)client;
	fail();
}

uint64_t uplink_send(struct uplink *uplink, struct msg *msg)
{
	(void)uplink;
	(void)msg;
	fail();
	return 0;
}

void expiry_identity(struct session *session, const struct msg_verdict *verdict,
	struct slice texts[SESSION_TEXTS])
{
	(void)session;
	(void)verdict;
	(void)texts;
	fail();
}

void expiry_set(struct client *client)
{
	(void)client;
	fail();
}

struct slice introduction_address(const struct introduction *intro)
{
	(void)intro;
	return SLICE("192.0.2.1");
}

/* ---- the world ---- */

struct world {
	struct gateway_conf conf;
	struct gateway gateway;
};

static int setup(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));

	up = false;
	asked = admitted = locked = closed = 0;
	world->conf.verdict_timeout = 2000;
	world->gateway.conf = &world->conf;
	world->gateway.wheel = wheel_new(clock_now());
	assert_int_equal(admit_new(&world->gateway, NULL, &world->gateway.admit), 0);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	admit_free(world->gateway.admit);
	wheel_free(world->gateway.wheel);
	mem_free(world);
	return 0;
}

static void rises(struct world *world)
{
	up = true;
	ops->on_up(&world->gateway, NULL, NULL);
}

static void falls(struct world *world)
{
	up = false;
	ops->on_down(&world->gateway, NULL);
}

static void says(struct world *world, unsigned verdict)
{
	admit_on_anonymous(
		world->gateway.admit, &(struct msg_anonymous){ .verdict = (uint8_t)verdict });
}

static void answers(struct world *world, uint64_t id, enum verdict verdict)
{
	admit_on_verdict(world->gateway.admit,
		&(struct msg_verdict){ .id = id, .verdict = (uint8_t)verdict });
}

static struct client comes(struct world *world)
{
	return (struct client){ .gateway = &world->gateway, .state = CLIENT_ADMITTING };
}

/* Returns what became of it at once. */
static enum client_state enters(struct world *world, struct client *client, struct slice token)
{
	*client = comes(world);
	admit_enter(client, token);
	return (enum client_state)client->state;
}

/* It waits for auth, which then says no. */
static void expect_asked(struct world *world, struct slice token)
{
	unsigned before = asked;
	struct client client;

	assert_int_equal(enters(world, &client, token), CLIENT_ADMITTING);
	assert_non_null(client.question);
	assert_int_equal(asked, before + 1);
	answers(world, last_id, VERDICT_DENY);
	assert_null(client.question);
	assert_int_equal(client.state, CLIENT_CLOSING);
}

/* ---- tests ---- */

static void decided_as_auth_has_said(void **state)
{
	struct world *world = *state;
	uint64_t counted = counter_get(COUNTER_GATEWAY_ANONYMOUS);
	uint64_t needed = counter_get(COUNTER_GATEWAY_NEEDED);
	struct client client;

	rises(world);
	assert_int_equal(counter_get(COUNTER_GATEWAY_ANONYMOUS_TOLD), 0);
	says(world, VERDICT_ALLOW);
	assert_int_equal(counter_get(COUNTER_GATEWAY_ANONYMOUS_TOLD), 1);
	assert_int_equal(enters(world, &client, slice_of(NULL)), CLIENT_CONNECTING);
	says(world, VERDICT_NEEDED);
	assert_int_equal(enters(world, &client, slice_of(NULL)), CLIENT_LOCKED);
	says(world, VERDICT_DENY);
	assert_int_equal(enters(world, &client, slice_of(NULL)), CLIENT_CLOSING);
	says(world, VERDICT_ALLOW);
	assert_int_equal(enters(world, &client, slice_of(NULL)), CLIENT_CONNECTING);
	assert_int_equal(admitted, 2);
	assert_int_equal(locked, 1);
	assert_int_equal(closed, 1);
	assert_int_equal(asked, 0);
	assert_int_equal(counter_get(COUNTER_GATEWAY_ANONYMOUS), counted + 2);
	assert_int_equal(counter_get(COUNTER_GATEWAY_NEEDED), needed + 1);
}

static void a_token_is_always_asked_about(void **state)
{
	struct world *world = *state;

	rises(world);
	says(world, VERDICT_ALLOW);
	expect_asked(world, SLICE("x"));
	says(world, VERDICT_NEEDED);
	expect_asked(world, SLICE("x"));
	assert_int_equal(admitted + locked, 0);
}

/* Also a message without a token, of who may be inside already. */
static void what_comes_with_a_message_is_asked_about(void **state)
{
	struct world *world = *state;
	struct client client = comes(world);

	rises(world);
	says(world, VERDICT_ALLOW);
	admit_ask(&client, slice_of(NULL), SLICE("1"), true);
	assert_int_equal(asked, 1);
	question_cancel(&client);
}

static void asked_until_auth_has_said(void **state)
{
	struct world *world = *state;

	rises(world);
	expect_asked(world, slice_of(NULL));
	says(world, VERDICT_ALLOW);
	falls(world);
	rises(world);
	expect_asked(world, slice_of(NULL));
	assert_int_equal(admitted, 0);
}

/* What a newer auth may say one day. */
static void asked_where_it_is_not_understood(void **state)
{
	struct world *world = *state;

	rises(world);
	for (unsigned verdict = VERDICT_NEEDED + 1; verdict < 256; verdict++) {
		says(world, VERDICT_ALLOW);
		says(world, verdict);
		assert_int_equal(counter_get(COUNTER_GATEWAY_ANONYMOUS_TOLD), 0);
		expect_asked(world, slice_of(NULL));
	}
	assert_int_equal(admitted, 0);
}

/* Nothing that an auth has said is believed when it is gone; who waits is asked about again. */
static void forgotten_with_the_link(void **state)
{
	struct world *world = *state;
	struct client client;

	rises(world);
	says(world, VERDICT_ALLOW);
	falls(world);
	assert_int_equal(counter_get(COUNTER_GATEWAY_ANONYMOUS_TOLD), 0);
	assert_int_equal(enters(world, &client, slice_of(NULL)), CLIENT_ADMITTING);
	assert_int_equal(asked, 0);
	rises(world);
	assert_int_equal(asked, 1);
	says(world, VERDICT_ALLOW);
	assert_int_equal(client.state, CLIENT_ADMITTING);
	answers(world, last_id, VERDICT_NEEDED);
	assert_int_equal(client.state, CLIENT_LOCKED);
	assert_int_equal(admitted, 0);
}

/* A link that comes up again without having been seen to break: another session all the same. */
static void forgotten_with_another_session(void **state)
{
	struct world *world = *state;

	rises(world);
	says(world, VERDICT_ALLOW);
	rises(world);
	expect_asked(world, slice_of(NULL));
	assert_int_equal(admitted, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(decided_as_auth_has_said, setup, teardown),
		cmocka_unit_test_setup_teardown(a_token_is_always_asked_about, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_comes_with_a_message_is_asked_about, setup, teardown),
		cmocka_unit_test_setup_teardown(asked_until_auth_has_said, setup, teardown),
		cmocka_unit_test_setup_teardown(asked_where_it_is_not_understood, setup, teardown),
		cmocka_unit_test_setup_teardown(forgotten_with_the_link, setup, teardown),
		cmocka_unit_test_setup_teardown(forgotten_with_another_session, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
