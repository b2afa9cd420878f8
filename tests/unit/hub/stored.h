/* stored.h - a fake hub with a real journal: it can be killed, and another goes on */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HUB_STORED_H
#define TESTS_UNIT_HUB_STORED_H

#include <stdio.h>
#include <unistd.h>

#include "hub/load.h"
#include "hub/turn.h"
#include "tests/unit/hub/fake.h"

/*
 * The log of `fake` has what goes out to gateways when it goes out, rather than when the domain
 * says it. `fake` is the first member.
 */
struct stored {
	struct fake fake;
	char directory[32], path[64];
	enum journal_mode mode;
	struct journal *journal;
	struct turn turn;
	uint64_t seen[FAKE_GATEWAYS + 1]; /* by each gateway; it drops what it has seen */
	bool deaf[FAKE_GATEWAYS + 1]; /* its queue is full */
};

static inline void stored_send(void *arg, struct gateway *gateway, const struct msg *msg)
{
	(void)arg;
	outgoing_add(&gateway->out, msg);
}

static inline int stored_send_now(void *arg, struct gateway *gateway, const struct msg *msg)
{
	struct stored *stored = arg;

	if (!gateway->open || stored->deaf[fake_index(&stored->fake, gateway)])
		return -1;
	fake_write(&stored->fake, gateway, msg);
	return 0;
}

static inline int stored_send_parcel(
	void *arg, struct gateway *gateway, struct slice messages, unsigned count)
{
	struct stored *stored = arg;
	unsigned index = fake_index(&stored->fake, gateway);
	struct msg msg;

	if (stored->deaf[index])
		return -1;
	while (messages.len) {
		assert_int_equal(msg_decode(&messages, &msg), 0);
		count--;
		if (msg_seq(&msg) && msg_seq(&msg) <= stored->seen[index])
			continue;
		if (msg_seq(&msg))
			stored->seen[index] = msg_seq(&msg);
		fake_write(&stored->fake, gateway, &msg);
	}
	assert_int_equal(count, 0);
	return 0;
}

static inline void stored_welcome(void *arg, struct gateway *gateway)
{
	struct stored *stored = arg;

	fake_welcome(arg, gateway);
	turn_drain(&stored->turn, gateway);
}

static inline void stored_open(struct stored *stored)
{
	struct buf error = { .cap = 0 };
	struct fake *fake = &stored->fake;
	struct outlet outlet = { .arg = fake,
		.send = stored_send,
		.send_now = stored_send_now,
		.send_parcel = stored_send_parcel,
		.welcome = stored_welcome,
		.drop = fake_drop,
		.forget = fake_forget,
		.gateway_of = fake_gateway_of,
		.random = fake_random,
		.random_text = fake_random_text };

	if (journal_open(stored->path, stored->mode, &stored->journal, &error) < 0)
		fail_msg("%s", buf_cstr(&error));
	memset(counter_values, 0, sizeof(counter_values));
	fake->hub = hub_new(
		&fake->settings, &outlet, journal_epoch(stored->journal), fake->now, fake->wall_ms);
	assert_int_equal(load_all(fake->hub, stored->journal), 0);
	turn_init(&stored->turn, fake->hub, stored->journal);
	for (unsigned i = 1; i <= FAKE_GATEWAYS; i++)
		fake->peers[i].gateway = peers_find(&fake->hub->peers, fake->peers[i].epoch);
}

static inline void stored_begin(struct stored *stored, enum journal_mode mode)
{
	*stored = (struct stored){ .mode = mode, .directory = "/tmp/atrium-XXXXXX" };
	fake_prepare(&stored->fake);
	stored->fake.settings.history = 4;
	stored->fake.settings.history_ttl = 3600 * 1000;
	for (unsigned i = 1; i <= FAKE_GATEWAYS; i++)
		stored->fake.peers[i].epoch = 1000 + i;
	assert_non_null(mkdtemp(stored->directory));
	snprintf(stored->path, sizeof(stored->path), "%s/journal", stored->directory);
	stored_open(stored);
}

/* As kill -9: what is not committed is lost. */
static inline void stored_kill(struct stored *stored)
{
	stored->fake.quiet = true;
	hub_free(stored->fake.hub);
	stored->fake.quiet = false;
	buf_clear(&stored->fake.log);
	journal_close(stored->journal);
}

static inline void stored_end(struct stored *stored)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };

	stored_kill(stored);
	assert_int_equal(counter_get(COUNTER_HUB_CONNECTIONS), 0);
	assert_int_equal(counter_get(COUNTER_HUB_ROOMS), 0);
	assert_int_equal(counter_get(COUNTER_HUB_ROOMS_IDLE), 0);
	buf_done(&stored->fake.log);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		char name[80];

		snprintf(name, sizeof(name), "%s%s", stored->path, suffixes[i]);
		unlink(name);
	}
	rmdir(stored->directory);
}

/* A turn's end; `sync` false: the disk is not yet done. */
static inline void stored_turn(struct stored *stored, bool sync)
{
	hub_step(stored->fake.hub);
	turn_commit(&stored->turn);
	if (turn_sync_due(&stored->turn))
		turn_sync_begin(&stored->turn);
	if (!sync || stored->turn.syncing == 0)
		return;
	turn_sync_end(&stored->turn, journal_sync(stored->journal));
	turn_release(&stored->turn);
}

static inline void stored_pass(struct stored *stored, uint64_t ms)
{
	struct fake *fake = &stored->fake;

	fake->now = mono_after(fake->now, ms);
	fake->wall_ms += ms;
	hub_time(fake->hub, fake->now, fake->wall_ms);
	stored_turn(stored, true);
}

static inline void stored_hello(struct stored *stored, unsigned index)
{
	struct fake *fake = &stored->fake;
	struct fake_peer *peer = &fake->peers[index];

	peer->gateway = hub_hello(fake->hub, peer->epoch, SLICE("gateway"), stored->seen[index]);
	assert_non_null(peer->gateway);
	hub_step(fake->hub);
	fake_say(fake, index,
		(struct msg){ .type = MSG_RESTATED,
			.restated = { .hub_epoch = fake->hub->peers.epoch } });
	stored_turn(stored, true);
}

/* Gateways 1 to `count` are here, and nothing is written down. */
static inline void stored_up(struct stored *stored, unsigned count)
{
	stored_pass(stored, FAKE_SETTLE);
	for (unsigned i = 1; i <= count; i++)
		stored_hello(stored, i);
	for (unsigned i = 1; i <= count; i++)
		assert_int_equal(stored->fake.peers[i].gateway->state, GATEWAY_SETTLED);
	fake_clear(&stored->fake);
}

/*
 * The hub is killed and started again; gateways come back, and what was not acknowledged is said by
 * the test.
 */
static inline void stored_restart(struct stored *stored, unsigned count)
{
	stored_kill(stored);
	stored_open(stored);
	for (unsigned i = 1; i <= count; i++)
		stored_hello(stored, i);
}

#endif
