/* test_anonymous.c - gateways are told what they would be answered of who brings no token */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/anonymous.h"
#include "auth/login.h"
#include "auth/revoke.h"
#include "proto/counters.h"
#include "proto/link.h"

enum { GATEWAYS = 3 };

/* ---- what stands around, in place of a process ---- */

static char places[GATEWAYS];
static struct msg last[GATEWAYS]; /* what each was told */
static unsigned told[GATEWAYS], flushed;
static bool full[GATEWAYS]; /* its queue */

static struct link_peer *peer(size_t i)
{
	return (struct link_peer *)(void *)&places[i];
}

int link_send(struct link *link, struct link_peer *to, const struct msg *msg)
{
	size_t i = (size_t)((char *)(void *)to - places);

	(void)link;
	assert_true(i < GATEWAYS);
	if (full[i])
		return -EAGAIN;
	last[i] = *msg;
	told[i]++;
	return 0;
}

void link_flush(struct link *link)
{
	(void)link;
	flushed++;
}

const char *link_peer_name(const struct link_peer *of)
{
	(void)of;
	return "gateway-1";
}

const char *service_state_dir(const struct service *service)
{
	(void)service;
	return "";
}

void login_ask(struct login *login, struct link_peer *of, const struct msg_login *ask)
{
	(void)login;
	(void)of;
	(void)ask;
	fail();
}

void login_guest(struct login *login, struct link_peer *of, const struct msg_guest *ask)
{
	(void)login;
	(void)of;
	(void)ask;
	fail();
}

int revoke_now(struct auth *auth, struct revocation *revocation, size_t *ret_gateways)
{
	(void)auth;
	(void)revocation;
	(void)ret_gateways;
	fail();
	return 0;
}

/* ---- tests ---- */

struct world {
	struct auth_conf conf;
	struct auth auth;
};

static void begin(struct world *world)
{
	*world = (struct world){ .conf = { .anonymous = true } };
	world->auth.conf = &world->conf;
	for (size_t i = 0; i < GATEWAYS; i++) {
		last[i] = (struct msg){ .type = MSG_DROP };
		told[i] = 0;
		full[i] = false;
		peers_add(&world->auth.peers, peer(i));
	}
	flushed = 0;
}

static enum verdict ask(struct world *world, uint64_t id)
{
	struct msg msg = { .type = MSG_VERIFY,
		.verify = { .id = id, .address = SLICE("192.0.2.1") } };

	auth_dispatch.on[MSG_VERIFY](&world->auth, peer(0), &msg);
	assert_int_equal(last[0].type, MSG_VERDICT);
	assert_int_equal(last[0].verdict.id, id);
	/* nothing else is in it, for nothing else is told before */
	assert_int_equal(last[0].verdict.user.len + last[0].verdict.nickname.len +
			last[0].verdict.jti.len + last[0].verdict.grants.len +
			last[0].verdict.meta.len,
		0);
	assert_int_equal(last[0].verdict.issued + last[0].verdict.expires + last[0].verdict.until +
			last[0].verdict.admin + last[0].verdict.api,
		0);
	return (enum verdict)last[0].verdict.verdict;
}

static void told_what_they_would_be_answered(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	for (int i = 0; i < 4; i++) {
		uint64_t yes = counter_get(COUNTER_AUTH_ANONYMOUS);
		uint64_t no = counter_get(COUNTER_AUTH_NEEDED);
		enum verdict verdict;

		world.conf.anonymous = i % 2;
		verdict = ask(&world, 7);
		assert_int_equal(verdict, i % 2 ? VERDICT_ALLOW : VERDICT_NEEDED);
		assert_int_equal(counter_get(COUNTER_AUTH_ANONYMOUS), yes + (uint64_t)(i % 2));
		assert_int_equal(counter_get(COUNTER_AUTH_NEEDED), no + (uint64_t) !(i % 2));
		anonymous_tell(&world.auth, peer(0));
		assert_int_equal(last[0].type, MSG_ANONYMOUS);
		assert_int_equal(last[0].anonymous.verdict, verdict);
		/* what is told is no question that was answered */
		assert_int_equal(counter_get(COUNTER_AUTH_ANONYMOUS), yes + (uint64_t)(i % 2));
	}
	peers_done(&world.auth.peers);
}

static void all_are_told_at_once(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world.conf.anonymous = false;
	anonymous_tell_all(&world.auth);
	assert_int_equal(flushed, 1);
	for (size_t i = 0; i < GATEWAYS; i++) {
		assert_int_equal(told[i], 1);
		assert_int_equal(last[i].anonymous.verdict, VERDICT_NEEDED);
		assert_false(peers_take_missed(&world.auth.peers, peer(i)));
	}
	peers_done(&world.auth.peers);
}

static void one_whose_queue_is_full_is_told_later(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	full[1] = true;
	anonymous_tell_all(&world.auth);
	assert_int_equal(told[0] + told[2], 2);
	assert_int_equal(told[1], 0);
	assert_false(peers_take_missed(&world.auth.peers, peer(0)));
	assert_true(peers_take_missed(&world.auth.peers, peer(1)));
	peers_done(&world.auth.peers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_what_they_would_be_answered),
		cmocka_unit_test(all_are_told_at_once),
		cmocka_unit_test(one_whose_queue_is_full_is_told_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
